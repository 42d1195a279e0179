/** The same engine without a file: forgets everything when closed. */
import { Database } from "bun:sqlite";

import type { Sql, SqlLimits } from "./port.ts";
import { wrapDatabase } from "./sqlite.ts";

/** An empty database in memory, at most `pages` of 4 KiB large. */
export function openMemorySql(limits: SqlLimits = {}): Sql {
  return wrapDatabase(
    () => new Database(":memory:"),
    limits.pages === undefined ? [] : [`PRAGMA max_page_count = ${limits.pages}`],
  );
}
