/**
 * Relational tables that several processes share: Drizzle on one SQLite file.
 *
 * Drizzle's transaction on SQLite commits when its body returns, so a body that awaits would be committed half done:
 * `write` undoes such a body and says that it is a bug.
 * @source spec api 3.3 (measured); clinical 4.4.1: WAL, synchronous = FULL
 */
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";

import { assert } from "./assert.ts";
import { Trouble } from "./trouble.ts";

/** Reads see the last commit of any process; each is one statement. */
export type Tables = BunSQLiteDatabase;

/** An open database. */
export interface Database {
  readonly tables: Tables;
  /**
   * Everything `work` does, or nothing when it throws; takes the write lock at once, so that what it reads stays true.
   * Durable when it returns. `work` does not await. Throws Trouble `database-locked` (safe) when another process
   * writes for too long.
   */
  write<T>(work: () => T): T;
  close(): void;
}

/** How long a writer waits for another process, ms. */
const busyMs = 5000;

/**
 * Opens the file at `path` (`:memory:` for a database of one's own) and brings it to the newest migration in the folder
 * `migrations`. Throws Trouble `database-unusable` (never).
 */
export function openDatabase(path: string, migrations: string): Database {
  const tables = drizzle(path);
  try {
    tables.run(`PRAGMA busy_timeout = ${busyMs}`);
    tables.run("PRAGMA journal_mode = WAL");
    tables.run("PRAGMA synchronous = FULL");
    tables.run("PRAGMA foreign_keys = ON");
    migrateOnce(tables, migrations);
  } catch (cause) {
    tables.$client.close();
    throw new Trouble("database-unusable", { retry: "never", detail: path, cause });
  }
  return {
    tables,
    write: (work) =>
      speaking(() => tables.transaction(() => whole(work), { behavior: "immediate" })),
    close: () => tables.$client.close(),
  };
}

/** Two processes may open a new file at once: the second finds the tables made, and then nothing left to do. */
function migrateOnce(tables: Tables, migrationsFolder: string): void {
  try {
    migrate(tables, { migrationsFolder });
  } catch {
    migrate(tables, { migrationsFolder });
  }
}

function whole<T>(work: () => T): T {
  const result = work();
  assert(!(result instanceof Promise), "a transaction's body does not await");
  return result;
}

function speaking<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (isBusy(cause)) throw new Trouble("database-locked", { retry: "safe", cause });
    throw cause;
  }
}

/** Drizzle wraps some of SQLite's errors and passes others on. */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && String(error.code).startsWith("SQLITE_BUSY")) || isBusy(error.cause);
}
