/**
 * The checkpoint: all twins as they stood, and for each stream a position up to which everything is in them.
 *
 * Positions are noted first and twins read afterwards, so a twin may hold more than its position says: folding the
 * entries after it once more changes nothing. Saving goes in small steps and may break off anywhere: the old positions
 * hold for newer twins just as well. Streams are trimmed up to the saved positions only; without any, never, and then
 * the empty checkpoint is a good one (TW-10). A twin that has been saved leaves the journal.
 */
import { assert } from "#platform/assert.ts";
import type { Cells } from "#platform/cells/port.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Schema, Sql } from "#platform/sql/port.ts";
import { compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import type { Twin } from "./document.ts";
import { decodeTwin, revField } from "./encoding.ts";
import { forgetJournal, readJournalOf } from "./journal.ts";
import type { Keys } from "./keys.ts";
import { isObject } from "./leaves.ts";

/** Position per stream: up to it, itself included, every entry is in the twins. */
export type SavedPositions = ReadonlyMap<string, string>;

const schema: Schema = {
  migrations: [
    `CREATE TABLE twins (id TEXT PRIMARY KEY, rev TEXT NOT NULL, fields TEXT NOT NULL);
     CREATE TABLE positions (stream TEXT PRIMARY KEY, id TEXT NOT NULL);`,
  ],
  tables: ["twins", "positions"],
  repair: () => undefined,
};

/** Twins written in one transaction: some 20 ms. */
const twinsPerStep = 500;

/** What a checkpoint is taken from. */
export interface CheckpointSource {
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
}

/** One saving under way; call `step` until it says that all is saved. */
export interface Saving {
  step(): Promise<"more" | "saved">;
}

/** A checkpoint in a database of its own. */
export interface Checkpoint {
  positions(): SavedPositions;
  /** The twins saved; throws Trouble `twin-damaged` at one that no code wrote. */
  twins(): Iterable<Twin>;
  /** Begins to save the twins `ids` and the positions of `group` in these partitions. */
  save(
    source: CheckpointSource,
    what: { group: string; partitions: readonly number[]; ids: readonly Serial[] },
  ): Promise<Saving>;
}

/** Opens the checkpoint in `sql`, empty when there is none yet. */
export function openCheckpoint(sql: Sql): Checkpoint {
  migrate(sql, schema);
  return {
    positions: () => new Map(sql.all("SELECT stream, id FROM positions").map(positionOf)),
    twins: () => storedTwins(sql),
    save: async (source, { group, partitions, ids }) => {
      const positions = await settledPositions(source, group, partitions);
      let done = 0;
      return {
        step: async () => {
          const some = ids.slice(done, done + twinsPerStep);
          if (some.length > 0) {
            // Read before the twins: what is written in between stays in the journal.
            const journal = await readJournalOf(source, some);
            saveTwins(sql, some, await fieldsOf(source, some));
            await forgetJournal(source, journal);
          }
          done += some.length;
          if (done < ids.length) return "more";
          savePositions(sql, positions);
          await announce(source, positions);
          return "saved";
        },
      };
    },
  };
}

/** The positions of the last checkpoint, as every process that trims sees them. */
export async function savedPositions(
  source: Pick<CheckpointSource, "cells" | "keys">,
): Promise<SavedPositions> {
  const fields = await source.cells.getAll(source.keys.state());
  const saved = Object.entries(fields).filter(([field]) => field.startsWith(announced));
  return new Map(saved.map(([field, id]) => [field.slice(announced.length), id]));
}

/** The streams of a partition, the critical one first. */
export function streamsOf(keys: Keys, p: number): readonly string[] {
  return [keys.critical(p), keys.inbound(p)];
}

const announced = "checkpoint:";

async function announce({ cells, keys }: CheckpointSource, saved: SavedPositions): Promise<void> {
  const key = keys.state();
  const writes = [...saved].map(
    ([stream, value]) => ({ op: "HSET", key, field: `${announced}${stream}`, value }) as const,
  );
  await cells.commit([{ checks: [], writes }]);
}

/** Up to where a group has settled each stream; none for a stream that it does not work at. */
async function settledPositions(
  { streams, keys }: CheckpointSource,
  group: string,
  partitions: readonly number[],
): Promise<SavedPositions> {
  const all = partitions.flatMap((p) => streamsOf(keys, p));
  const found = await Promise.all(
    all.map(async (stream): Promise<[string, string][]> => {
      const state = (await streams.groups(stream)).find(({ name }) => name === group);
      if (state === undefined) return [];
      // Asked before what is pending: whatever was handed out by then and is not pending now is settled.
      const { lastDelivered, oldestPending } = state;
      const isBehind = oldestPending !== null && compareIds(oldestPending, lastDelivered) <= 0;
      return [[stream, isBehind ? justBefore(oldestPending) : lastDelivered]];
    }),
  );
  return new Map(found.flat());
}

/** The greatest id below `id`. */
function justBefore(id: string): string {
  const [ms = 0, seq = 0] = id.split("-").map(Number);
  if (seq > 0) return `${ms}-${seq - 1}`;
  return ms > 0 ? `${ms - 1}-${Number.MAX_SAFE_INTEGER}` : origin;
}

function fieldsOf({ cells, keys }: CheckpointSource, ids: readonly Serial[]) {
  return cells.getAllOf(ids.map((id) => keys.twin(id)));
}

function saveTwins(
  sql: Sql,
  ids: readonly Serial[],
  all: readonly Readonly<Record<string, string>>[],
): void {
  assert(ids.length === all.length, "one hash for each twin asked for");
  sql.transaction(() => {
    for (const [index, id] of ids.entries()) {
      const fields = all[index] ?? {};
      const rev = fields[revField];
      if (rev !== undefined) sql.run(upsert, id, rev, JSON.stringify(fields));
    }
  });
}

/** A twin that has not changed since is not written again. */
const upsert = `INSERT INTO twins (id, rev, fields) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, fields = excluded.fields
  WHERE rev <> excluded.rev`;

function savePositions(sql: Sql, positions: SavedPositions): void {
  sql.transaction(() => {
    for (const [stream, id] of positions) {
      sql.run("INSERT OR REPLACE INTO positions (stream, id) VALUES (?, ?)", stream, id);
    }
  });
}

function* storedTwins(sql: Sql): Iterable<Twin> {
  const page = "SELECT id, fields FROM twins WHERE id > ? ORDER BY id LIMIT 500";
  for (let after = ""; ;) {
    const rows = sql.all(page, after);
    for (const row of rows) {
      const id = parseSerial(text(row["id"]));
      const twin = id === undefined ? null : twinOfText(id, text(row["fields"]));
      assert(twin !== null, "a saved twin was one");
      yield twin;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = text(last["id"]);
  }
}

/** The twin that a hash spelt as JSON holds; null when it is none. */
function twinOfText(id: Serial, spelt: string): Twin | null {
  const fields: Json = JSON.parse(spelt);
  assert(isObject(fields), "a hash is spelt as an object");
  const texts = Object.entries(fields).map(([name, value]): [string, string] => {
    assert(typeof value === "string", "fields are texts");
    return [name, value];
  });
  return decodeTwin(id, Object.fromEntries(texts));
}

function positionOf(row: Readonly<Record<string, unknown>>): [string, string] {
  return [text(row["stream"]), text(row["id"])];
}

function text(value: unknown): string {
  assert(typeof value === "string", "a checkpoint holds texts");
  return value;
}
