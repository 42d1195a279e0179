/**
 * What one reader of the stream has still to be told: the changes since the last telling, one per twin, latest wins.
 *
 * It is bounded: a reader who falls too far behind loses all of it, and is told so.
 */
import type { Sighting } from "#twins/circles.ts";
import type { Change, ChangedLeaf } from "#twins/document.ts";

/** A twin's changes waiting to be told. */
export interface Waiting {
  /** As the fleet told it, or several merged into one. */
  readonly sighting: Sighting;
  /** How many they are. */
  readonly count: number;
}

/** What is taken at once, in the order of the latest change of each twin. */
export interface Telling {
  readonly changes: readonly Waiting[];
  /** Whether any are merged: then a position in the middle would skip some, and only the end of all has one. */
  readonly isMerged: boolean;
}

/** The buffer. */
export interface Feed {
  readonly add: (sighting: Sighting) => void;
  /** Takes all that waits. */
  readonly take: () => Telling | undefined;
  /** Forgets all that waits. */
  readonly clear: () => void;
}

/** A feed for at most `most` twins; `overflow` is called when one more comes, and all are forgotten. */
export function createFeed(most: number, overflow: () => void): Feed {
  let waiting = new Map<string, Waiting>();
  let isMerged = false;
  const clear = (): void => {
    waiting = new Map();
    isMerged = false;
  };
  return {
    add: (sighting) => {
      const { id } = sighting.change;
      const held = waiting.get(id);
      if (held === undefined && waiting.size === most) {
        clear();
        overflow();
        return;
      }
      if (held !== undefined) isMerged = true;
      waiting.delete(id);
      // Who came and went while nobody was told never came.
      if (held?.sighting.passed === false && !sighting.passes) return;
      waiting.set(id, held === undefined ? { sighting, count: 1 } : merged(held, sighting));
    },
    take: () => {
      if (waiting.size === 0) return undefined;
      const telling = { changes: [...waiting.values()], isMerged };
      clear();
      return telling;
    },
    clear,
  };
}

function merged({ sighting: held, count }: Waiting, next: Sighting): Waiting {
  const leaves = new Map<string, ChangedLeaf>();
  for (const leaf of [...held.change.changed, ...next.change.changed]) leaves.set(leaf.path, leaf);
  const kind: Change["kind"] = next.change.kind === "changed" ? held.change.kind : next.change.kind;
  const change = { ...next.change, kind, changed: [...leaves.values()] };
  return { sighting: { ...next, passed: held.passed, change }, count: count + 1 };
}
