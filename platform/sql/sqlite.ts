/** SQLite as Bun embeds it, behind the port: prepared statements kept, errors told as Trouble. */
import { type Database, SQLiteError, type Statement } from "bun:sqlite";

import { assert, Bug } from "#platform/assert.ts";
import { type Retry, Trouble } from "#platform/trouble.ts";

import type { Sql, SqlRow, SqlValue } from "./port.ts";

/** More distinct statements than any schema here needs: beyond it a caller is building text. */
const statementsMax = 200;

type Prepared = Statement<SqlRow, SqlValue[]>;

/** Wraps an open database. `settings` are pragmas, run first. */
export function wrapDatabase(open: () => Database, settings: readonly string[]): Sql {
  return speaking(() => {
    const database = open();
    try {
      for (const setting of settings) database.run(setting);
    } catch (error) {
      database.close();
      throw error;
    }
    return new Sqlite(database);
  });
}

class Sqlite implements Sql {
  readonly #database: Database;
  readonly #statements = new Map<string, Prepared>();
  #inTransaction = false;

  constructor(database: Database) {
    this.#database = database;
  }

  run(statement: string, ...values: readonly SqlValue[]): number {
    return speaking(() => this.#prepared(statement).run(...values).changes);
  }

  get(statement: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    return speaking(() => this.#prepared(statement).get(...values) ?? undefined);
  }

  all(statement: string, ...values: readonly SqlValue[]): SqlRow[] {
    return speaking(() => this.#prepared(statement).all(...values));
  }

  transaction<T>(work: () => T): T {
    assert(!this.#inTransaction, "a transaction is not part of another");
    this.run("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      // SQLite rolls back by itself on some errors (a full disk among them).
      if (this.#database.inTransaction) this.run("ROLLBACK");
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    // A statement left over would keep the file open behind our back.
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close(true);
  }

  #prepared(statement: string): Prepared {
    const known = this.#statements.get(statement);
    if (known !== undefined) return known;
    assert(this.#statements.size < statementsMax, "statements are constants, values are bound");
    const prepared = this.#database.prepare<SqlRow, SqlValue[]>(statement);
    this.#statements.set(statement, prepared);
    return prepared;
  }
}

/**
 * SQLite's primary result codes that are the world's doing; every other one is a mistake of ours.
 */
const troubles: readonly (readonly [prefix: string, code: string, retry: Retry])[] = [
  ["SQLITE_FULL", "disk-full", "safe"],
  ["SQLITE_BUSY", "database-locked", "safe"],
  ["SQLITE_LOCKED", "database-locked", "safe"],
  ["SQLITE_CORRUPT", "database-corrupt", "never"],
  ["SQLITE_NOTADB", "database-corrupt", "never"],
  ["SQLITE_IOERR", "disk-failed", "ambiguous"],
  ["SQLITE_CANTOPEN", "disk-failed", "ambiguous"],
  ["SQLITE_READONLY", "disk-failed", "ambiguous"],
  ["SQLITE_PERM", "disk-failed", "ambiguous"],
  ["SQLITE_CONSTRAINT", "constraint-violated", "never"],
];

function speaking<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const found = troubles.find(([prefix]) => error.code?.startsWith(prefix));
  if (found === undefined) return new Bug(`SQL: ${error.message}`, { cause: error });
  const [, code, retry] = found;
  return new Trouble(code, { retry, detail: error.message, cause: error });
}
