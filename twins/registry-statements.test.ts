/** Goal: no statement reads a whole table, however many devices there are. Method: SQLite's own plan of each. */
import { expect, test } from "bun:test";

import { openDatabase } from "#platform/database.ts";

import { prepareStatements } from "./registry-statements.ts";

test("every look-up goes through an index", () => {
  const database = openDatabase(":memory:", `${import.meta.dir}/migrations`);
  for (const [name, statement] of Object.entries(prepareStatements(database.tables))) {
    const text = statement.getQuery().sql.replaceAll("?", "0");
    const plan = database.tables.values<[number, number, number, string]>(
      `EXPLAIN QUERY PLAN ${text}`,
    );
    const steps = plan.map(([, , , detail]) => detail).join("; ");
    expect(`${name}: ${steps}`).not.toMatch(/SCAN \w+(;|$)|TEMP B-TREE/);
  }
  database.close();
});
