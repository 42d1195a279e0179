/** A box's certificate and key as files, under the names that the README shows. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { BoxCredentials } from "#platform/pki.ts";

/** Writes `box.crt`, `box.key` (0600) and `ca.crt` into `folder`; answers the absolute paths of the first two. */
export async function writeBoxFiles(
  folder: string,
  { credentials, ca }: { credentials: BoxCredentials; ca: string },
): Promise<{ cert: string; key: string }> {
  const at = (name: string): string => resolve(join(folder, name));
  const files = { cert: at("box.crt"), key: at("box.key") };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(files.key, credentials.key, { mode: 0o600 });
  await writeFile(files.cert, credentials.cert);
  await writeFile(at("ca.crt"), ca);
  return files;
}
