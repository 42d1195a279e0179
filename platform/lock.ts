/**
 * Who owns a folder. The lock is the operating system's, held through SQLite, so that it ends with its process
 * however that process ends; no pid is compared and none can be mistaken.
 */
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A held lock. */
export interface Lock {
  release(): void;
}

/** Takes the folder, or answers undefined when a living process owns it. */
export function takeLock(folder: string): Lock | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new Database(join(folder, "lock.db"), { create: true });
  try {
    db.run("PRAGMA busy_timeout = 0");
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("BEGIN EXCLUSIVE");
  } catch {
    db.close();
    return undefined;
  }
  writeFileSync(join(folder, "owner"), `${process.pid}\n`);
  return {
    release: () => {
      db.run("ROLLBACK");
      db.close();
    },
  };
}

/** The pid that the owner wrote; for messages only. */
export function ownerOf(folder: string): string {
  try {
    return readFileSync(join(folder, "owner"), "utf8").trim();
  } catch {
    return "unknown";
  }
}
