import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as fc from "fast-check";

import type { Schema } from "./port.ts";
import { openSoundSql } from "./salvage.ts";

const folder = mkdtempSync(join(tmpdir(), "salvage-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = (): string => join(folder, `${(files += 1)}.sqlite`);

const pageSize = 4096;
const rows = 2000;
let repairs = 0;
const schema: Schema = {
  migrations: [
    "CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;\n" +
      "CREATE UNIQUE INDEX by_name ON shelf (name);",
  ],
  tables: ["shelf"],
  repair: () => {
    repairs += 1;
  },
};

/** A closed file of 2,000 rows with gaps in their numbers, and its bytes. */
function written(): { path: string; bytes: Buffer } {
  const path = freshPath();
  const { sql, salvaged } = openSoundSql(path, schema);
  expect(salvaged).toBeUndefined();
  sql.transaction(() => {
    for (let i = 1; i <= rows; i += 1) {
      sql.run("INSERT INTO shelf VALUES (?, ?)", i * i, `row ${i} ${"x".repeat(50)}`);
    }
  });
  sql.close();
  return { path, bytes: readFileSync(path) };
}

const fresh = written().bytes;

/** Opens a copy of the file in which some pages were overwritten with noise. */
function openTorn(pages: readonly number[]): { rows: number | undefined; found: number } {
  const path = freshPath();
  const bytes = Buffer.from(fresh);
  for (const page of pages) bytes.fill(0xa5, page * pageSize, (page + 1) * pageSize);
  writeFileSync(path, bytes);
  const { sql, salvaged } = openSoundSql(path, schema);
  const found = Number(sql.get("SELECT count(*) AS n FROM shelf")?.["n"]);
  sql.close();
  return { rows: salvaged?.rows, found };
}

test("F16: a torn page costs its own rows, the others are salvaged", () => {
  const pageCount = fresh.length / pageSize;
  let lostAtMost = 0;
  for (let page = 1; page < pageCount; page += 1) {
    const { rows: saved = rows, found } = openTorn([page]);
    expect(found).toBe(saved);
    if (saved < rows && saved > 0) lostAtMost = Math.max(lostAtMost, rows - saved);
  }
  expect(lostAtMost).toBeGreaterThan(0);
  expect(lostAtMost).toBeLessThan(pageSize / 50);
});

test("F16: whatever pages are torn, the database opens, and is sound when opened again", () => {
  const page = fc.nat({ max: fresh.length / pageSize - 1 });
  fc.assert(
    fc.property(fc.array(page, { minLength: 1, maxLength: 8 }), (pages) => {
      const { rows: saved, found } = openTorn(pages);
      expect(found).toBe(saved ?? rows);
    }),
    { numRuns: 50 },
  );
});

test("F16: a file that is no database at all gives an empty one and stays aside", () => {
  const path = freshPath();
  writeFileSync(path, "this was a disk".repeat(1000));
  const before = repairs;
  const { sql, salvaged } = openSoundSql(path, schema);
  expect(salvaged).toEqual({ rows: 0 });
  expect(repairs).toBe(before + 1);
  expect(existsSync(`${path}.damaged`)).toBe(true);
  sql.run("INSERT INTO shelf VALUES (1, 'life goes on')");
  sql.close();
  const again = openSoundSql(path, schema);
  expect(again.salvaged).toBeUndefined();
  expect(again.sql.get("SELECT count(*) AS n FROM shelf")).toEqual({ n: 1 });
  again.sql.close();
});

test("F16: a salvage cut before its last step is finished at the next start", () => {
  const { path } = written();
  renameSync(path, `${path}.salvaged`);
  writeFileSync(path, "damaged");
  writeFileSync(`${path}-wal`, "the damaged file's log");
  const { sql, salvaged } = openSoundSql(path, schema);
  expect(salvaged).toBeUndefined();
  expect(sql.get("SELECT count(*) AS n FROM shelf")).toEqual({ n: rows });
  sql.close();
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe("damaged");
});
