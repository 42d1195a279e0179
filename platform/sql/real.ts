/**
 * A database file that survives `kill -9` and the loss of power: write-ahead log, one sync per
 * commit.
 *
 * @source clinical §4.4.1: WAL, synchronous = FULL
 */
import { Database } from "bun:sqlite";

import type { Sql, SqlLimits } from "./port.ts";
import { wrapDatabase } from "./sqlite.ts";

/** How long a writer waits for another one, ms. */
const busyMs = 5000;

/** Opens `path`, creating it when there is none. */
export function openSql(path: string, limits: SqlLimits = {}): Sql {
  const settings = [
    `PRAGMA busy_timeout = ${busyMs}`,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    ...(limits.pages === undefined ? [] : [`PRAGMA max_page_count = ${limits.pages}`]),
  ];
  return wrapDatabase(() => new Database(path), settings);
}
