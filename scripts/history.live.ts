/**
 * The pipeline killed without warning, again and again, while twins change: their history tells every revision once.
 *
 * Twins are written by the store that the API uses, on a real Redis; the pipeline is a process of its own.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { openHistoryBook, recordsFrom } from "#twins/history/book.ts";
import { verifyChain } from "#twins/history/verify.ts";
import { device } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";

import { openState } from "./state.ts";
import { until } from "./until.ts";

const twins = 200;
const kills = 8;
const folder = mkdtempSync(join(tmpdir(), "vigie-history-"));
const start = new URL("./start.ts", import.meta.url).pathname;
const random = createSeededRandom("history");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openPipeline(): { kill: () => Promise<unknown> } {
  const args = ["--role", "pipeline", "--state", folder];
  const child = Bun.spawn([process.execPath, start, ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    kill: () => {
      child.kill("SIGKILL");
      return child.exited;
    },
  };
}

test(`F34, TW-08: ${kills} kills leave no gap in any history, and nothing twice`, async () => {
  const state = await openState(folder, { log: silent, partitions: 16, memoryMiB: 0 });
  const store = createTwinStore({ ...state, clock: realClock });
  const writer = createTwinWriter({ ...state, store, clock: realClock });
  const serials = Array.from({ length: twins }, (_, n) => device(`B-${n}`, `X-${n}`));
  for (const one of serials) await store.create(one);
  const book = openHistoryBook(state.historyPath);
  const isMoving = { now: true };
  let written = 0;
  const write = async (): Promise<void> => {
    while (isMoving.now) {
      const turn = serials.map(async ({ serial }) => {
        const tags = { lot: random.integer({ low: 0, high: 1e9 }) };
        const outcome = await writer.write(serial, (twin, now) => {
          if (twin === null) return { kind: "missing" };
          const author = { by: "u:trial" };
          const edited = editTwin(twin, { desired: {}, tags }, { author, now });
          return { kind: "edited", after: edited.twin, changed: edited.changed };
        });
        expect(outcome.kind).toBe("written");
      });
      await Promise.all(turn);
      written += twins;
      await Bun.sleep(5);
    }
  };
  const writing = write();
  for (let kill = 0; kill < kills; kill++) {
    const before = book.lastRecord();
    const pipeline = openPipeline();
    await until(() => book.lastRecord() > before, { what: `records after ${kill} kills` });
    await Bun.sleep(random.integer({ low: 0, high: 300 }));
    await pipeline.kill();
  }
  isMoving.now = false;
  await writing;
  const pipeline = openPipeline();
  await until(() => book.lastRecord() >= written + twins, { what: "all is recorded" });
  await pipeline.kill();
  expect(book.lastRecord()).toBe(written + twins);
  expect(book.gaps()).toEqual([]);
  for (const { serial } of serials) {
    const chain = book.chain(serial)!;
    const twin = (await store.read(serial))!;
    const revs = [...recordsFrom(book, chain, chain.head)].map(({ record }) => record.rev);
    expect(revs.toReversed()).toEqual(Array.from({ length: twin.rev }, (_, n) => n + 1));
    const how = { now: realClock.now(), pause: async () => undefined };
    expect(await verifyChain(book, chain, how)).toMatchObject({ kind: "holds", records: twin.rev });
  }
  book.close();
  await state.close();
}, 120_000);
