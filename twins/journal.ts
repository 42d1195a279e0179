/**
 * The journal: twins as people and jobs last wrote them, whole, until a checkpoint holds them (docs/decisions/0005).
 *
 * What they wrote stands in no stream of entries. A twin in the journal is one state of the same line as the twin in the
 * checkpoint, and as the stored one: the newer of two holds all that the older does, and folding the entries after the
 * checkpoint's positions into it once more changes nothing.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Unit, Write } from "#platform/cells/port.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import type { Twin } from "./document.ts";
import { decodeTwin, encodeTwin } from "./encoding.ts";
import type { Keys } from "./keys.ts";
import { isObject } from "./leaves.ts";

/** Where it lies. */
export interface JournalPlace {
  readonly cells: Pick<Cells, "get" | "getAll" | "commit">;
  readonly keys: Keys;
}

/** Twins in it, as they were written: their hashes as JSON. */
export type Journal = ReadonlyMap<Serial, string>;

/** Puts a twin in, in the place of its former self. */
export function journalled(keys: Keys, twin: Twin): Write {
  const value = JSON.stringify(encodeTwin(twin, null));
  return { op: "HSET", key: keys.journal(keys.of(twin.id)), field: twin.id, value };
}

/** Reads all of it. */
export async function readJournal({ cells, keys }: JournalPlace): Promise<Journal> {
  const journal = new Map<Serial, string>();
  for (let q = 0; q < keys.partitions; q += 1) {
    for (const [field, text] of Object.entries(await cells.getAll(keys.journal(q)))) {
      const id = parseSerial(field);
      if (id !== undefined) journal.set(id, text);
    }
  }
  return journal;
}

/** Reads what it holds of these. */
export async function readJournalOf(
  { cells, keys }: JournalPlace,
  ids: readonly Serial[],
): Promise<Journal> {
  const texts = await Promise.all(ids.map((id) => cells.get(keys.journal(keys.of(id)), id)));
  return new Map(
    ids.flatMap((id, at) => [[id, texts[at] ?? ""] as const]).filter(([, text]) => text !== ""),
  );
}

/** The twin that a hash spelt as JSON holds; null when it is none. Throws Trouble `twin-damaged`. */
export function twinOfText(id: Serial, text: string): Twin | null {
  const fields: Json = JSON.parse(text);
  assert(isObject(fields), "a hash is spelt as an object");
  const texts = Object.entries(fields).map(([name, value]): [string, string] => {
    assert(typeof value === "string", "fields are texts");
    return [name, value];
  });
  return decodeTwin(id, Object.fromEntries(texts));
}

/** Takes these twins out, but those that were written again since they were read. */
export async function forgetJournal(
  { cells, keys }: JournalPlace,
  journal: Journal,
): Promise<void> {
  const units = new Map<number, Unit[]>();
  for (const [id, expected] of journal) {
    const place = { key: keys.journal(keys.of(id)), field: id };
    const unit: Unit = { checks: [{ ...place, expected }], writes: [{ op: "HDEL", ...place }] };
    const q = keys.of(id);
    units.set(q, [...(units.get(q) ?? []), unit]);
  }
  for (const some of units.values()) await cells.commit(some);
}
