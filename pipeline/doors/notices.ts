/**
 * Follows the notices of every partition with one read that waits, from the moment at which the door opens: whatever
 * was noticed before is asked for by the connections themselves.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { type Batch, compareIds, type Entry, origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import { parseNotice } from "#twins/notice.ts";
import type { Serial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

/** What following needs. */
export interface NoticesDeps {
  readonly streams: Pick<Streams, "read" | "first" | "last">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Log;
}

/** Who is told. */
export interface NoticeListener {
  /** There is something new about a device. */
  readonly notice: (device: Serial) => void;
  /** Notices may have gone by unseen: there may be something new about any device. */
  readonly lose: () => void;
}

/** Taken at once from one partition. */
const handful = 512;
/** How long one read waits. */
const blockMs = 2_000;
const pauseAfterTrouble = Seconds(1);

/** Begins to follow; answers how to stop. */
export function followNotices(deps: NoticesDeps, listener: NoticeListener): () => void {
  const life = { isOpen: true };
  void run(deps, listener, life);
  return () => {
    life.isOpen = false;
  };
}

async function run(
  deps: NoticesDeps,
  listener: NoticeListener,
  life: { readonly isOpen: boolean },
): Promise<void> {
  let positions: Map<string, string> | undefined;
  while (life.isOpen) {
    try {
      positions = await turn(deps, listener, positions);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (!life.isOpen) return;
      deps.log.warn("cannot follow the notices", { code: error.code });
      await deps.clock.sleep(pauseAfterTrouble);
      // The store was away, perhaps for longer than it keeps notices.
      positions = undefined;
    }
  }
}

/** Waits for notices once, and answers how far they were read; undefined when some were trimmed away unread. */
async function turn(
  deps: NoticesDeps,
  listener: NoticeListener,
  held: Map<string, string> | undefined,
): Promise<Map<string, string> | undefined> {
  const positions = held ?? (await ends(deps));
  // Whoever connected while the ends were asked for may have been looked at before.
  if (held === undefined) listener.lose();
  const batches = await deps.streams.read(positions, { limit: handful, blockMs });
  for (const { id, key, fields } of batches.flatMap(ofKey)) {
    positions.set(key, id);
    const device = parseNotice(fields);
    if (device !== undefined) listener.notice(device);
  }
  const isBehind = batches.some(({ entries }) => entries.length === handful);
  return isBehind && (await hasLost(deps, positions)) ? undefined : positions;
}

function ofKey({ key, entries }: Batch): (Entry & { readonly key: string })[] {
  return entries.map((entry) => ({ key, ...entry }));
}

async function ends({ streams, keys }: NoticesDeps): Promise<Map<string, string>> {
  const all = Array.from({ length: keys.partitions }, (_, q) => keys.down(q));
  return new Map(
    await Promise.all(all.map(async (key) => [key, await streams.last(key)] as const)),
  );
}

/** Whether entries were trimmed away before they were read. */
async function hasLost(
  { streams }: NoticesDeps,
  positions: ReadonlyMap<string, string>,
): Promise<boolean> {
  const losses = [...positions].map(async ([key, id]) => {
    const first = await streams.first(key);
    return first !== null && id !== origin && compareIds(first, id) > 0;
  });
  return (await Promise.all(losses)).includes(true);
}
