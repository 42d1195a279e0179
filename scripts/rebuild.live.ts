/** The rebuild command on a state that runs, and on one that does not. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openTwinsProcessor } from "#pipeline/processors/twins.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { openSql } from "#platform/sql/real.ts";
import { openRegistry } from "#twins/registry.ts";
import { device, pulse } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { encodeEntry } from "#wire/entry.ts";

import { openState, type State } from "./state.ts";

const folder = mkdtempSync(join(tmpdir(), "vigie-rebuild-"));
const serials = ["B-1", "B-2", "B-3"].map((text) => device(text).serial);
let state: State;
let isClosed = false;

beforeAll(async () => {
  state = await openState(folder, { log: silent, partitions: 4, memoryMiB: 0 });
});
afterAll(async () => {
  if (!isClosed) await state.close();
  rmSync(folder, { recursive: true, force: true });
});

async function rebuild(...args: string[]): Promise<{ code: number; said: string }> {
  const command = [
    process.execPath,
    join(import.meta.dir, "rebuild.ts"),
    "--state",
    folder,
    ...args,
  ];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const said = await new Response(child.stdout).text();
  return { code: await child.exited, said };
}

async function flush(serial: (typeof serials)[number]): Promise<void> {
  const key = state.keys.twin(serial);
  await state.cells.commit([{ checks: [], writes: [{ op: "DEL", key }] }]);
}

test("TW-10: says which twins differ, puts them back, and then finds them all as they should be", async () => {
  const { cells, streams, keys, registryPath: path, checkpointPath } = state;
  const ports = { clock: realClock, log: silent, metrics: createMetrics() };
  const registry = await openRegistry({ path, streams, keys, ...ports });
  const checkpoint = openSql(checkpointPath);
  const deps = { cells, streams, keys, registry, checkpoint, owner: "test", ...ports };
  for (const [n, serial] of serials.entries()) {
    const entry = pulse(60 + n, realClock.now(), { device: serial });
    await streams.append(keys.inbound(keys.of(entry.box)), encodeEntry(entry));
  }
  const processor = openTwinsProcessor(deps);
  await processor.drain();
  await processor.close();
  expect(await rebuild("--check")).toMatchObject({ code: 0 });
  await flush(serials[1]!);
  const missed = await rebuild("--check");
  expect(missed.code).toBe(1);
  expect(missed.said).toContain("1 differ: B-2");
  expect((await rebuild()).code).toBe(0);
  expect((await rebuild("--check")).code).toBe(0);
  const twin = await createTwinStore(deps).read(serials[1]!);
  expect(twin?.parts.vitals?.reported).toEqual({ "heart-rate": 61 });
  await flush(serials[2]!);
  registry.close();
  checkpoint.close();
  await state.close();
  isClosed = true;
}, 60_000);

test("TW-10: works on a state that nobody runs, and refuses what it does not understand", async () => {
  expect((await rebuild()).said).toContain("1 differ: B-3");
  expect((await rebuild("--check")).code).toBe(0);
  expect((await rebuild("--chekc")).code).toBe(2);
}, 60_000);
