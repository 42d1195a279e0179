/**
 * Putting a salvaged outbox in order: what is legible is kept under its numbers, what is not is
 * counted as lost, and every counter starts a new life, because a number must never be given out
 * twice.
 *
 * @source clinical F16
 */
import type { Sql, SqlRow } from "#platform/sql/port.ts";

import { reconcileCounter } from "./outbox-losses.ts";
import { integer, parseWaiting } from "./outbox-row.ts";

/** How many messages are looked at together. */
const chunk = 500;

/** Brings all outboxes of a salvaged file in order. Runs inside a transaction. */
export function repairOutboxes(sql: Sql): void {
  deleteIllegible(sql);
  sql.run(
    `INSERT OR IGNORE INTO counter (box, device, epoch, next, received, current)
     SELECT box, device, epoch, max(seq) + 1, min(seq) - 1, 0 FROM message
     GROUP BY box, device, epoch`,
  );
  sql.run("UPDATE counter SET current = 0");
  sql.run("DELETE FROM counter WHERE received >= next - 1");
  sql.run(
    `UPDATE dropped SET declared_by = 0
     WHERE declared_by NOT IN (SELECT id FROM message)`,
  );
  for (const row of sql.all("SELECT * FROM counter")) {
    if (!reconcileCounter(sql, row))
      sql.run("DELETE FROM counter WHERE id = ?", integer(row, "id"));
  }
}

function deleteIllegible(sql: Sql): void {
  let rows: SqlRow[];
  let after = 0;
  do {
    rows = sql.all("SELECT * FROM message WHERE id > ? ORDER BY id LIMIT ?", after, chunk);
    for (const row of rows) {
      after = integer(row, "id");
      if (parseWaiting(row) === undefined) sql.run("DELETE FROM message WHERE id = ?", after);
    }
  } while (rows.length === chunk);
}
