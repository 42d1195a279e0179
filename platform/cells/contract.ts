/** What every implementation of the cells promises. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Bug } from "#platform/assert.ts";
import { failureOf } from "#platform/failure.ts";
import { freshKeys, type Trial } from "#platform/redis/trial.ts";
import { origin } from "#platform/stream/port.ts";

import type { Check, Outcome, Unit, Write } from "./port.ts";

const set = (key: string, field: string, value: string): Write => ({
  op: "HSET",
  key,
  field,
  value,
});
const holds = (key: string, field: string, expected: string | null): Check => ({
  key,
  field,
  expected,
});
const unit = (writes: readonly Write[], checks: readonly Check[] = []): Unit => ({
  checks,
  writes,
});
const committed = (...ids: string[]): Outcome => ({ kind: "committed", ids });

/** Runs the suite on what `open` gives. */
export function cellsContract(name: string, open: () => Promise<Trial>): void {
  describe(`cells on ${name}`, () => {
    let trial: Trial;
    beforeAll(async () => {
      trial = await open();
    });
    afterAll(() => trial.close());

    describe("reading", () => {
      test("what does not exist is null, or empty", async () => {
        const key = freshKeys();
        expect(await trial.cells.get(key("a"), "f")).toBeNull();
        expect(await trial.cells.getAll(key("a"))).toEqual({});
        expect(await trial.cells.getAllOf([key("a"), key("b")])).toEqual([{}, {}]);
        expect(await trial.cells.getAllOf([])).toEqual([]);
        expect(await trial.cells.keys(key(""))).toEqual([]);
      });

      test("many hashes come in the order asked for", async () => {
        const key = freshKeys();
        const keys = Array.from({ length: 100 }, (_, index) => key(`h${index}`));
        await trial.cells.commit(keys.map((each, index) => unit([set(each, "n", `${index}`)])));
        const all = await trial.cells.getAllOf([...keys.toReversed(), key("none")]);
        expect(all.slice(0, 2)).toEqual([{ n: "99" }, { n: "98" }]);
        expect(all.at(-1)).toEqual({});
      });

      test("keys are found by their literal beginning", async () => {
        const key = freshKeys();
        const names = ["a*b", "a[x]c", "a?d", "aXe", "a\\f", "b"].map(key);
        await trial.cells.commit(names.map((each) => unit([set(each, "f", "v")])));
        expect((await trial.cells.keys(key("a"))).toSorted()).toEqual(names.slice(0, 5).toSorted());
        expect(await trial.cells.keys(key("a*"))).toEqual([key("a*b")]);
        expect(await trial.cells.keys(key("a["))).toEqual([key("a[x]c")]);
        expect(await trial.cells.keys(key("a?"))).toEqual([key("a?d")]);
        expect(await trial.cells.keys(key("a\\"))).toEqual([key("a\\f")]);
      });

      test("any text survives, as a field and as a value", async () => {
        const key = freshKeys()("texts");
        const texts = [
          "",
          "-",
          ".",
          "0",
          "é€😀",
          "a\0b",
          'a\r\n"b',
          "x".repeat(70_000),
          "__proto__",
        ];
        const writes = texts.map((text, index) => set(key, `${index}${text}`, text));
        await trial.cells.commit([unit(writes)]);
        for (const [index, text] of texts.entries()) {
          expect(await trial.cells.get(key, `${index}${text}`)).toBe(text);
        }
        expect(Object.keys(await trial.cells.getAll(key))).toHaveLength(texts.length);
      });

      test("memory is told in bytes", async () => {
        const before = await trial.cells.memory();
        const write = set(freshKeys()("heavy"), "f", "x".repeat(1_000_000));
        await trial.cells.commit([unit([write])]);
        const after = await trial.cells.memory();
        expect(after.used).toBeGreaterThan(before.used + 500_000);
        expect(after.limit).toBe(0);
      });
    });

    describe("committing", () => {
      test("a unit whose checks hold is written as a whole, with its entries", async () => {
        const key = freshKeys();
        const [first] = await trial.cells.commit([
          unit(
            [
              set(key("marks"), "b", "1"),
              { op: "XADD", key: key("in"), fields: { body: "one", channel: "x" } },
              { op: "HSET", key: key("marks"), field: "c", value: "2" },
              { op: "XADD", key: key("in"), fields: { body: "two" } },
            ],
            [holds(key("marks"), "b", null)],
          ),
        ]);
        expect(await trial.cells.getAll(key("marks"))).toEqual({ b: "1", c: "2" });
        const entries = await trial.streams.range(key("in"), { after: origin, limit: 10 });
        expect(entries.map(({ fields }) => fields)).toEqual([
          { body: "one", channel: "x" },
          { body: "two" },
        ]);
        expect(first).toEqual(committed(...entries.map(({ id }) => id)));
      });

      test("a conflict writes nothing and says which check failed and what was found", async () => {
        const key = freshKeys()("h");
        await trial.cells.commit([unit([set(key, "a", "1"), set(key, "b", "")])]);
        const outcomes = await trial.cells.commit([
          unit([set(key, "x", "1")], [holds(key, "a", "1"), holds(key, "b", null)]),
          unit([set(key, "y", "1")], [holds(key, "a", "2")]),
          unit([set(key, "z", "1")], [holds(key, "none", "2"), holds(key, "a", "3")]),
          unit([set(key, "w", "1")], [holds(key, "a", "1"), holds(key, "b", "")]),
        ]);
        expect(outcomes).toEqual([
          { kind: "conflict", check: 1, found: "" },
          { kind: "conflict", check: 0, found: "1" },
          { kind: "conflict", check: 0, found: null },
          { kind: "committed", ids: [] },
        ]);
        expect(await trial.cells.getAll(key)).toEqual({ a: "1", b: "", w: "1" });
      });

      test("later units see what earlier ones wrote", async () => {
        const key = freshKeys()("h");
        const step = (from: string | null, to: string): Unit =>
          unit([set(key, "n", to)], [holds(key, "n", from)]);
        const outcomes = await trial.cells.commit([
          step(null, "1"),
          step("1", "2"),
          step("1", "3"),
        ]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(["committed", "committed", "conflict"]);
        expect(await trial.cells.get(key, "n")).toBe("2");
      });

      test("every kind of write does what it says", async () => {
        const key = freshKeys();
        await trial.cells.commit([
          unit([set(key("h"), "a", "1"), set(key("h"), "b", "2"), set(key("gone"), "f", "v")]),
          unit([
            { op: "HDEL", key: key("h"), field: "a" },
            { op: "HDEL", key: key("h"), field: "none" },
            { op: "HDEL", key: key("nothing"), field: "none" },
            { op: "HINCRBY", key: key("h"), field: "n", by: 5 },
            { op: "HINCRBY", key: key("h"), field: "n", by: -7 },
            { op: "DEL", key: key("gone") },
            { op: "DEL", key: key("nothing") },
            { op: "EXPIRE", key: key("nothing"), seconds: 10 },
          ]),
        ]);
        expect(await trial.cells.getAll(key("h"))).toEqual({ b: "2", n: "-2" });
        expect(await trial.cells.keys(key(""))).toEqual([key("h")]);
      });

      test("a hash without fields no longer exists", async () => {
        const key = freshKeys()("h");
        await trial.cells.commit([unit([set(key, "a", "1")])]);
        await trial.cells.commit([unit([{ op: "HDEL", key, field: "a" }])]);
        expect(await trial.cells.keys(key)).toEqual([]);
      });

      test("a key expires, and not before", async () => {
        const key = freshKeys()("h");
        const hour: Write = { op: "EXPIRE", key, seconds: 3600 };
        await trial.cells.commit([unit([set(key, "a", "1"), hour])]);
        await trial.pass(20);
        expect(await trial.cells.get(key, "a")).toBe("1");
        await trial.cells.commit([unit([{ op: "EXPIRE", key, seconds: 1 }])]);
        await trial.until(async () => (await trial.cells.get(key, "a")) === null);
      });

      test("a bounded stream keeps about that many entries, the newest", async () => {
        const key = freshKeys()("s");
        const add = (n: number): Unit =>
          unit([{ op: "XADD", key, fields: { n: String(n) }, atMost: 100 }]);
        for (let call = 0; call < 10; call += 1) {
          await trial.cells.commit(Array.from({ length: 100 }, (_, n) => add(call * 100 + n)));
        }
        const kept = await trial.streams.range(key, { after: origin, limit: 2000 });
        expect(kept.length).toBeGreaterThanOrEqual(100);
        expect(kept.length).toBeLessThan(300);
        expect(kept.at(-1)?.fields).toEqual({ n: "999" });
      });

      test("of many who change a field at once, one wins each time", async () => {
        const key = freshKeys()("h");
        const increase = async (): Promise<void> => {
          for (;;) {
            const found = await trial.cells.get(key, "n");
            const next = String(Number(found ?? "0") + 1);
            const [outcome] = await trial.cells.commit([
              unit([set(key, "n", next)], [holds(key, "n", found)]),
            ]);
            if (outcome?.kind === "committed") return;
          }
        };
        await Promise.all(Array.from({ length: 40 }, increase));
        expect(await trial.cells.get(key, "n")).toBe("40");
      });

      test("a batch is bounded, touches one partition, and may be empty", async () => {
        const key = freshKeys()("h");
        const many = Array.from({ length: 512 }, (_, n) => unit([set(`${key}${n}`, "f", "v")]));
        const outcomes = await trial.cells.commit(many);
        expect(outcomes.every(({ kind }) => kind === "committed")).toBe(true);
        expect(await trial.cells.commit([])).toEqual([]);
        expect(await trial.cells.commit([unit([])])).toEqual([{ kind: "committed", ids: [] }]);
        const tooMany = [...many, unit([])];
        expect(await failureOf(trial.cells.commit(tooMany))).toBeInstanceOf(Bug);
        const apart = [unit([set("trial:{1}:a", "f", "v")]), unit([set("trial:{2}:a", "f", "v")])];
        expect(await failureOf(trial.cells.commit(apart))).toBeInstanceOf(Bug);
        const both = unit([set("trial:{1}:a", "f", "v")], [holds("trial:{2}:a", "f", null)]);
        expect(await failureOf(trial.cells.commit([both]))).toBeInstanceOf(Bug);
      });
    });

    describe("refusing", () => {
      test("a full server refuses what grows, as safe to repeat, and writes nothing", async () => {
        const key = freshKeys();
        await trial.cells.commit([unit([set(key("h"), "a", "1"), set(key("old"), "a", "1")])]);
        await trial.limit(1);
        const grow: Write[] = [
          set(key("h"), "b", "2"),
          { op: "HINCRBY", key: key("h"), field: "n", by: 1 },
          { op: "XADD", key: key("s"), fields: { f: "v" } },
        ];
        for (const write of grow) {
          const failure = await failureOf(trial.cells.commit([unit([]), unit([write])]));
          expect(failure).toMatchObject({ code: "cells-full", retry: "safe" });
        }
        const conflict = unit([set(key("h"), "b", "2")], [holds(key("h"), "a", null)]);
        expect((await trial.cells.commit([conflict]))[0]?.kind).toBe("conflict");
        expect(await trial.cells.commit([unit([{ op: "DEL", key: key("old") }])])).toEqual([
          { kind: "committed", ids: [] },
        ]);
        await trial.limit(0);
        expect(await trial.cells.getAll(key("h"))).toEqual({ a: "1" });
        expect(await trial.streams.length(key("s"))).toBe(0);
        await trial.cells.commit([unit(grow)]);
        expect(await trial.cells.getAll(key("h"))).toEqual({ a: "1", b: "2", n: "1" });
      });

      test("a key of another kind, or counting on a text, is refused for ever", async () => {
        const key = freshKeys();
        await trial.streams.append(key("s"), { f: "v" });
        await trial.cells.commit([unit([set(key("h"), "a", "text")])]);
        const wrong: Write[] = [
          set(key("s"), "f", "v"),
          { op: "XADD", key: key("h"), fields: { f: "v" } },
          { op: "HINCRBY", key: key("h"), field: "a", by: 1 },
        ];
        for (const write of wrong) {
          const failure = await failureOf(trial.cells.commit([unit([write])]));
          expect(failure).toMatchObject({ code: "cells-refused", retry: "never" });
        }
      });
    });
  });
}
