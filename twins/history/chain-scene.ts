/** Histories for tests: changes of made-up twins, recorded without streams or Redis. */
import { assert } from "#platform/assert.ts";
import type { Change } from "#twins/document.ts";
import { after, device, start } from "#twins/specimens.ts";
import type { Json } from "#wire/messages.ts";
import { type Instant } from "#wire/units.ts";

import { type Chain, type HistoryBook, openHistoryBook } from "./book.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

/** A day. */
export const day = 86_400_000;

/** A history under test. */
export interface ChainScene {
  readonly book: HistoryBook;
  readonly recorder: Recorder;
  /** The twin is made, changes these leaves or ends, `at` ms after the start. */
  readonly tell: (
    serial: string,
    at: number,
    leaves?: Readonly<Record<string, Json>> | "end",
  ) => void;
  readonly chain: (serial?: string) => Chain;
}

/** An empty history in the file at `path`, in memory unless told. */
export function openChainScene(path = ":memory:"): ChainScene {
  const book = openHistoryBook(path);
  const recorder = createRecorder(book);
  const revs = new Map<string, number>();
  let place: string | null = null;
  return {
    book,
    recorder,
    tell: (serial, ms, leaves = {}) => {
      const at: Instant = after(ms);
      const rev = (revs.get(serial) ?? 0) + 1;
      revs.set(serial, rev);
      const kind: Change["kind"] = rev === 1 ? "created" : leaves === "end" ? "retired" : "changed";
      const told = leaves === "end" ? [] : Object.entries(leaves);
      const { serial: id, tenant } = device(serial);
      const changed = told.map(([leaf, value]) => ({ path: leaf, value, t: at }));
      const change: Change = { id, tenant, rev, at, kind, changed, by: "u:42" };
      const to = `${start + ms}-${recordedOf(place) + 1}`;
      recorder.record([{ partition: 0, from: place, to, changes: [{ entryId: to, change }] }]);
      place = to;
    },
    chain: (serial = "B-1") => {
      const found = book.chain(device(serial).serial);
      assert(found !== undefined, `${serial} has a history`);
      return found;
    },
  };
}

function recordedOf(place: string | null): number {
  return place === null ? 0 : Number(place.slice(place.indexOf("-") + 1));
}
