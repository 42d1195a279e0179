/**
 * Opening a database that may have been damaged: what is legible is moved to a new file, row by
 * row.
 *
 * The damaged file stays beside the new one (`.damaged`, the latest only) for whoever wants to
 * look at it. A crash at any moment is harmless: the new file is complete before it is called
 * `.salvaged`, and only the last step gives it the name of the old one.
 * @source clinical F16: detected, good rows salvaged, loss counted, no crash loop
 */
import { Database } from "bun:sqlite";
import { existsSync, renameSync, rmSync } from "node:fs";

import { isTrouble } from "#platform/trouble.ts";

import { migrate } from "./migration.ts";
import type { Schema, Sql, SqlLimits, SqlRow } from "./port.ts";
import { openSql } from "./real.ts";
import { wrapDatabase } from "./sqlite.ts";

/**
 * An open database at the newest version, and how many rows were saved if it had to be salvaged.
 */
export interface Opened {
  readonly sql: Sql;
  readonly salvaged?: { readonly rows: number };
}

/** Opens the database at `path`, migrated; salvages it when SQLite finds it damaged. */
export function openSoundSql(path: string, schema: Schema, limits: SqlLimits = {}): Opened {
  finish(path);
  const sound = openIfSound(path, { schema, limits });
  if (sound !== undefined) return { sql: sound };
  const rows = salvage(path, schema);
  finish(path);
  const sql = openSql(path, limits);
  return { sql, salvaged: { rows } };
}

function openIfSound(path: string, how: { schema: Schema; limits: SqlLimits }): Sql | undefined {
  let sql: Sql | undefined;
  try {
    sql = openSql(path, how.limits);
    if (sql.get("PRAGMA quick_check(1)")?.["quick_check"] === "ok") {
      migrate(sql, how.schema);
      return sql;
    }
  } catch (error) {
    if (!isTrouble(error, "database-corrupt")) throw error;
  }
  sql?.close();
  return undefined;
}

function salvage(path: string, schema: Schema): number {
  const unfinished = `${path}.salvaging`;
  remove(unfinished);
  const damaged = wrapDatabase(() => new Database(path), []);
  const saved = openSql(unfinished);
  let rows = 0;
  try {
    migrate(saved, schema);
    saved.transaction(() => {
      for (const table of schema.tables) rows += copy(table, { damaged, saved });
      schema.repair(saved);
    });
  } finally {
    saved.close();
    damaged.close();
  }
  renameSync(unfinished, `${path}.salvaged`);
  return rows;
}

/**
 * Puts a complete salvaged file in the place of the damaged one; may be cut anywhere and run
 * again.
 */
function finish(path: string): void {
  if (!existsSync(`${path}.salvaged`)) return;
  if (existsSync(path)) renameSync(path, `${path}.damaged`);
  // A write-ahead log left under this name would be played into the new file.
  rmSync(`${path}-wal`, { force: true });
  rmSync(`${path}-shm`, { force: true });
  renameSync(`${path}.salvaged`, path);
}

function remove(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}

function copy(table: string, files: { damaged: Sql; saved: Sql }): number {
  const known = columnsOf(files.saved, table);
  const columns = columnsOf(files.damaged, table).filter((column) => known.includes(column));
  if (columns.length === 0) return 0;
  const holes = columns.map(() => "?").join(", ");
  const insert = `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${holes})`;
  let copied = 0;
  for (const row of legibleRows(files.damaged, { table, columns })) {
    const values = columns.map((column) => row[column] ?? null);
    copied += unlessRefused(() => files.saved.run(insert, ...values));
  }
  return copied;
}

/** Rows changed, or 0 when the row is not one that the table may hold. */
function unlessRefused(insert: () => number): number {
  try {
    return insert();
  } catch (error) {
    if (isTrouble(error, "constraint-violated")) return 0;
    throw error;
  }
}

function columnsOf(sql: Sql, table: string): string[] {
  try {
    return sql.all(`PRAGMA table_info(${table})`).map((column) => String(column["name"]));
  } catch (error) {
    if (isTrouble(error, "database-corrupt")) return [];
    throw error;
  }
}

/**
 * The row after a rowid, `end` when there is none, `torn` when the page that holds it cannot be
 * read.
 */
type Step = { readonly rowid: number; readonly row: SqlRow } | "end" | "torn";

function* legibleRows(
  damaged: Sql,
  from: { table: string; columns: readonly string[] },
): Generator<SqlRow> {
  const statement =
    `SELECT rowid AS salvaged_rowid, ${from.columns.join(", ")} FROM ${from.table} NOT INDEXED ` +
    "WHERE rowid > ? ORDER BY rowid LIMIT 1";
  const stepAfter = (after: number): Step => {
    try {
      const row = damaged.get(statement, after);
      if (row === undefined) return "end";
      const rowid = Number(row["salvaged_rowid"]);
      return rowid > after ? { rowid, row } : "torn";
    } catch (error) {
      if (isTrouble(error, "database-corrupt")) return "torn";
      throw error;
    }
  };
  let step = stepAfter(-1);
  for (let after = -1; step !== "end";) {
    if (step === "torn") {
      step = stepOver(after, stepAfter);
      continue;
    }
    yield step.row;
    after = step.rowid;
    step = stepAfter(after);
  }
}

/**
 * The first legible step beyond a torn page: its rowids are one interval, so its end is found by
 * doubling, then halving.
 */
function stepOver(after: number, stepAfter: (after: number) => Step): Exclude<Step, "torn"> {
  let torn = after;
  let legible = after + 1;
  for (let reach = 1; stepAfter(legible) === "torn"; reach *= 2) {
    torn = legible;
    legible = after + 2 * reach;
    if (legible > Number.MAX_SAFE_INTEGER) return "end";
  }
  while (legible - torn > 1) {
    const middle = torn + Math.floor((legible - torn) / 2);
    if (stepAfter(middle) === "torn") torn = middle;
    else legible = middle;
  }
  const step = stepAfter(legible);
  return step === "torn" ? "end" : step;
}
