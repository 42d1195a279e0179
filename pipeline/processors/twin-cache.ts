/**
 * Twins held in memory between batches, the least lately written first to go.
 *
 * What is held may be out of date when somebody else wrote: then the commit meets a conflict, and the twin is read anew.
 */
import { assert } from "#platform/assert.ts";
import type { Twin } from "#twins/document.ts";
import type { Sight } from "#twins/presence.ts";
import type { TwinStore } from "#twins/store.ts";
import { isBox, type Serial } from "#wire/identity.ts";

/** A bounded cache over the store. */
export interface TwinCache {
  /** The twins asked for, from memory where they are held; those that do not exist are left out. */
  load(ids: Iterable<Serial>): Promise<Map<Serial, Twin>>;
  keep(twin: Twin): void;
  forget(id: Serial): void;
  readonly size: number;
}

/** A cache of at most `most` twins. */
export function createTwinCache(store: Pick<TwinStore, "readMany">, most: number): TwinCache {
  assert(most > 0, "a cache holds something");
  const held = new Map<Serial, Twin>();
  const keep = (twin: Twin): void => {
    held.delete(twin.id);
    held.set(twin.id, twin);
    if (held.size <= most) return;
    const [oldest] = held.keys();
    if (oldest !== undefined) held.delete(oldest);
  };
  return {
    load: async (ids) => {
      const found = new Map<Serial, Twin>();
      const lacking: Serial[] = [];
      for (const id of new Set(ids)) {
        const twin = held.get(id);
        if (twin === undefined) lacking.push(id);
        else found.set(id, twin);
      }
      for (const twin of await store.readMany(lacking)) {
        if (twin === null) continue;
        found.set(twin.id, twin);
        keep(twin);
      }
      return found;
    },
    keep,
    forget: (id) => held.delete(id),
    get size() {
      return held.size;
    },
  };
}

/** Adds the boxes that these twins hang on now, as presence asks for them. */
export async function loadBoxes(cache: TwinCache, twins: Map<Serial, Twin>): Promise<void> {
  const lacking = [...twins.values()].flatMap(({ links: { box } }) =>
    box === null || twins.has(box) ? [] : [box],
  );
  if (lacking.length === 0) return;
  for (const [id, twin] of await cache.load(lacking)) twins.set(id, twin);
}

/** A twin beside that of its box, where it is among `twins`. */
export function sightOf(twin: Twin, twins: ReadonlyMap<Serial, Twin>): Sight {
  const { box } = twin.links;
  return { twin, box: box === null || isBox(twin.id) ? null : (twins.get(box) ?? null) };
}
