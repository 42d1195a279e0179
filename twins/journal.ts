/**
 * The journal: of twins that people and jobs wrote, what may come from them, until a checkpoint holds it
 * (docs/decisions/0005).
 *
 * What they wrote stands in no stream of entries; nor does what an answer made of a wish that another wish has replaced.
 * So the parts with anything of theirs are kept whole, as they stood after the last such write. A part in the journal is
 * one state of the same line as that in the checkpoint, and as the stored one: the newer of two holds all that the older
 * does, and folding the entries after the checkpoint's positions into it once more changes nothing. A part that is not
 * there has nothing desired.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Unit, Write } from "#platform/cells/port.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";

import type { Twin } from "./document.ts";
import { decodeTwin, encodeTwin, encodeWritten, neverHeard } from "./encoding.ts";
import type { Keys } from "./keys.ts";

/** Where it lies. */
export interface JournalPlace {
  readonly cells: Pick<Cells, "get" | "getAll" | "commit">;
  readonly keys: Keys;
}

/** Twins in it: fields of their hashes, a line each, the name first. */
export type Journal = ReadonlyMap<Serial, string>;

/** Puts a twin in, in the place of its former self; `known` are fields of it that have been encoded already. */
export function journalled(
  keys: Keys,
  twin: Twin,
  known: Readonly<Record<string, string>> = {},
): Write {
  const fields = Object.entries(encodeWritten(twin, known));
  const value = fields.map(([name, text]) => `${name} ${text}`).join("\n");
  return { op: "HSET", key: keys.journal(keys.of(twin.id)), field: twin.id, value };
}

/** The twin, unless it is newer, with what the journal holds of it; `undefined` for one of which nothing else is known. */
export function withJournal(twin: Twin | undefined, id: Serial, text: string): Twin {
  const lines = text.split("\n").map((line): [string, string] => {
    const end = line.indexOf(" ");
    return [line.slice(0, end), line.slice(end + 1)];
  });
  const base = twin === undefined ? neverHeard : encodeTwin(withoutWishes(twin), null);
  const written = decodeTwin(id, { ...base, ...Object.fromEntries(lines) });
  assert(written !== null, "the journal holds twins");
  return twin === undefined || written.rev >= twin.rev ? written : twin;
}

function withoutWishes(twin: Twin): Twin {
  const parts = Object.entries(twin.parts).map(([name, part]) => [
    name,
    { ...part, desired: {}, wishes: {} },
  ]);
  return { ...twin, parts: Object.fromEntries(parts) };
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
