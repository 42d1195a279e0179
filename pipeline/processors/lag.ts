/** How far a group is behind, per partition, for whoever watches. */
import type { Clock } from "#platform/clock/port.ts";
import type { Metrics } from "#platform/metrics.ts";
import { type GroupState, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";

/** A stream that a group works at. */
export interface WatchedStream {
  readonly key: string;
  readonly partition: number;
  /** `critical` or `in`. */
  readonly name: string;
}

/** Exports lag and age of `streams()` for a group, read when the metrics are. */
export function exportLag(
  deps: { readonly streams: Streams; readonly clock: Clock; readonly metrics: Metrics },
  group: string,
  watched: () => readonly WatchedStream[],
): void {
  const labels = ["group", "partition", "stream"];
  const { metrics } = deps;
  const lag = metrics.gauge("vigie_stream_lag_entries", "Entries not yet acknowledged", labels);
  const age = metrics.gauge("vigie_stream_lag_seconds", "Age of the oldest of them", labels);
  metrics.beforeText(async () => {
    const all = watched().map(async (stream) => {
      const values = { group, partition: stream.partition, stream: stream.name };
      const found = await behind(deps, stream.key, group);
      lag.set(found.entries, values);
      age.set(found.ageMs / 1000, values);
    });
    // While Redis is away the last values stand; that it is away is told elsewhere.
    await Promise.all(all).catch((error: unknown) => {
      if (!isTrouble(error)) throw error;
    });
  });
}

async function behind(
  { streams, clock }: { readonly streams: Streams; readonly clock: Clock },
  key: string,
  group: string,
): Promise<{ entries: number; ageMs: number }> {
  const state = (await streams.groups(key)).find(({ name }) => name === group);
  if (state === undefined) return { entries: 0, ageMs: 0 };
  const oldest = await oldestOf(streams, key, state);
  return {
    entries: (state.lag ?? 0) + state.pending,
    ageMs: oldest === null ? 0 : Math.max(0, clock.now() - Number(oldest.split("-")[0])),
  };
}

async function oldestOf(streams: Streams, key: string, state: GroupState): Promise<string | null> {
  if (state.oldestPending !== null) return state.oldestPending;
  const [first] = await streams.range(key, { after: state.lastDelivered, limit: 1 });
  return first?.id ?? null;
}
