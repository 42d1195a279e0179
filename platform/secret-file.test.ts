import { expect, test } from "bun:test";
import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { keepSecret } from "./secret-file.ts";

test("a secret is made once, readable by its owner only, and the first of many writers wins", async () => {
  const folder = await mkdtemp(join(tmpdir(), "secret-"));
  try {
    const path = join(folder, "keys", "token.jwk");
    let made = 0;
    const create = async (): Promise<string> => `secret ${++made}`;
    const kept = await Promise.all([1, 2, 3].map(() => keepSecret(path, create)));
    expect(new Set(kept).size).toBe(1);
    await chmod(path, 0o644);
    expect(await keepSecret(path, create)).toBe(kept[0]!);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});
