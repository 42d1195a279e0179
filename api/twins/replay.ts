/**
 * What a returning reader missed, read from the change streams; or the finding that it cannot be told any more.
 */
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { changesKept, parseChange } from "#twins/changes.ts";
import type { Change } from "#twins/document.ts";
import type { ReadChange } from "#twins/fleet-reader.ts";
import type { Keys } from "#twins/keys.ts";
import type { Positions } from "#twins/positions.ts";

/** From where to where. */
export interface Stretch {
  readonly from: Positions;
  /** Included. */
  readonly to: Positions;
}

/** Why the rest of a stretch cannot be told: entries are gone, or there are more than a snapshot costs. */
export type Loss = "trimmed" | "too_far";

/** What replaying reads from. */
export interface ReplayDeps {
  readonly streams: Pick<Streams, "range" | "first" | "length">;
  readonly keys: Keys;
}

/** Entries read at once. */
const handful = 500;
/** Changes that are told one by one at most. */
const tellable = 50_000;

/** Every change in the stretch, partition by partition, oldest first. After a loss the rest is not worth reading. */
export async function* missedChanges(
  deps: ReplayDeps,
  { from, to }: Stretch,
): AsyncGenerator<ReadChange | Loss> {
  let told = 0;
  let reached = from;
  for (const [partition, end] of to.entries()) {
    const start = from[partition] ?? origin;
    for await (const missed of missedIn(deps, partition, { from: start, to: end })) {
      if (missed === "trimmed") {
        yield missed;
        continue;
      }
      reached = reached.with(partition, missed.id);
      yield told++ < tellable ? { change: missed.change, reached } : "too_far";
    }
  }
}

/** A change and its entry. */
interface Missed {
  readonly id: string;
  readonly change: Change;
}

/**
 * One partition's. Whether entries were trimmed is asked after each reading: what was read is whole if the stream still
 * holds where the reading began.
 */
async function* missedIn(
  { streams, keys }: ReplayDeps,
  partition: number,
  { from, to }: { readonly from: string; readonly to: string },
): AsyncGenerator<Missed | "trimmed"> {
  const key = keys.changes(partition);
  let after = from;
  while (compareIds(after, to) < 0) {
    const entries = await streams.range(key, { after, limit: handful });
    if (!(await holds(streams, key, after))) yield "trimmed";
    const wanted = entries.filter(({ id }) => compareIds(id, to) <= 0);
    for (const { id, fields } of wanted) {
      const change = parseChange(fields);
      if (change !== undefined) yield { id, change };
    }
    after = wanted.length < handful ? to : (wanted.at(-1)?.id ?? to);
  }
}

/** Whether a stream still holds every entry after `id`. */
async function holds(streams: ReplayDeps["streams"], key: string, id: string): Promise<boolean> {
  const first = await streams.first(key);
  if (first !== null && compareIds(first, id) <= 0) return true;
  // Nothing had been written when the reader left, and too little since for anything to be trimmed.
  return id === origin && (await streams.length(key)) < changesKept;
}
