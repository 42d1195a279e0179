/**
 * Goal: several processes may open, fill and follow one registry at the same moment.
 * Method: four processes start together on a file that does not exist and each enrols its own homes.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { parseBox, parseSerial, parseTenant } from "#wire/identity.ts";
import { Hours, later } from "#wire/units.ts";

import { keysFor } from "./keys.ts";
import { type HomeRecord, type OpenRegistry, openRegistry } from "./registry.ts";

const processes = 4;
const homesEach = 50;

function open(path: string): Promise<OpenRegistry> {
  const { streams } = createMemoryRedis(realClock);
  return openRegistry({ path, streams, keys: keysFor(4), clock: realClock, log: silent });
}

function homeOf(owner: string, number: number): HomeRecord {
  const name = `${owner}N${number}`;
  return {
    tenant: parseTenant("demo")!,
    box: parseBox(`X-${name}`)!,
    behind: [parseSerial(`B-${name}`)!],
    fingerprint: name,
    expiresAt: later(realClock.now(), Hours(24)),
  };
}

/** What a child does: enrols its homes one transaction each, so that the processes get in each other's way. */
async function enrolOwn(path: string, owner: string): Promise<void> {
  const registry = await open(path);
  for (let i = 0; i < homesEach; i++) await registry.enrol(homeOf(owner, i));
  registry.close();
  process.exit(0);
}

const [, , role, path, owner] = process.argv;
if (role === "enrol-own" && path !== undefined && owner !== undefined) await enrolOwn(path, owner);

test("four processes fill one new registry at once and none loses a home", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vigie-registry-"));
  const file = join(folder, "registry.db");
  const children = Array.from({ length: processes }, (_, i) =>
    Bun.spawn([process.execPath, import.meta.path, "enrol-own", file, `P${i}`], {
      stdout: "inherit",
      stderr: "inherit",
    }),
  );
  const codes = await Promise.all(children.map((child) => child.exited));
  expect(codes).toEqual(codes.map(() => 0));

  const registry = await open(file);
  expect([...registry.all()].length).toBe(2 * processes * homesEach);
  expect(registry.device("B-P3N49")?.box).toBe(homeOf("P3", 49).box);
  registry.close();
  rmSync(folder, { recursive: true });
});
