/**
 * How far the processors are behind the doors, as the streams themselves tell it: the api knows no processor.
 */
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import { between, Instant } from "#wire/units.ts";

/** Entries that wait for some processor, and how long the oldest of them has. */
export interface Backlog {
  readonly entries: number;
  readonly ageMs: number;
}

/** What is read. */
export interface BacklogDeps {
  readonly streams: Pick<Streams, "groups" | "last" | "range">;
  readonly keys: Keys;
}

/** The backlog of every stream that processors read; ages are by the streams' own ids. */
export async function readBacklog({ streams, keys }: BacklogDeps, now: Instant): Promise<Backlog> {
  const all: string[] = [];
  for (let p = 0; p < keys.partitions; p++) all.push(keys.critical(p), keys.inbound(p));
  const parts = await Promise.all(all.map((key) => backlogOf(streams, key, now)));
  return {
    entries: parts.reduce((sum, { entries }) => sum + entries, 0),
    ageMs: parts.reduce((oldest, { ageMs }) => Math.max(oldest, ageMs), 0),
  };
}

async function backlogOf(
  streams: BacklogDeps["streams"],
  key: string,
  now: Instant,
): Promise<Backlog> {
  const [groups, last] = await Promise.all([streams.groups(key), streams.last(key)]);
  if (last === origin) return { entries: 0, ageMs: 0 };
  // Nobody has ever read the stream: everything waits.
  const readers = groups.length > 0 ? groups : [unread];
  let entries = 0;
  let ageMs = 0;
  for (const { lastDelivered, oldestPending, pending, lag } of readers) {
    const isBehind = compareIds(lastDelivered, last) < 0;
    const next = isBehind ? await streams.range(key, { after: lastDelivered, limit: 1 }) : [];
    const oldest = oldestPending ?? next[0]?.id;
    entries = Math.max(entries, pending + (lag ?? next.length));
    if (oldest !== undefined) ageMs = Math.max(ageMs, between(timeOf(oldest), now));
  }
  return { entries, ageMs };
}

const unread = { lastDelivered: origin, oldestPending: null, pending: 0, lag: null };

function timeOf(id: string): Instant {
  return Instant(Number(id.split("-")[0]));
}
