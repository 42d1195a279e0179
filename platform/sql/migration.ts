/** Forward-only numbered migrations: the file's `user_version` says how many it has had. */
import { assert } from "#platform/assert.ts";
import { Trouble } from "#platform/trouble.ts";

import type { Schema, Sql } from "./port.ts";

/**
 * Brings the database to the newest version, all or nothing.
 * Throws Trouble `database-newer` (never) when a later release has written it.
 */
export function migrate(sql: Sql, schema: Schema): void {
  const newest = schema.migrations.length;
  const version = versionOf(sql);
  if (version > newest) {
    const detail = `the file is at version ${version}, this release knows ${newest}`;
    throw new Trouble("database-newer", { retry: "never", detail });
  }
  if (version === newest) return;
  sql.transaction(() => {
    for (const migration of schema.migrations.slice(version)) {
      for (const statement of statementsOf(migration)) sql.run(statement);
    }
    sql.run(`PRAGMA user_version = ${newest}`);
  });
  assert(versionOf(sql) === newest, "a migrated database says so");
}

function versionOf(sql: Sql): number {
  const version = sql.get("PRAGMA user_version")?.["user_version"];
  assert(typeof version === "number", "every database has a version");
  return version;
}

/**
 * A migration is statements ended by a semicolon at the end of a line; a comment line ends none.
 */
function statementsOf(migration: string): string[] {
  return migration
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
