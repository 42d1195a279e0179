/** What every Sql does, whatever it stands on. */
import { describe, expect, test } from "bun:test";

import { Bug } from "#platform/assert.ts";
import { isTrouble } from "#platform/trouble.ts";

import type { Sql, SqlLimits } from "./port.ts";

/** Runs the suite over databases that `open` makes, each one empty. */
export function testSql(adapter: string, open: (limits?: SqlLimits) => Sql): void {
  const opened = (limits?: SqlLimits): Sql => {
    const sql = open(limits);
    sql.run("CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB) STRICT");
    return sql;
  };
  const put = "INSERT INTO shelf (name, body) VALUES (?, ?)";
  const count = (sql: Sql): unknown => sql.get("SELECT count(*) AS n FROM shelf")?.["n"];
  const thrownBy = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    throw new Error("it was meant to fail");
  };

  describe(`sql: ${adapter}`, () => {
    test("gives back text, numbers, bytes and null as they were put in", () => {
      using sql = disposable(opened());
      const body = new Uint8Array([0, 255, 10]);
      expect(sql.run(put, "é", body)).toBe(1);
      expect(sql.get("SELECT * FROM shelf")).toEqual({ id: 1, name: "é", body });
      sql.run("UPDATE shelf SET body = NULL");
      expect(sql.all("SELECT body, 1.5 AS half FROM shelf")).toEqual([{ body: null, half: 1.5 }]);
      expect(sql.get("SELECT * FROM shelf WHERE id = ?", 2)).toBeUndefined();
    });

    test("answers the rows of a RETURNING clause, and how many were changed", () => {
      using sql = disposable(opened());
      for (const letter of ["a", "b", "c"]) sql.run(put, letter, null);
      const gone = sql.all("DELETE FROM shelf WHERE id <= ? RETURNING name", 2);
      expect(gone.map(({ name }) => name)).toEqual(["a", "b"]);
      expect(sql.run("DELETE FROM shelf")).toBe(1);
    });

    test("keeps all of a transaction, or nothing of it when it throws", () => {
      using sql = disposable(opened());
      expect(sql.transaction(() => sql.run(put, "kept", null))).toBe(1);
      const error = thrownBy(() =>
        sql.transaction(() => {
          sql.run(put, "lost", null);
          throw new Error("changed my mind");
        }),
      );
      expect(error).toEqual(new Error("changed my mind"));
      expect(sql.all("SELECT name FROM shelf")).toEqual([{ name: "kept" }]);
    });

    test("refuses a transaction within a transaction, and is usable afterwards", () => {
      using sql = disposable(opened());
      const nested = (): unknown => sql.transaction(() => sql.transaction(() => undefined));
      expect(thrownBy(nested)).toBeInstanceOf(Bug);
      sql.transaction(() => sql.run(put, "after", null));
      expect(count(sql)).toBe(1);
    });

    test("tells a full disk from a broken rule from a mistake in a statement", () => {
      using sql = disposable(opened({ pages: 16 }));
      sql.run(put, "one", null);
      const broken = thrownBy(() => sql.run(put, "one", null));
      expect(isTrouble(broken, "constraint-violated")).toBe(true);
      expect(thrownBy(() => sql.run("SELECT nothing FROM nowhere"))).toBeInstanceOf(Bug);
      const fill = (): void => {
        for (let i = 0; ; i += 1) sql.run(put, `page ${i}`, new Uint8Array(4000));
      };
      expect(thrownBy(fill)).toMatchObject({ code: "disk-full", retry: "safe" });
    });

    test("F15: a full disk undoes its transaction, and deleting makes room again", () => {
      using sql = disposable(opened({ pages: 16 }));
      const page = new Uint8Array(4000);
      const fill = (): void => {
        for (let i = 0; ; i += 1) sql.run(put, `page ${i}`, page);
      };
      expect(isTrouble(thrownBy(fill), "disk-full")).toBe(true);
      const before = count(sql);
      const more = (): void =>
        sql.transaction(() => {
          sql.run("DELETE FROM shelf WHERE id = 1");
          sql.run(put, "x", page);
          fill();
        });
      expect(isTrouble(thrownBy(more), "disk-full")).toBe(true);
      expect(count(sql)).toBe(before);
      sql.run("DELETE FROM shelf WHERE id <= 2");
      sql.transaction(() => sql.run(put, "room", page));
      expect(sql.get("SELECT id FROM shelf WHERE name = ?", "room")).toBeDefined();
    });
  });
}

function disposable(sql: Sql): Sql & Disposable {
  return Object.assign(sql, { [Symbol.dispose]: () => sql.close() });
}
