/**
 * Follows one stream of every partition with one read that waits, from the moment at which it begins: whatever came
 * before is asked for by the connections themselves.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { Seconds } from "#wire/units.ts";

import type { Keys } from "./keys.ts";

/** What following needs. */
export interface FollowerDeps {
  readonly streams: Pick<Streams, "read" | "first" | "last">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
}

/** What is followed, and who is told. */
export interface Following {
  /** For the log, such as `notices`. */
  readonly what: string;
  /** The stream of a partition. */
  readonly of: (q: number) => string;
  readonly entry: (fields: Readonly<Record<string, string>>) => void;
  /** Entries may have gone by unseen. Called at the beginning too. */
  readonly lose: () => void;
}

/** Taken at once from one partition. */
const handful = 512;
/** How long one read waits. */
const blockMs = 2_000;
const pauseAfterTrouble = Seconds(1);

/** Begins to follow; answers how to stop. */
export function followStreams(deps: FollowerDeps, following: Following): () => void {
  const life = { isOpen: true };
  void run(deps, following, life);
  return () => {
    life.isOpen = false;
  };
}

async function run(
  deps: FollowerDeps,
  following: Following,
  life: { readonly isOpen: boolean },
): Promise<void> {
  let positions: Map<string, string> | undefined;
  while (life.isOpen) {
    try {
      positions = await turn(deps, following, positions);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (!life.isOpen) return;
      deps.log.warn(`cannot follow the ${following.what}`, { code: error.code });
      await deps.clock.sleep(pauseAfterTrouble);
      // The store was away, perhaps for longer than it keeps entries.
      positions = undefined;
    }
  }
}

/** Waits for entries once, and answers how far they were read; undefined when some were trimmed away unread. */
async function turn(
  deps: FollowerDeps,
  { of, entry, lose }: Following,
  held: Map<string, string> | undefined,
): Promise<Map<string, string> | undefined> {
  const positions = held ?? (await ends(deps, of));
  // Whoever connected while the ends were asked for may have been looked at before.
  if (held === undefined) lose();
  const batches = await deps.streams.read(positions, { limit: handful, blockMs });
  for (const { key, entries } of batches) {
    for (const { id, fields } of entries) {
      positions.set(key, id);
      entry(fields);
    }
  }
  const isBehind = batches.some(({ entries }) => entries.length === handful);
  return isBehind && (await hasLost(deps, positions)) ? undefined : positions;
}

async function ends(
  { streams, keys }: FollowerDeps,
  of: Following["of"],
): Promise<Map<string, string>> {
  const all = Array.from({ length: keys.partitions }, (_, q) => of(q));
  return new Map(
    await Promise.all(all.map(async (key) => [key, await streams.last(key)] as const)),
  );
}

/** Whether entries were trimmed away before they were read. */
async function hasLost(
  { streams }: FollowerDeps,
  positions: ReadonlyMap<string, string>,
): Promise<boolean> {
  const losses = [...positions].map(async ([key, id]) => {
    const first = await streams.first(key);
    return first !== null && id !== origin && compareIds(first, id) > 0;
  });
  return (await Promise.all(losses)).includes(true);
}
