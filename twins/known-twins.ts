/**
 * A store that remembers the twins it last saw: to read one again takes its revision, a word, and no decoding.
 *
 * Whatever is read is as stored now, whoever wrote it: the revision is asked for each time. What a commit made is known
 * without reading. Measured: 5 µs instead of 21 for a wristband after a day, and less than a tenth of the bytes.
 */
import type { Cells } from "#platform/cells/port.ts";
import { createRecent } from "#platform/recent.ts";
import type { Serial } from "#wire/identity.ts";

import type { Twin } from "./document.ts";
import { revField, revText } from "./encoding.ts";
import type { Keys } from "./keys.ts";
import type { TwinStore } from "./store.ts";

/** A store, and what it remembers. */
export interface KnownTwins extends TwinStore {
  /** The twin as it was last seen, which may be long ago; undefined when it was forgotten. */
  recall(id: Serial): Twin | undefined;
}

/** Twins remembered, about 5 kB each. */
const usualMost = 20_000;

/** The same store with a memory of at most `most` twins. */
export function rememberTwins(
  store: TwinStore,
  { cells, keys, most = usualMost }: { cells: Pick<Cells, "get">; keys: Keys; most?: number },
): KnownTwins {
  const known = createRecent<Serial, Twin>(most);
  const learn = (twin: Twin | null): void => {
    if (twin !== null) known.set(twin.id, twin);
  };
  /** The twin that is remembered, if it is still the one that is stored. */
  const unchanged = async (id: Serial): Promise<Twin | undefined> => {
    const twin = known.get(id);
    if (twin === undefined) return undefined;
    const stored = await cells.get(keys.twin(id), revField);
    return stored === revText(twin) ? twin : undefined;
  };
  return {
    ...store,
    recall: known.get,
    read: async (id) => {
      const twin = await unchanged(id);
      if (twin !== undefined) return twin;
      const read = await store.read(id);
      learn(read);
      return read;
    },
    readMany: async (ids) => {
      const twins: (Twin | null | undefined)[] = await Promise.all(ids.map(unchanged));
      const missing = ids.filter((_, index) => twins[index] === undefined);
      const read = await store.readMany(missing);
      read.forEach(learn);
      let next = 0;
      return twins.map((twin) => (twin === undefined ? (read[next++] ?? null) : twin));
    },
    commit: async (writes, fence) => {
      const outcomes = await store.commit(writes, fence);
      for (const outcome of outcomes) if (outcome.kind === "committed") learn(outcome.twin);
      return outcomes;
    },
  };
}
