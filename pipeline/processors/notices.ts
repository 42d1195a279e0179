/**
 * Who has been wished something by people or jobs since the last look: their deadlines are to be watched.
 *
 * A notice that is trimmed away unread costs no expiry for good: whoever takes a partition looks at all its devices.
 */
import type { Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import { parseNotice } from "#twins/notice.ts";
import type { Serial } from "#wire/identity.ts";

/** Most notices of one read. */
const atOnce = 5_000;

/** Answers, at each call, the devices of the notices since the last; the first call only finds where to begin. */
export function createNoticeReader({
  streams,
  keys,
}: {
  readonly streams: Streams;
  readonly keys: Keys;
}): () => Promise<Serial[]> {
  const all = Array.from({ length: keys.partitions }, (_, q) => keys.down(q));
  const positions = new Map<string, string>();
  return async () => {
    const found: Serial[] = [];
    for (const key of all) {
      const after = positions.get(key);
      if (after === undefined) positions.set(key, await streams.last(key));
    }
    for (const { key, entries } of await streams.read(positions, { limit: atOnce, blockMs: 0 })) {
      found.push(...entries.flatMap(({ fields }) => parseNotice(fields) ?? []));
      positions.set(key, entries.at(-1)?.id ?? "");
    }
    return found;
  };
}
