/**
 * Rebuild: the checkpoint and the journal, and the entries after it folded in, give the twins again (TW-10).
 *
 * Equal to what is stored in parts and leaf meta; `rev`, `v` and the instants of commits count how it came about.
 */
import type { Cells } from "#platform/cells/port.ts";
import { compareIds, type Entry, origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseEntry, type StreamEntry } from "#wire/entry.ts";
import { kindOf, type Serial } from "#wire/identity.ts";

import { type Checkpoint, type SavedPositions, savedPositions, streamsOf } from "./checkpoint.ts";
import type { Twin, Wish } from "./document.ts";
import { readJournal, withJournal } from "./journal.ts";
import type { Keys } from "./keys.ts";
import type { RegisteredDevice, Registry } from "./registry-port.ts";
import type { TwinStore } from "./store.ts";
import { createTwin, fold } from "./twin.ts";

/** What a rebuild reads. */
export interface RebuildSource {
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly registry: Pick<Registry, "device" | "all">;
  readonly checkpoint: Checkpoint;
}

/** The twins again, or why they cannot be had: entries were trimmed on the word of another checkpoint. */
export type Rebuilt =
  | {
      readonly kind: "rebuilt";
      readonly twins: ReadonlyMap<Serial, Twin>;
      readonly entries: number;
      /** Entries that no fold understands; the processor gave up on them too. */
      readonly skipped: number;
    }
  | { readonly kind: "incomplete"; readonly stream: string };

/** Folds everything after the checkpoint into it. Writes nothing. */
export async function rebuildTwins(source: RebuildSource): Promise<Rebuilt> {
  const { keys, registry, checkpoint } = source;
  const positions = checkpoint.positions();
  const stream = missing(positions, await savedPositions(source));
  if (stream !== undefined) return { kind: "incomplete", stream };
  const twins = new Map<Serial, Twin>();
  for (const device of registry.all()) {
    twins.set(device.serial, createTwin(device, device.enrolledAt));
  }
  for (const twin of checkpoint.twins()) twins.set(twin.id, twin);
  for (const [id, text] of await readJournal(source)) {
    twins.set(id, withJournal(twins.get(id), id, text));
  }
  const found = { entries: 0, skipped: 0 };
  for (let p = 0; p < keys.partitions; p += 1) {
    for (const key of streamsOf(keys, p)) {
      await foldStream(source, { key, after: positions.get(key) ?? origin, twins, found });
    }
  }
  return { kind: "rebuilt", twins, ...found };
}

/** Serials whose stored twin is missing, damaged, or differs in parts, leaf meta or presence fact. */
export async function differing(
  twins: ReadonlyMap<Serial, Twin>,
  store: Pick<TwinStore, "read">,
): Promise<Serial[]> {
  const found: Serial[] = [];
  for (const [id, twin] of twins) {
    const stored = await readable(store, id);
    if (stored === null || !isSameKnowledge(twin, stored)) found.push(id);
  }
  return found;
}

/** Puts a rebuilt twin in the place of what is stored; false when somebody else wrote meanwhile. */
export async function restore(
  twin: Twin,
  store: Pick<TwinStore, "read" | "replace">,
): Promise<boolean> {
  return store.replace(twin, await readable(store, twin.id));
}

async function readable(store: Pick<TwinStore, "read">, id: Serial): Promise<Twin | null> {
  try {
    return await store.read(id);
  } catch (error) {
    if (isTrouble(error, "twin-damaged")) return null;
    throw error;
  }
}

function isSameKnowledge(a: Twin, b: Twin): boolean {
  return Bun.deepEquals(knowledgeOf(a), knowledgeOf(b));
}

/** What a rebuild gives back: everything but the counts and instants of commits, and what only the clock tells. */
function knowledgeOf(twin: Twin): unknown {
  const { parts, fact, tenant, links, identity, tags, desiredV, retiredAt } = twin;
  const said = Object.entries(parts).map(([name, part]) => {
    const wishes = Object.entries(part.wishes).map(([path, wish]) => [path, timeless(wish)]);
    return [name, { ...part, v: 0, wishes: Object.fromEntries(wishes) }];
  });
  const own = { tenant, fact, links, identity, tags, desiredV, retiredAt };
  return { ...own, parts: Object.fromEntries(said) };
}

/** Whether its deadline has passed is judged anew, and since when its state holds depends on when one heard of it. */
function timeless(wish: Wish): unknown {
  return { ...wish, state: null, at: null };
}

/** A stream that was trimmed further than this checkpoint reaches. */
function missing(own: SavedPositions, trusted: SavedPositions): string | undefined {
  for (const [stream, id] of trusted) {
    if (compareIds(own.get(stream) ?? origin, id) < 0) return stream;
  }
  return undefined;
}

/** Folds what one stream holds after a position into the twins. */
async function foldStream(
  source: RebuildSource,
  into: {
    readonly key: string;
    readonly after: string;
    readonly twins: Map<Serial, Twin>;
    readonly found: { entries: number; skipped: number };
  },
): Promise<void> {
  for (let { after } = into; ;) {
    const entries = await source.streams.range(into.key, { after, limit: 1000 });
    for (const entry of entries) {
      into.found.entries += 1;
      if (!foldInto(into.twins, entry, source)) into.found.skipped += 1;
    }
    const last = entries.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

function foldInto(twins: Map<Serial, Twin>, { fields }: Entry, source: RebuildSource): boolean {
  const entry = parseEntry(fields);
  if (entry === undefined) return false;
  const twin =
    twins.get(entry.device) ?? createTwin(deviceOf(entry, source.registry), entry.receivedAt);
  try {
    twins.set(entry.device, fold(twin, entry).twin);
    return true;
  } catch {
    return false; // the same entry is among the dead letters, with its text
  }
}

/** The device that an entry is about: as registered, or as the entry itself says before the registry knows it. */
export function deviceOf(
  { device: serial, tenant, box, receivedAt }: StreamEntry,
  registry: Pick<Registry, "device">,
): RegisteredDevice {
  const asTold = { serial, kind: kindOf(serial), tenant, box, enrolledAt: receivedAt };
  return registry.device(serial) ?? { ...asTold, fingerprint: null, revokedAt: null };
}
