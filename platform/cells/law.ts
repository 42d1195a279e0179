/**
 * The law of the commit: whatever units are committed, what happens is what a naive reading of the
 * port says.
 *
 * The naive one knows no batches, no bytes and no expiry but "now"; both the memory and a real
 * server must agree with it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import * as fc from "fast-check";

import { freshKeys, type Trial } from "#platform/redis/trial.ts";
import { compareIds, origin } from "#platform/stream/port.ts";

import type { Check, Outcome, Unit, Write } from "./port.ts";

const hashes = ["h0", "h1"];
const streams = ["s0", "s1"];
const text = fc.constantFrom("0", "1", "2", "", "é");
const field = fc.constantFrom("a", "b", "c");

const check: fc.Arbitrary<Check> = fc.record({
  key: fc.constantFrom(...hashes),
  field,
  expected: fc.oneof(text, fc.constant(null)),
});

const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("HSET"),
      key: fc.constantFrom(...hashes),
      field,
      value: text,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("HDEL"), key: fc.constantFrom(...hashes), field }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("HINCRBY"),
      key: fc.constantFrom(...hashes),
      field: fc.constantFrom("n", "m"),
      by: fc.integer({ min: -1000, max: 1000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("DEL"), key: fc.constantFrom(...hashes, ...streams) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("EXPIRE"),
      key: fc.constantFrom(...hashes, ...streams),
      seconds: fc.constantFrom(-1, 0, 3600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("XADD"),
      key: fc.constantFrom(...streams),
      fields: fc.dictionary(field, text, { minKeys: 1 }),
    }),
  },
);

/** Batches of units over two hashes and two streams. */
const batches: fc.Arbitrary<Unit[][]> = fc.array(
  fc.array(
    fc.record({
      checks: fc.array(check, { maxLength: 3 }),
      writes: fc.array(write, { maxLength: 6 }),
    }),
    { maxLength: 8 },
  ),
  { maxLength: 6 },
);

/** `unit` on the keys that `key` makes of its short names. */
function placed(unit: Unit, key: (name: string) => string): Unit {
  return {
    checks: unit.checks.map((each) => ({ ...each, key: key(each.key) })),
    writes: unit.writes.map((each) => ({ ...each, key: key(each.key) })),
  };
}

/** Everything that a trial holds under those keys. */
async function contentsOf(trial: Trial, key: (name: string) => string): Promise<Contents> {
  const read = (name: string): Promise<readonly { fields: Readonly<Record<string, string>> }[]> =>
    trial.streams.range(key(name), { after: origin, limit: 10_000 });
  const [h0 = {}, h1 = {}] = await trial.cells.getAllOf(hashes.map(key));
  const entries = await Promise.all(streams.map(read));
  const [s0 = [], s1 = []] = entries.map((list) => list.map(({ fields }) => ({ ...fields })));
  return { hashes: { h0: { ...h0 }, h1: { ...h1 } }, streams: { s0, s1 } };
}

interface Contents {
  readonly hashes: Record<string, Record<string, string>>;
  readonly streams: Record<string, Readonly<Record<string, string>>[]>;
}

function naively(held: Contents, unit: Unit): Outcome["kind"] {
  const holds = unit.checks.every(
    ({ key, field: name, expected }) => (held.hashes[key]?.[name] ?? null) === expected,
  );
  if (!holds) return "conflict";
  for (const each of unit.writes) {
    if (each.key in held.hashes) writeField(held, each);
    else writeEntry(held, each);
  }
  return "committed";
}

function writeField({ hashes: held }: Contents, each: Write): void {
  const fields = held[each.key] ?? {};
  if (each.op === "HSET") fields[each.field] = each.value;
  if (each.op === "HDEL") delete fields[each.field];
  if (each.op === "HINCRBY") fields[each.field] = String(Number(fields[each.field] ?? 0) + each.by);
  if (removes(each)) held[each.key] = {};
}

function writeEntry({ streams: held }: Contents, each: Write): void {
  if (each.op === "XADD") held[each.key]?.push({ ...each.fields });
  if (removes(each)) held[each.key] = [];
}

function removes(each: Write): boolean {
  return each.op === "DEL" || (each.op === "EXPIRE" && each.seconds <= 0);
}

/** Proves the law on what `open` gives, over `runs` random histories. */
export function commitLaw(name: string, open: () => Promise<Trial>, runs: number): void {
  let trial: Trial;
  beforeAll(async () => {
    trial = await open();
  });
  afterAll(() => trial.close());

  test(`any batches of units on ${name} do what a naive reading of the port says`, async () => {
    const law = fc.asyncProperty(batches, async (history) => {
      const key = freshKeys();
      const expected: Contents = { hashes: { h0: {}, h1: {} }, streams: { s0: [], s1: [] } };
      for (const batch of history) {
        const outcomes = await trial.cells.commit(batch.map((unit) => placed(unit, key)));
        expect(outcomes.map(({ kind }) => kind)).toEqual(
          batch.map((unit) => naively(expected, unit)),
        );
        for (const [index, unit] of batch.entries()) {
          const outcome = outcomes[index];
          if (outcome?.kind === "committed") expectIds(outcome.ids, unit);
        }
      }
      expect(await contentsOf(trial, key)).toEqual(expected);
    });
    await fc.assert(law, { numRuns: runs });
  });
}

/** One id for each entry, growing within a stream that is not deleted in between. */
function expectIds(ids: readonly string[], unit: Unit): void {
  const added = unit.writes.filter(({ op }) => op === "XADD");
  expect(ids).toHaveLength(added.length);
  if (unit.writes.some(({ op }) => op === "DEL" || op === "EXPIRE")) return;
  for (const stream of streams) {
    const own = ids.filter((_, index) => added[index]?.key === stream);
    expect(own).toEqual(own.toSorted(compareIds));
    expect(new Set(own).size).toBe(own.length);
  }
}
