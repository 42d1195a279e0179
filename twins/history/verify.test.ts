/**
 * Goal: whatever byte of a record is touched, the chain says which revision is not as it was written.
 * Method: a history in a file, rows altered behind its back, one at a time.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { and, eq, like, sql } from "drizzle-orm";
import * as fc from "fast-check";

import { type Database, openDatabase } from "#platform/database.ts";
import { after } from "#twins/specimens.ts";

import { type ChainScene, day, openChainScene } from "./chain-scene.ts";
import { evidenceOf, judgeEvidence } from "./evidence.ts";
import { letGo } from "./retention.ts";
import { chains, records } from "./schema.ts";
import type { RecordRow } from "./statements.ts";
import { idsOf, type Verdict, verifyChain } from "./verify.ts";

const last = 40;
let folder: string;
let scene: ChainScene;
let file: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigie-history-"));
  const path = join(folder, "history.db");
  scene = openChainScene(path);
  for (let n = 0; n < last; n += 1) {
    scene.tell("B-1", n * 1000, { "power/battery": 100 - n });
    scene.tell("B-2", n * 1000, { "power/battery": n });
  }
  file = openDatabase(path, `${import.meta.dir}/migrations`);
});
afterEach(() => {
  file.close();
  scene.book.close();
  rmSync(folder, { recursive: true });
});

const now = after(last * 1000);
const verify = (serial = "B-1", at = now): Promise<Verdict> =>
  verifyChain(scene.book, scene.chain(serial), { now: at, pause: async () => undefined });

function rowOf(rev: number): RecordRow {
  const isIt = and(eq(records.chain, 1), like(records.text, `[${rev},%`));
  const [row] = file.tables.select().from(records).where(isIt).all();
  if (row === undefined) throw new Error(`no record of ${rev}`);
  return row;
}

function put(id: number, set: Partial<RecordRow>): void {
  file.tables.update(records).set(set).where(eq(records.id, id)).run();
}

test("a chain that nobody touched holds", async () => {
  expect(await verify()).toMatchObject({ kind: "holds", records: last, trimmed: 0 });
  expect(await verify("B-2")).toMatchObject({ kind: "holds", records: last });
});

test("TW-08: one flipped bit anywhere in a text or a hash is found, at the revision it is of", async () => {
  const where = fc.record({
    rev: fc.integer({ min: 1, max: last }),
    column: fc.constantFrom("text" as const, "hash" as const),
    byte: fc.nat(10_000),
    bit: fc.nat(6),
  });
  const law = fc.asyncProperty(where, async ({ rev, column, byte, bit }) => {
    const row = rowOf(rev);
    const bytes = column === "text" ? Buffer.from(row.text) : Buffer.from(row.hash);
    const place = byte % bytes.length;
    const flipped = Buffer.from(bytes);
    flipped[place] = (bytes[place] ?? 0) ^ (1 << bit);
    put(row.id, column === "text" ? { text: flipped.toString() } : { hash: flipped });
    const found = await verify();
    const other = await verify("B-2");
    put(row.id, row);
    // Of a revision that was itself flipped the neighbour tells.
    expect(found).toMatchObject({ kind: "broken", after: rev === 1 ? null : rev - 1 });
    const isTold = column === "hash" || place > String(rev).length;
    if (isTold) expect(found).toMatchObject({ rev });
    expect(other).toMatchObject({ kind: "holds" });
  });
  await fc.assert(law, { numRuns: 300 });
  expect(await verify()).toMatchObject({ kind: "holds" });
}, 30_000);

test("a record that is taken out, put elsewhere or given to another twin is missed where it was", async () => {
  const row = rowOf(20);
  const brokenBy = async (deed: () => void): Promise<Verdict> => {
    deed();
    const verdict = await verify();
    file.tables.delete(records).where(eq(records.id, row.id)).run();
    file.tables.insert(records).values(row).run();
    return verdict;
  };
  const gone = await brokenBy(() => {
    file.tables.delete(records).where(eq(records.id, row.id)).run();
  });
  expect(gone).toMatchObject({ rev: 21 });
  for (const set of [
    { chain: 2 },
    { before: row.id - 4 },
    { before: row.id - 1 },
    { before: null },
  ]) {
    expect(await brokenBy(() => put(row.id, set))).toMatchObject({ rev: 20 });
  }
  expect(await verify()).toMatchObject({ kind: "holds" });
});

test("a chain that was cut short is shorter than its end says", async () => {
  const { before } = rowOf(last);
  file.tables
    .update(chains)
    .set({ head: before ?? 0 })
    .where(eq(chains.no, 1))
    .run();
  expect(await verify()).toEqual({ kind: "broken", rev: last, after: last - 1 });
});

test("what retention left in the place of others is sealed, and nothing is taken out before its time", async () => {
  const later = after(100 * day);
  while (letGo(scene.book, later, 7) > 0);
  expect(await verify("B-1", later)).toMatchObject({ kind: "holds", trimmed: last - 1 });
  expect(await verify("B-1", after(80 * day))).toMatchObject({ kind: "broken", rev: last });
  file.tables
    .update(records)
    .set({ text: sql`replace(text, '61', '62')` })
    .run();
  expect(await verify("B-1", later)).toMatchObject({ kind: "broken", rev: last, after: 1 });
});

test("the file of a history proves what the history does", async () => {
  const lines = async (): Promise<string[]> => {
    const ids = await idsOf(scene.book, scene.chain(), async () => undefined);
    return [...evidenceOf(scene.book, scene.chain(), { now, ids })];
  };
  const whole = await lines();
  expect(judgeEvidence(whole, now)).toEqual(await verify());
  expect(judgeEvidence(whole.toSpliced(7, 1), now)).toMatchObject({ kind: "broken", after: 6 });
  expect(judgeEvidence(["{}"], now)).toBeUndefined();
  const later = after(100 * day);
  while (letGo(scene.book, later, 7) > 0);
  expect(judgeEvidence(await lines(), later)).toEqual(await verify("B-1", later));
});
