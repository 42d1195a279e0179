import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Bug } from "./assert.ts";
import { type Database, openDatabase } from "./database.ts";
import { isTrouble } from "./trouble.ts";

const insert = "INSERT INTO lamp VALUES ('green')";
const count = (database: Database) => database.tables.values("SELECT 1 FROM lamp").length;

let folder: string;
let path: string;
let migrations: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigie-database-"));
  path = join(folder, "lamps.db");
  migrations = join(folder, "migrations");
  const entries = [{ idx: 0, version: "6", when: 1, tag: "0000_lamps", breakpoints: true }];
  mkdirSync(join(migrations, "meta"), { recursive: true });
  writeFileSync(join(migrations, "0000_lamps.sql"), "CREATE TABLE lamp (colour TEXT NOT NULL)");
  writeFileSync(join(migrations, "meta/_journal.json"), JSON.stringify({ entries }));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a body that throws leaves nothing behind", () => {
  const database = openDatabase(path, migrations);
  const failing = (): void => {
    database.tables.run(insert);
    throw new RangeError("no");
  };
  expect(() => database.write(failing)).toThrow(RangeError);
  expect(count(database)).toBe(0);
  database.close();
});

test("a body that awaits is a bug and leaves nothing behind, where Drizzle alone would keep half of it", () => {
  const database = openDatabase(path, migrations);
  const awaiting = async (): Promise<void> => {
    database.tables.run(insert);
    await Promise.resolve();
  };
  expect(() => database.write(awaiting)).toThrow(Bug);
  expect(count(database)).toBe(0);
  database.close();
});

test("two connections share one file: what one has written the other reads, also after both are gone", () => {
  const one = openDatabase(path, migrations);
  const two = openDatabase(path, migrations);
  one.write(() => one.tables.run(insert));
  expect(count(two)).toBe(1);
  one.close();
  two.close();
  const later = openDatabase(path, migrations);
  expect(count(later)).toBe(1);
  later.close();
});

test("a writer that another one keeps waiting for too long may try again", () => {
  const one = openDatabase(path, migrations);
  const two = openDatabase(path, migrations);
  two.tables.run("PRAGMA busy_timeout = 0");
  const thrown = one.write(() => caught(() => two.write(() => two.tables.run(insert))));
  expect(isTrouble(thrown, "database-locked") && thrown.retry).toBe("safe");
  two.write(() => two.tables.run(insert));
  expect(count(one)).toBe(1);
  one.close();
  two.close();
});

test("a file that is no database is said to be unusable", () => {
  writeFileSync(path, "no database, and long enough to be told from an empty one".repeat(99));
  const thrown = caught(() => openDatabase(path, migrations));
  expect(isTrouble(thrown, "database-unusable")).toBe(true);
});

function caught(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
