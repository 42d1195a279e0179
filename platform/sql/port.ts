/**
 * One SQLite database, spoken to synchronously: what `run` and `transaction` return from is on
 * the disk.
 *
 * Statements are constants of the caller: each distinct text is prepared once and kept.
 */

/** What a column holds; blobs come back as bytes. */
export type SqlValue = string | number | null | Uint8Array;

/**
 * One row by column name. Its columns are what the statement says, so callers read them with
 * guards.
 */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * An open database. Throws Trouble `disk-full` (safe), `database-locked` (safe),
 * `database-corrupt` (never), `disk-failed` (ambiguous), `constraint-violated` (never); a
 * statement that cannot be right is a Bug.
 */
export interface Sql {
  /** Runs one statement; answers how many rows it changed. */
  run(statement: string, ...values: readonly SqlValue[]): number;
  /** The first row, or undefined. */
  get(statement: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  /** All rows; also those of a RETURNING clause. */
  all(statement: string, ...values: readonly SqlValue[]): SqlRow[];
  /**
   * Everything `work` does, or nothing when it throws. Takes the write lock at once. One inside
   * another is a Bug: a caller that remembers what it wrote must not see it undone.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** How large the file may grow; a write that needs more is `disk-full`. */
export interface SqlLimits {
  readonly pages?: number;
}

/** What a database holds, and how one comes to hold it. */
export interface Schema {
  /**
   * Forward only: number n brings version n-1 to n. None is ever edited once it has left the
   * house.
   */
  readonly migrations: readonly string[];
  /** Tables (with a rowid) whose rows are worth salvaging from a damaged file. */
  readonly tables: readonly string[];
  /** Puts the rows that were saved in order; runs once, in the transaction that copies them. */
  repair(sql: Sql): void;
}
