/** What every implementation of the streams promises. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { failureOf } from "#platform/failure.ts";
import { freshKeys, type Trial } from "#platform/redis/trial.ts";

import { type Batch, compareIds, type Consumer, type Entry, origin } from "./port.ts";

const group = "twins";
const anna: Consumer = { group, consumer: "anna" };
const bert: Consumer = { group, consumer: "bert" };
const all = { after: origin, limit: 1000 };
const atOnce = { limit: 1000, blockMs: 0 };

const numbersOf = (entries: readonly Entry[]): (string | undefined)[] =>
  entries.map(({ fields }) => fields["n"]);
const allNumbersOf = (batches: readonly Batch[]): (string | undefined)[] =>
  batches.flatMap(({ entries }) => numbersOf(entries));

/** Runs the suite on what `open` gives. */
export function streamContract(name: string, open: () => Promise<Trial>): void {
  describe(`streams on ${name}`, () => {
    let trial: Trial;
    beforeAll(async () => {
      trial = await open();
    });
    afterAll(() => trial.close());

    const fill = async (key: string, count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let n = 0; n < count; n += 1) ids.push(await trial.streams.append(key, { n: `${n}` }));
      return ids;
    };

    describe("reading", () => {
      test("what was never written is empty", async () => {
        const key = freshKeys()("s");
        const { streams } = trial;
        expect(await streams.range(key, all)).toEqual([]);
        expect(await streams.latest(key, 5)).toEqual([]);
        expect(await streams.last(key)).toBe(origin);
        expect(await streams.first(key)).toBeNull();
        expect(await streams.length(key)).toBe(0);
        expect(await streams.groups(key)).toEqual([]);
        expect(await streams.read(new Map([[key, origin]]), atOnce)).toEqual([]);
        await streams.trim(key, "5-0");
        await streams.acknowledge(key, group, ["5-0"]);
      });

      test("entries come oldest first, after a position, as many as wanted", async () => {
        const key = freshKeys()("s");
        const ids = await fill(key, 5);
        const { streams } = trial;
        expect(ids).toEqual(ids.toSorted(compareIds));
        expect(new Set(ids).size).toBe(5);
        expect(numbersOf(await streams.range(key, all))).toEqual(["0", "1", "2", "3", "4"]);
        expect(numbersOf(await streams.range(key, { after: ids[1]!, limit: 2 }))).toEqual([
          "2",
          "3",
        ]);
        expect(await streams.range(key, { after: ids[4]!, limit: 2 })).toEqual([]);
        expect(numbersOf(await streams.latest(key, 2))).toEqual(["4", "3"]);
        expect(await streams.first(key)).toBe(ids[0]!);
        expect(await streams.last(key)).toBe(ids[4]!);
        expect(await streams.length(key)).toBe(5);
      });

      test("several streams are read together, each from its own position", async () => {
        const key = freshKeys();
        const a = await fill(key("a"), 3);
        const b = await fill(key("b"), 3);
        const positions = new Map([
          [key("b"), b[1]!],
          [key("none"), origin],
          [key("a"), a[0]!],
        ]);
        const batches = await trial.streams.read(positions, atOnce);
        expect(batches.map((batch) => batch.key)).toEqual([key("b"), key("a")]);
        expect(batches.map(({ entries }) => numbersOf(entries))).toEqual([["2"], ["1", "2"]]);
        const few = await trial.streams.read(positions, { limit: 1, blockMs: 0 });
        expect(few.map(({ entries }) => numbersOf(entries))).toEqual([["2"], ["1"]]);
      });

      test("any text survives", async () => {
        const key = freshKeys()("s");
        const fields = { "": "", é: "😀", "a\0b": 'x\r\n"', long: "y".repeat(70_000) };
        await trial.streams.append(key, fields);
        expect((await trial.streams.range(key, all))[0]?.fields).toEqual(fields);
      });
    });

    describe("waiting", () => {
      test("a read without news ends after its time with nothing", async () => {
        const key = freshKeys()("s");
        const ids = await fill(key, 1);
        let found: Batch[] | undefined;
        const read = trial.streams.read(new Map([[key, ids[0]!]]), { limit: 5, blockMs: 50 });
        const reading = read.then((batches) => (found = batches));
        await trial.until(() => found !== undefined);
        expect(await reading).toEqual([]);
      });

      test("a read wakes for an entry, appended or committed", async () => {
        const key = freshKeys();
        const positions = new Map([
          [key("a"), origin],
          [key("b"), origin],
        ]);
        const wait = (): Promise<Batch[]> =>
          trial.streams.read(positions, { limit: 5, blockMs: 60_000 });
        const first = wait();
        await trial.pass(30);
        await trial.streams.append(key("b"), { n: "1" });
        expect(allNumbersOf(await first)).toEqual(["1"]);
        positions.set(key("b"), await trial.streams.last(key("b")));
        const second = wait();
        await trial.pass(30);
        const writes = ["2", "3"].map(
          (n) => ({ op: "XADD", key: key("a"), fields: { n } }) as const,
        );
        await trial.cells.commit([{ checks: [], writes }]);
        expect(allNumbersOf(await second)).toEqual(["2", "3"]);
      });

      test("of two consumers that wait, one gets the entry and the other waits on", async () => {
        const key = freshKeys()("s");
        await trial.streams.createGroup(key, group, origin);
        const got: string[] = [];
        const waits = [anna, bert].map(async (consumer) => {
          const batches = await trial.streams.readGroup([key], consumer, {
            limit: 5,
            blockMs: 60_000,
          });
          got.push(...allNumbersOf(batches).map((n) => `${consumer.consumer} ${n}`));
        });
        await trial.pass(50);
        await trial.streams.append(key, { n: "1" });
        await trial.until(() => got.length === 1);
        await trial.streams.append(key, { n: "2" });
        await Promise.all(waits);
        expect(got.map((text) => text.slice(-1))).toEqual(["1", "2"]);
        expect(new Set(got.map((text) => text.slice(0, 4))).size).toBe(2);
      });
    });

    describe("groups", () => {
      test("each entry goes to one consumer, and is pending until acknowledged", async () => {
        const key = freshKeys()("s");
        const { streams } = trial;
        const ids = await fill(key, 6);
        await streams.createGroup(key, group, origin);
        await streams.createGroup(key, group, ids[5]!);
        const first = await streams.readGroup([key], anna, { limit: 2, blockMs: 0 });
        const second = await streams.readGroup([key], bert, { limit: 3, blockMs: 0 });
        expect([first, second].map(allNumbersOf)).toEqual([
          ["0", "1"],
          ["2", "3", "4"],
        ]);
        expect(await streams.groups(key)).toEqual([
          { name: group, lastDelivered: ids[4]!, pending: 5, oldestPending: ids[0]!, lag: 1 },
        ]);
        await streams.acknowledge(key, group, [ids[0]!, ids[3]!]);
        await streams.acknowledge(key, group, [ids[0]!]);
        await streams.acknowledge(key, group, []);
        expect((await streams.groups(key))[0]).toMatchObject({
          pending: 3,
          oldestPending: ids[1]!,
        });
        expect(allNumbersOf(await streams.readGroup([key], anna, atOnce))).toEqual(["5"]);
        expect(await streams.readGroup([key], anna, atOnce)).toEqual([]);
      });

      test("groups know nothing of each other, and may begin anywhere", async () => {
        const key = freshKeys()("s");
        const ids = await fill(key, 3);
        await trial.streams.createGroup(key, "alerts", ids[1]!);
        await trial.streams.createGroup(key, "series", origin);
        const read = (its: string): Promise<Batch[]> =>
          trial.streams.readGroup([key], { group: its, consumer: "c" }, atOnce);
        expect(allNumbersOf(await read("alerts"))).toEqual(["2"]);
        expect(allNumbersOf(await read("series"))).toEqual(["0", "1", "2"]);
        expect((await trial.streams.groups(key)).map((state) => state.name)).toEqual([
          "alerts",
          "series",
        ]);
      });

      test("a group may wait for a stream that does not exist yet", async () => {
        const key = freshKeys()("s");
        await trial.streams.createGroup(key, group, origin);
        expect(await trial.streams.groups(key)).toEqual([
          { name: group, lastDelivered: origin, pending: 0, oldestPending: null, lag: 0 },
        ]);
        await fill(key, 1);
        expect(allNumbersOf(await trial.streams.readGroup([key], anna, atOnce))).toEqual(["0"]);
      });

      test("a consumer finds its own unacknowledged entries again, in order", async () => {
        const key = freshKeys()("s");
        const { streams } = trial;
        await fill(key, 6);
        await streams.createGroup(key, group, origin);
        const [mine] = await streams.readGroup([key], anna, { limit: 4, blockMs: 0 });
        await streams.readGroup([key], bert, atOnce);
        await streams.acknowledge(key, group, [mine!.entries[1]!.id]);
        expect(numbersOf(await streams.readOwn(key, anna, all))).toEqual(["0", "2", "3"]);
        const rest = { after: mine!.entries[0]!.id, limit: 1 };
        expect(numbersOf(await streams.readOwn(key, anna, rest))).toEqual(["2"]);
        expect(numbersOf(await streams.readOwn(key, bert, all))).toEqual(["4", "5"]);
        expect(await streams.readOwn(key, { group, consumer: "new" }, all)).toEqual([]);
      });

      test("what was idle is taken over, with how often it was handed out", async () => {
        const key = freshKeys()("s");
        const { streams } = trial;
        const ids = await fill(key, 3);
        await streams.createGroup(key, group, origin);
        await streams.readGroup([key], anna, atOnce);
        expect(await streams.claim(key, bert, { minIdleMs: 60_000, limit: 10 })).toEqual({
          entries: [],
          gone: [],
        });
        const some = await streams.claim(key, bert, { minIdleMs: 0, limit: 2 });
        expect(some.entries.map(({ entry, deliveries }) => [entry.id, deliveries])).toEqual([
          [ids[0]!, 2],
          [ids[1]!, 2],
        ]);
        expect(numbersOf(await streams.readOwn(key, anna, all))).toEqual(["2"]);
        const again = await streams.claim(key, anna, { minIdleMs: 0, limit: 10 });
        expect(again.entries.map(({ deliveries }) => deliveries)).toEqual([3, 3, 3]);
        expect(numbersOf(await streams.readOwn(key, bert, all))).toEqual([]);
      });

      test("pending entries whose text was trimmed are named once, else skipped", async () => {
        const key = freshKeys()("s");
        const { streams } = trial;
        const ids = await fill(key, 5);
        await streams.createGroup(key, group, origin);
        await streams.readGroup([key], anna, atOnce);
        await streams.trim(key, ids[3]!);
        expect(numbersOf(await streams.readOwn(key, anna, { after: origin, limit: 1 }))).toEqual([
          "3",
        ]);
        expect((await streams.groups(key))[0]).toMatchObject({
          pending: 5,
          oldestPending: ids[0]!,
        });
        const claimed = await streams.claim(key, bert, { minIdleMs: 60_000, limit: 10 });
        expect(claimed).toEqual({ entries: [], gone: ids.slice(0, 3) });
        expect(await streams.claim(key, bert, { minIdleMs: 60_000, limit: 10 })).toEqual({
          entries: [],
          gone: [],
        });
        expect((await streams.groups(key))[0]).toMatchObject({
          pending: 2,
          oldestPending: ids[3]!,
        });
      });

      test("reading for a group that does not exist is trouble with a name", async () => {
        const key = freshKeys()("s");
        const missing = { code: "group-missing", retry: "never" };
        const { streams } = trial;
        expect(await failureOf(streams.readGroup([key], anna, atOnce))).toMatchObject(missing);
        await fill(key, 1);
        expect(await failureOf(streams.readGroup([key], anna, atOnce))).toMatchObject(missing);
        expect(await failureOf(streams.readOwn(key, anna, all))).toMatchObject(missing);
        const claim = streams.claim(key, anna, { minIdleMs: 0, limit: 1 });
        expect(await failureOf(claim)).toMatchObject(missing);
      });
    });

    describe("trimming", () => {
      test("removes what is older than a position, and ids go on growing", async () => {
        const key = freshKeys()("s");
        const ids = await fill(key, 4);
        await trial.streams.trim(key, ids[2]!);
        expect(numbersOf(await trial.streams.range(key, all))).toEqual(["2", "3"]);
        expect(await trial.streams.first(key)).toBe(ids[2]!);
        await trial.streams.trim(key, "99999999999999-0");
        expect(await trial.streams.length(key)).toBe(0);
        expect(await trial.streams.first(key)).toBeNull();
        expect(await trial.streams.last(key)).toBe(ids[3]!);
        expect(compareIds(await trial.streams.append(key, { n: "4" }), ids[3]!)).toBeGreaterThan(0);
      });

      test("an append may bound the stream", async () => {
        const key = freshKeys()("s");
        for (let n = 0; n < 500; n += 1) {
          await trial.streams.append(key, { n: `${n}` }, { atMost: 100 });
        }
        const length = await trial.streams.length(key);
        expect(length).toBeGreaterThanOrEqual(100);
        expect(length).toBeLessThan(300);
      });

      test("a full server refuses appends as safe to repeat, and still reads and trims", async () => {
        const key = freshKeys()("s");
        const ids = await fill(key, 2);
        await trial.streams.createGroup(key, group, origin);
        await trial.limit(1);
        const failure = await failureOf(trial.streams.append(key, { n: "2" }));
        expect(failure).toMatchObject({ code: "stream-full", retry: "safe" });
        const newGroup = trial.streams.createGroup(key, "late", origin);
        expect(await failureOf(newGroup)).toMatchObject({ code: "stream-full", retry: "safe" });
        expect(allNumbersOf(await trial.streams.readGroup([key], anna, atOnce))).toEqual([
          "0",
          "1",
        ]);
        await trial.streams.acknowledge(key, group, ids);
        await trial.streams.trim(key, ids[1]!);
        await trial.limit(0);
        expect(numbersOf(await trial.streams.range(key, all))).toEqual(["1"]);
      });
    });
  });
}
