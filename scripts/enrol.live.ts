/** Goal: the enrol command does what the README says, on a state that rests and on one that runs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { openRegistry } from "#twins/registry.ts";
import { createTwinStore } from "#twins/store.ts";
import { parseSerial } from "#wire/identity.ts";

import { attachState, openState } from "./state.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigie-enrol-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function enrol(line: string): Promise<{ code: number; out: string; err: string }> {
  const args = [...line.split(" "), "--state", folder];
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "enrol.ts"), ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, out, err };
}

test("on a state that does not run, a home gets certificates, rows and twins, and nothing keeps running", async () => {
  const { code, out } = await enrol("--tenant demo --box X-1 --wristband B-1");
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("X-1 and B-1") });
  expect(await Bun.file(join(folder, "redis", "redis.pid")).exists()).toBe(false);

  const at = (name: string) => join(folder, "boxes", "X-1", name);
  const certificate = new X509Certificate(await readFile(at("box.crt")));
  expect(certificate.subject).toBe("CN=X-1\nO=demo");
  expect(certificate.checkIssued(new X509Certificate(await readFile(at("ca.crt"))))).toBe(true);
  expect((await stat(at("box.key"))).mode & 0o777).toBe(0o600);

  const state = await attachState(folder, { log: silent });
  const twins = createTwinStore({ ...state, clock: realClock });
  expect((await twins.read(parseSerial("B-1")!))?.links.box).toBe("X-1" as never);
  await state.close();
});

test("while the state runs, an enrolment and a revocation reach it at once", async () => {
  const state = await openState(folder, { log: silent, partitions: 4, memoryMiB: 0 });
  const { streams, keys, registryPath: path } = state;
  const registry = await openRegistry({ path, streams, keys, clock: realClock, log: silent });
  const heard = Promise.withResolvers<string>();
  registry.watch(({ kind, device }) => {
    if (kind === "revoked") heard.resolve(device.serial);
  });

  expect((await enrol("--tenant demo --box X-2")).code).toBe(0);
  expect((await enrol("--revoke X-2")).code).toBe(0);
  expect(await heard.promise).toBe("X-2");
  registry.close();
  await state.close();
});

test("a refusal ends with 1, a wrong command line with 2, and both say why", async () => {
  const taken = await enrol("--tenant other --box X-1");
  expect(taken).toMatchObject({ code: 1, err: expect.stringContaining("another tenant") });
  const gone = await enrol("--tenant demo --box X-2");
  expect(gone).toMatchObject({ code: 1, err: expect.stringContaining("revoked") });
  const wrong = await enrol("--tenant demo --box nobody");
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--box") });
});

test("the list names every device, the box it hangs on, and what was revoked", async () => {
  const { out } = await enrol("--list");
  const words = out
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).slice(0, 3).join(" "));
  expect(words).toEqual(["X-1 demo X-1", "B-1 demo X-1", "X-2 demo X-2"]);
  expect(out).toMatch(/^X-2 .*revoked/m);
});
