/**
 * The disk of a box as the world sees it, and as it mistreats it: what lies there, and how it is set back to what lay there
 * before, as when a card is put back from a copy.
 */
import { queries } from "#devices/box/outbox-queries.ts";
import { rankNumber } from "#devices/box/outbox-row.ts";
import type { Sql, SqlRow } from "#platform/sql/port.ts";
import { counterField } from "#twins/mark.ts";

/** One counter as it lies on the disk of a box. */
export interface CounterOnDisk {
  /** The highest number given out. */
  readonly given: number;
  /** Numbers of the messages that wait, rising. */
  readonly waiting: readonly number[];
  /** Numbers that it knows to be lost, until it has been told that the cloud knows. */
  readonly dropped: readonly (readonly [from: number, to: number])[];
}

/** What lies on the disk of a box, by the field of each counter. */
export function countersOn(sql: Sql, box: string): ReadonlyMap<string, CounterOnDisk> {
  const found = new Map<string, CounterOnDisk>();
  for (const { device, epoch, next } of sql.all(queries.counters, box)) {
    const key = [box, String(device), String(epoch)] as const;
    found.set(counterField(key[1], key[2]), {
      given: Number(next) - 1,
      waiting: sql.all(queries.seqs, ...key).map(({ seq }) => Number(seq)),
      dropped: sql.all(queries.ranges, ...key).map(rangeOf),
    });
  }
  return found;
}

/** A number with the field of its counter. */
export interface NumberOnDisk {
  readonly field: string;
  readonly seq: number;
}

/** The emergencies that wait there. */
export function emergenciesOn(sql: Sql, box: string): NumberOnDisk[] {
  const rows = sql.all(queries.nextOfRank, box, rankNumber("emergency"), 0, 1_000_000);
  return rows.map(({ device, epoch, seq }) => ({
    field: counterField(String(device), String(epoch)),
    seq: Number(seq),
  }));
}

/** A copy of a box's disk. */
export type Copy = ReadonlyMap<Table, readonly SqlRow[]>;

/** Copies what lies there. */
export function copyOf(sql: Sql, box: string): Copy {
  return new Map(
    tables.map((table) => [table, sql.all(`SELECT * FROM ${table.name} WHERE box = ?`, box)]),
  );
}

/** Puts a copy back in the place of what lies there. */
export function putBack(sql: Sql, box: string, copy: Copy): void {
  sql.transaction(() => {
    for (const [{ name, columns }, rows] of copy) {
      sql.run(`DELETE FROM ${name} WHERE box = ?`, box);
      const places = columns.map(() => "?").join(", ");
      const insert = `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${places})`;
      for (const row of rows) sql.run(insert, ...columns.map((column) => row[column] ?? null));
    }
  });
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Messages keep their ids, which are never given twice and which losses refer to; other ids mean nothing. */
const tables: readonly Table[] = [
  {
    name: "message",
    columns: [
      ...["id", "box", "device", "epoch", "seq", "rank"],
      ...["channel", "topic_id", "at", "payload", "checksum"],
    ],
  },
  { name: "counter", columns: ["box", "device", "epoch", "next", "received", "current"] },
  { name: "dropped", columns: ["box", "device", "epoch", "low", "high", "declared_by"] },
  { name: "mark", columns: ["box", "device", "lane", "epoch", "up_to", "bits", "lost"] },
  { name: "gathered", columns: ["id", "box", "device", "flow", "at", "payload"] },
  { name: "fact", columns: ["box", "name", "payload"] },
  { name: "deed", columns: ["box", "kind", "name", "done", "at", "payload"] },
];

function rangeOf({ low, high }: SqlRow): readonly [number, number] {
  return [Number(low), Number(high)];
}
