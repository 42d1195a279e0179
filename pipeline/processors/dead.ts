/**
 * Dead letters: entries that a processor failed at too often, kept with their original text so that they can be
 * replayed once it is mended.
 */
import type { Entry, Streams } from "#platform/stream/port.ts";
import { compareIds, origin } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";

/** Dead letters kept per partition. */
export const deadKept = 10_000;

/** Where an entry failed, and at what. */
export interface Failure {
  readonly partition: number;
  /** Key of its stream. */
  readonly key: string;
  readonly group: string;
  readonly deliveries: number;
  /** Name of the error, never its text, which may quote the entry. */
  readonly error: string;
}

/** Fields that say what happened; those of the entry stand beside them, unchanged. */
const mark = "dead:";

/** Puts an entry aside. Doing it twice leaves two letters, and a replay of both has one effect. */
export async function bury(
  { streams, keys }: { streams: Streams; keys: Keys },
  entry: Entry,
  failure: Failure,
): Promise<void> {
  const { partition, key, group, deliveries, error } = failure;
  const about = {
    [`${mark}key`]: key,
    [`${mark}id`]: entry.id,
    [`${mark}group`]: group,
    [`${mark}tries`]: String(deliveries),
    [`${mark}error`]: error,
  };
  await streams.append(keys.dead(partition), { ...entry.fields, ...about }, { atMost: deadKept });
}

/**
 * Appends the dead letters of a partition to their streams again, for every group, and forgets them; answers how many.
 * Processors are idempotent, so those that had understood them the first time are not harmed.
 */
export async function replayDead(
  { streams, keys }: { streams: Streams; keys: Keys },
  partition: number,
): Promise<number> {
  const dead = keys.dead(partition);
  const last = await streams.last(dead);
  let replayed = 0;
  for (let after = origin; compareIds(after, last) < 0;) {
    const letters = await streams.range(dead, { after, limit: 100 });
    for (const { fields } of letters) {
      const original = Object.entries(fields).filter(([name]) => !name.startsWith(mark));
      const key = fields[`${mark}key`];
      if (key !== undefined) await streams.append(key, Object.fromEntries(original));
    }
    replayed += letters.length;
    after = letters.at(-1)?.id ?? last;
  }
  await streams.trim(dead, next(last));
  return replayed;
}

/** The id just after `id`. */
function next(id: string): string {
  const [ms = "0", seq = "0"] = id.split("-");
  return `${ms}-${Number(seq) + 1}`;
}
