import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isTrouble } from "#platform/trouble.ts";

import { testSql } from "./contract.ts";
import { migrate } from "./migration.ts";
import type { Schema } from "./port.ts";
import { openSql } from "./real.ts";

const folder = mkdtempSync(join(tmpdir(), "sql-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = (): string => join(folder, `${(files += 1)}.sqlite`);

testSql("real", (limits) => openSql(freshPath(), limits));

test("BX-17: a file is written ahead and synced at every commit", () => {
  const sql = openSql(freshPath());
  expect(sql.get("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
  expect(sql.get("PRAGMA synchronous")).toEqual({ synchronous: 2 });
  sql.close();
});

test("two writers of one file wait for each other, and each sees what the other wrote", () => {
  const path = freshPath();
  const [one, other] = [openSql(path), openSql(path)];
  one.run("CREATE TABLE shelf (id INTEGER PRIMARY KEY)");
  for (let i = 0; i < 10; i += 1) {
    for (const sql of [one, other]) sql.run("INSERT INTO shelf DEFAULT VALUES");
  }
  expect(other.get("SELECT count(*) AS n FROM shelf")).toEqual({ n: 20 });
  one.close();
  other.close();
});

const schema = (migrations: readonly string[]): Schema => ({
  migrations,
  tables: [],
  repair: () => undefined,
});
const first = "CREATE TABLE a (x INTEGER) STRICT;\nINSERT INTO a VALUES (1);";
const second = "-- a comment; with a semicolon\nALTER TABLE a ADD COLUMN y INTEGER;";

test("a database is brought from any version to the newest, once, or stays as it was", () => {
  const path = freshPath();
  const sql = openSql(path);
  migrate(sql, schema([first]));
  expect(() => migrate(sql, schema([first, "INSERT INTO a VALUES (2);\nNONSENSE;"]))).toThrow();
  expect(sql.all("SELECT * FROM a")).toEqual([{ x: 1 }]);
  migrate(sql, schema([first, second]));
  migrate(sql, schema([first, second]));
  expect(sql.all("SELECT * FROM a")).toEqual([{ x: 1, y: null }]);
  sql.close();
});

test("a file that a later release has written is refused, not guessed at", () => {
  const sql = openSql(freshPath());
  migrate(sql, schema([first, second]));
  try {
    migrate(sql, schema([first]));
    expect.unreachable();
  } catch (error) {
    expect(isTrouble(error, "database-newer")).toBe(true);
  }
  sql.close();
});
