/**
 * The law of the memory: whatever is done to a stream and its group, memory and server answer
 * alike.
 *
 * Ids differ, since each has its own clock; they are compared by which entry they name, counted
 * from the first appended.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import * as fc from "fast-check";

import { freshKeys, type Trial } from "#platform/redis/trial.ts";

import { type Batch, type Consumer, type Entry, origin } from "./port.ts";

/** Something done to the whole stream. */
interface Look {
  readonly do: "append" | "groups" | "latest";
}

/** Something that a consumer does. */
interface Work {
  readonly do: "read" | "own" | "claim";
  readonly who: string;
  readonly limit: number;
}

/** Something done to one entry, named by the order of appending. */
interface Point {
  readonly do: "acknowledge" | "trim" | "range";
  readonly at: number;
}

type Deed = Look | Work | Point;

const who = fc.constantFrom("anna", "bert");
const limit = fc.integer({ min: 1, max: 5 });
const at = fc.integer({ min: 0, max: 25 });

const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("append" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), who, limit }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("own" as const, "claim"), who, limit }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("trim" as const, "range"), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("groups" as const, "latest") }) },
);
const history = fc.array(anyDeed, { maxLength: 80, size: "max" });

/** One stream on one trial, with the ids it gave. */
interface Run {
  readonly trial: Trial;
  readonly key: string;
  readonly ids: string[];
}

/** Proves that both trials answer alike, over `runs` random histories of one stream. */
export function memoryLaw(
  openBoth: () => Promise<{ memory: Trial; real: Trial }>,
  runs: number,
): void {
  let both: { memory: Trial; real: Trial };
  beforeAll(async () => {
    both = await openBoth();
  });
  afterAll(async () => {
    await both.memory.close();
    await both.real.close();
  });

  test("whatever is done to a stream, memory and server answer alike", async () => {
    const law = fc.asyncProperty(history, async (deeds) => {
      const key = freshKeys()("s");
      const memory: Run = { trial: both.memory, key, ids: [] };
      const real: Run = { trial: both.real, key, ids: [] };
      for (const run of [memory, real]) await run.trial.streams.createGroup(key, "g", origin);
      for (const each of deeds) expect(await act(memory, each)).toEqual(await act(real, each));
    });
    await fc.assert(law, { numRuns: runs });
  });
}

/** Does it; answers what came of it in words that know no ids. */
function act(run: Run, deed: Deed): Promise<unknown> {
  if ("who" in deed) return work(run, deed);
  if ("at" in deed) return point(run, deed);
  return look(run, deed);
}

async function look(run: Run, deed: Look): Promise<unknown> {
  const { streams } = run.trial;
  if (deed.do === "append") {
    run.ids.push(await streams.append(run.key, { n: String(run.ids.length) }));
    return null;
  }
  if (deed.do === "latest") {
    const [first, last] = [await streams.first(run.key), await streams.last(run.key)];
    const ends = { first: nameOf(run, first), last: nameOf(run, last) };
    return { ...ends, newest: textsOf(await streams.latest(run.key, 3)) };
  }
  const groups = await streams.groups(run.key);
  // Not the lag: where entries were trimmed before they were handed out, Redis still counts them.
  return groups.map(({ name, pending, lastDelivered, oldestPending }) => ({
    name,
    pending,
    lastDelivered: nameOf(run, lastDelivered),
    oldestPending: nameOf(run, oldestPending),
  }));
}

async function work(run: Run, deed: Work): Promise<unknown> {
  const { streams } = run.trial;
  const consumer: Consumer = { group: "g", consumer: deed.who };
  if (deed.do === "read") {
    const options = { limit: deed.limit, blockMs: 0 };
    const batches: Batch[] = await streams.readGroup([run.key], consumer, options);
    return batches.map(({ entries }) => textsOf(entries));
  }
  if (deed.do === "own") {
    return textsOf(await streams.readOwn(run.key, consumer, { after: origin, limit: deed.limit }));
  }
  const options = { minIdleMs: 0, limit: deed.limit };
  const { entries, gone } = await streams.claim(run.key, consumer, options);
  return {
    entries: entries.map(({ entry, deliveries }) => [entry.fields["n"], deliveries]),
    gone: gone.map((id) => nameOf(run, id)),
  };
}

async function point(run: Run, deed: Point): Promise<unknown> {
  const { streams } = run.trial;
  const id = run.ids[deed.at];
  if (id === undefined) return null;
  if (deed.do === "range") return textsOf(await streams.range(run.key, { after: id, limit: 4 }));
  if (deed.do === "trim") return streams.trim(run.key, id);
  return streams.acknowledge(run.key, "g", [id]);
}

function nameOf(run: Run, id: string | null): number | string | null {
  return id === null || id === origin ? id : run.ids.indexOf(id);
}

function textsOf(entries: readonly Entry[]): (string | undefined)[] {
  return entries.map(({ fields }) => fields["n"]);
}
