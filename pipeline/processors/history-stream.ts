/**
 * The change stream of one partition, as the history follows it: what was read, what is lost, what may go.
 */
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { changesKept } from "#twins/changes.ts";

import { neededBy } from "./tail.ts";

/** Entries between two marks. */
const markEvery = 1000;

/** What was recorded lately, so that the stream may be cut behind it. */
export interface Trail {
  /** So many more entries are recorded, up to that one. */
  readonly add: (entries: number, last: string) => void;
  /** The oldest entry to be kept, if there is anything to cut before it; answered once. */
  readonly cut: () => string | undefined;
}

/** A trail that keeps {@link changesKept} entries behind the last one recorded. */
export function createTrail(): Trail {
  let marks: { readonly at: number; readonly id: string }[] = [];
  let recorded = 0;
  return {
    add: (entries, last) => {
      recorded += entries;
      if (recorded - (marks.at(-1)?.at ?? 0) >= markEvery) marks.push({ at: recorded, id: last });
    },
    cut: () => {
      const old = marks.filter(({ at }) => recorded - at >= changesKept);
      marks = marks.slice(old.length);
      return old.at(-1)?.id;
    },
  };
}

/** Whether every entry after `place` is still there (null: every entry that there ever was). */
export async function isWhole(
  streams: Pick<Streams, "first" | "last" | "length">,
  key: string,
  place: string | null,
): Promise<boolean> {
  if (place === null || place === origin) {
    // Nobody cuts a stream shorter than that.
    return (await streams.length(key)) < changesKept;
  }
  const [first, last] = await Promise.all([streams.first(key), streams.last(key)]);
  return first !== null && compareIds(first, place) <= 0 && compareIds(place, last) <= 0;
}

/** Removes what is older than `oldest`, unless a group still needs it. */
export async function cutBefore(
  streams: Pick<Streams, "groups" | "trim">,
  key: string,
  oldest: string,
): Promise<void> {
  const needed = (await streams.groups(key)).map(neededBy);
  const before = [oldest, ...needed].reduce((a, b) => (compareIds(a, b) <= 0 ? a : b));
  await streams.trim(key, before);
}
