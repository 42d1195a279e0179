/** A history kept by hand, for tests of the API: what the processor does, whenever it is told to. */
import { origin, type Streams } from "#platform/stream/port.ts";
import { parseChange } from "#twins/changes.ts";
import { type HistoryBook, openHistoryBook } from "#twins/history/book.ts";
import { createRecorder } from "#twins/history/recorder.ts";
import type { Keys } from "#twins/keys.ts";

/** A history in memory. */
export interface TrialRecording {
  readonly book: HistoryBook;
  /** Records all that has been written. */
  readonly record: () => Promise<void>;
}

/** An empty history of these change streams. */
export function openTrialRecording(streams: Pick<Streams, "range">, keys: Keys): TrialRecording {
  const book = openHistoryBook(":memory:");
  const recorder = createRecorder(book);
  return {
    book,
    record: async () => {
      for (let partition = 0; partition < keys.partitions; partition++) {
        const from = book.positions().get(partition) ?? null;
        const options = { after: from ?? origin, limit: 100_000 };
        const entries = await streams.range(keys.changes(partition), options);
        const changes = entries.flatMap(({ id: entryId, fields }) => {
          const change = parseChange(fields);
          return change === undefined ? [] : [{ entryId, change }];
        });
        recorder.record([{ partition, from, to: entries.at(-1)?.id ?? from, changes }]);
      }
    },
  };
}
