import { afterAll, describe, expect, test } from "bun:test";

import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";

import { keepingQueries } from "./keeping-queries.ts";
import { queries } from "./outbox-queries.ts";
import { outboxSchema } from "./outbox-schema.ts";

const sql = openMemorySql();
migrate(sql, outboxSchema);
afterAll(() => sql.close());

describe("no statement of a living outbox reads a whole table or sorts one", () => {
  test.each(Object.entries({ ...queries, ...keepingQueries }))("%s", (_, statement) => {
    const holes = statement.split("?").length - 1;
    const plan = sql
      .all(`EXPLAIN QUERY PLAN ${statement}`, ...Array.from({ length: holes }, () => 1))
      .map((row) => String(row["detail"]));
    expect(plan.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([]);
  });
});
