import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Cell, type Column, columns, declared } from "./columns.ts";
import { type Judged, judgeFilter, passes } from "./filter.ts";
import { createFleetTable, type FleetTable, idOf } from "./fleet-table.ts";
import { type PageEnd, pageOf, parseSort, readCursor, type SortKey, writeCursor } from "./page.ts";
import { parseFilter } from "./rsql.ts";
import { start } from "./specimens.ts";
import { compareTexts, compareVersions } from "./version-order.ts";

const battery = declared("power.battery");
const state = declared("presence.state");
const version = declared("firmware.version");

/** A twin as few cells; the rest are empty. */
type Sparse = Readonly<Partial<Record<string, Cell>>>;

const sparse: fc.Arbitrary<Sparse> = fc.record({
  "power.battery": fc.option(fc.integer({ min: 0, max: 20 })),
  "presence.state": fc.option(fc.constantFrom("online", "late", "silent", "returned")),
  "firmware.version": fc.option(fc.constantFrom("1.9.0", "1.10.0", "1.10.0-rc1", "2.4.1")),
  "power.charging": fc.option(fc.constantFrom(0, 1)),
});
const fleet = fc
  .dictionary(fc.stringMatching(/^B-[A-F0-9]{1,3}$/), sparse, { maxKeys: 60 })
  .map((all) => new Map(Object.entries(all)));

const value = {
  "power.battery": fc.integer({ min: -1, max: 21 }).map(String),
  "presence.state": fc.constantFrom("online", "late", "s*t", "*l*e*", "o*", "*"),
  "firmware.version": fc.constantFrom("1.9.0", "1.10.0", "2.*", "*rc*"),
  "power.charging": fc.constantFrom("true", "false"),
  id: fc.constantFrom("B-A*", "*0", "B-1", "B-AA"),
} as const;
const condition = fc.constantFrom(...Object.keys(value)).chain((path) => {
  const operand = fc.oneof(
    { weight: 5, arbitrary: value[path as keyof typeof value] },
    fc.constant("null"),
  );
  const equal = fc
    .tuple(fc.constantFrom("==", "!="), operand)
    .map(([op, text]) => `${path}${op}${text}`);
  const listed = fc
    .tuple(fc.constantFrom("=in=", "=out="), fc.array(operand, { minLength: 1, maxLength: 3 }))
    .map(([op, texts]) => `${path}${op}(${texts.join(",")})`);
  const ordered = fc
    .tuple(fc.constantFrom("=lt=", "=le=", "=gt=", "=ge="), fc.integer({ min: 0, max: 20 }))
    .map(([op, number]) => `power.battery${op}${number}`);
  return fc.oneof(equal, listed, ordered);
});
const filterText = fc
  .array(fc.array(condition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((all) => all.map((both) => `(${both.join(";")})`).join(","));

function judged(text: string): Judged {
  const filter = parseFilter(text);
  if (filter.kind === "fault") throw new Error(`${filter.why.en} in ${text}`);
  const meaning = judgeFilter(filter, "clinical");
  if (meaning.kind === "fault" || meaning.kind === "forbidden")
    throw new Error(JSON.stringify(meaning));
  return meaning;
}

function sortOf(text: string): readonly SortKey[] {
  const keys = parseSort(text, "clinical");
  if (!Array.isArray(keys)) throw new Error(JSON.stringify(keys));
  return keys as readonly SortKey[];
}

function cellsOfSparse(id: string, twin: Sparse): Cell[] {
  return columns.map(({ name }) => (name === "id" ? id : (twin[name] ?? null)));
}

function tableOf(twins: ReadonlyMap<string, Sparse>): FleetTable {
  const table = createFleetTable();
  for (const [id, twin] of twins) table.put(cellsOfSparse(id, twin));
  return table;
}

function ids(table: FleetTable, rows: readonly number[]): string[] {
  return rows.map((row) => idOf(table, row));
}

/** What anyone would write without an index. */
function naive(
  twins: ReadonlyMap<string, Sparse>,
  filter: Judged,
  sort: readonly SortKey[],
): string[] {
  const cell = (id: string, column: Column): Cell =>
    column.name === "id" ? id : (twins.get(id)?.[column.name] ?? null);
  const compare = (a: Cell, b: Cell, key: SortKey): number => {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    const texts = key.column.type === "version" ? compareVersions : compareTexts;
    const order =
      typeof a === "number" && typeof b === "number" ? a - b : texts(String(a), String(b));
    return key.descending ? -order : order;
  };
  return [...twins.keys()]
    .filter((id) => passes(filter, (column) => cell(id, column), start))
    .toSorted((a, b) => {
      for (const key of sort) {
        const order = compare(cell(a, key.column), cell(b, key.column), key);
        if (order !== 0) return order;
      }
      return compareTexts(a, b);
    });
}

const sortText = fc.constantFrom(
  "id",
  "-id",
  "power.battery",
  "-power.battery,presence.state",
  "-firmware.version",
  "presence.state,-id",
);

test("TW-08: a filtered and sorted page is what a naive walk over all twins gives", () => {
  fc.assert(
    fc.property(fleet, filterText, sortText, (twins, text, order) => {
      const [filter, sort] = [judged(text), sortOf(order)];
      const table = tableOf(twins);
      const page = pageOf(table, { filter, sort, limit: 1000, after: undefined, now: start });
      expect(ids(table, page.rows)).toEqual(naive(twins, filter, sort));
      expect(page.end).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test("a remembered condition follows every change, retirement and new twin", () => {
  const step = fc.record({
    id: fc.stringMatching(/^B-[A-D]$/),
    twin: sparse,
    retire: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), filterText, (steps, text) => {
      const filter = judged(text);
      const table = createFleetTable();
      const twins = new Map<string, Sparse>();
      for (const { id, twin, retire } of steps) {
        if (retire) table.retire(id);
        else table.put(cellsOfSparse(id, twin));
        if (retire) twins.delete(id);
        else twins.set(id, twin);
        const page = pageOf(table, { filter, sort: [], limit: 1000, after: undefined, now: start });
        expect(ids(table, page.rows)).toEqual(naive(twins, filter, []));
        expect(table.size()).toBe(twins.size);
      }
    }),
    { numRuns: 100 },
  );
});

test("pages follow one another without repeating or missing a twin, whatever else comes and goes between", () => {
  const disturbance = fc.array(
    fc.record({ id: fc.stringMatching(/^B-[0-9]{1,2}Z$/), twin: sparse }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(
      fleet,
      fc.record({ order: sortText, limit: fc.integer({ min: 1, max: 7 }) }),
      disturbance,
      (twins, { order, limit }, newcomers) => {
        const sort = sortOf(order);
        const table = tableOf(twins);
        const seen: string[] = [];
        let after: PageEnd | undefined;
        let turn = 0;
        do {
          const page = pageOf(table, { filter: undefined, sort, limit, after, now: start });
          expect(page.rows.length).toBeLessThanOrEqual(limit);
          seen.push(...ids(table, page.rows));
          after =
            page.end === undefined
              ? undefined
              : readCursor(writeCursor(page.end, order), order, sort);
          if (page.end !== undefined) expect(after).toEqual(page.end);
          const newcomer = newcomers[turn++];
          if (newcomer !== undefined) table.put(cellsOfSparse(newcomer.id, newcomer.twin));
          if (turn === 3) newcomers.forEach(({ id }) => table.retire(id));
        } while (after !== undefined);
        const stayed = seen.filter((id) => twins.has(id));
        expect(stayed).toEqual(naive(twins, judged("id==*"), sort));
      },
    ),
    { numRuns: 300 },
  );
});

test("a cursor serves only the question it was given for", () => {
  const sort = sortOf("-power.battery");
  const cursor = writeCursor({ id: "B-1", cells: [12] }, "a");
  expect(readCursor(cursor, "a", sort)).toEqual({ id: "B-1", cells: [12] });
  expect(readCursor(cursor, "b", sort)).toBeUndefined();
  expect(readCursor(cursor, "a", [])).toBeUndefined();
  expect(readCursor("no cursor", "a", sort)).toBeUndefined();
  expect(readCursor("", "a", sort)).toBeUndefined();
});

test("TW-09: vital signs cannot be filtered or sorted by without a clinical right, nor their names guessed", () => {
  for (const path of ["vitals.heart-rate", "vitals.guess", "vitals"]) {
    const filter = parseFilter(`power.battery=lt=20;${path}=gt=100`);
    expect(filter.kind === "fault" || judgeFilter(filter, "technical")).toEqual({
      kind: "forbidden",
      at: 20,
      path,
    });
    expect(parseSort(`id,-${path}`, "technical")).toEqual({ kind: "forbidden", at: 3, path });
  }
  expect(judged("vitals.heart-rate=gt=100")).toMatchObject({ kind: "condition" });
  expect(sortOf("-vitals.spo2")).toHaveLength(1);
});

test("a comparison that cannot mean anything is refused with where and why", () => {
  const objection = (text: string): unknown => {
    const filter = parseFilter(text);
    return filter.kind === "fault" ? filter : judgeFilter(filter, "clinical");
  };
  expect(objection("id==*;power.batery==1")).toEqual({
    kind: "fault",
    at: 6,
    why: { en: "no leaf is called power.batery", fr: "aucune feuille « power.batery »" },
  });
  expect(objection("power.battery==low")).toMatchObject({
    why: { en: "power.battery is compared with a number" },
  });
  expect(objection("power.battery==1*")).toMatchObject({ kind: "fault" });
  expect(objection("presence.since=lt=yesterday")).toMatchObject({ kind: "fault" });
  expect(objection("power.charging=lt=true")).toMatchObject({ kind: "fault" });
  expect(objection("power.battery=lt=null")).toMatchObject({ kind: "fault" });
  expect(objection("firmware.version=ge=2.*")).toMatchObject({ kind: "fault" });
  expect(parseSort("id,,id", "clinical")).toMatchObject({ kind: "fault", at: 3 });
  expect(parseSort("id,kind,box,rev", "clinical")).toMatchObject({ kind: "fault", at: 12 });
});

test("a wildcard stands for any text, and nothing else does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  fc.assert(
    fc.property(text, fc.array(text, { minLength: 1, maxLength: 4 }), (cell, pieces) => {
      const [like, unlike] = [
        judged(`id=="${pieces.join("*")}"`),
        judged(`id!="${pieces.join("*")}"`),
      ];
      const shape = new RegExp(
        `^${pieces.map((piece) => piece.replaceAll(".", "\\.")).join(".*")}$`,
      );
      expect(passes(like, () => cell, start)).toBe(shape.test(cell));
      expect(passes(unlike, () => cell, start)).toBe(!shape.test(cell));
    }),
    { numRuns: 500 },
  );
});

test("versions are ordered as versions, a pre-release before its release", () => {
  const versions = ["10.0", "1.9.0", "1.10.0", "1.10.0-rc2", "1.10.0-rc10", "2.4.1", "1.10.0-rc1"];
  expect(versions.toSorted(compareVersions)).toEqual([
    "1.9.0",
    "1.10.0-rc1",
    "1.10.0-rc2",
    "1.10.0-rc10",
    "1.10.0",
    "2.4.1",
    "10.0",
  ]);
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[0-9a.-]{0,6}$/), { maxLength: 6 }), (all) => {
      const sorted = all.toSorted(compareVersions);
      sorted.forEach((one, at) =>
        sorted
          .slice(at)
          .forEach((other) => expect(compareVersions(one, other)).toBeLessThanOrEqual(0)),
      );
    }),
  );
});

test("texts that devices make up are forgotten when no twin holds them any more", () => {
  const table = createFleetTable();
  table.put(cellsOfSparse("B-1", {}));
  const row = table.row("B-1")!;
  for (let at = 0; at < 5000; at++) table.set(row, version, `9.${at}`);
  table.put(
    cellsOfSparse("B-2", {
      "firmware.version": "9.10",
      "presence.state": "late",
      "power.battery": 3,
    }),
  );
  const page = pageOf(table, {
    filter: undefined,
    sort: sortOf("firmware.version"),
    limit: 10,
    after: undefined,
    now: start,
  });
  expect(ids(table, page.rows)).toEqual(["B-2", "B-1"]);
  expect(table.get(row, version)).toBe("9.4999");
  expect([table.get(1, state), table.get(1, battery)]).toEqual(["late", 3]);
});

test("FL-04, FL-14: questions over 100,000 twins answer exactly and within a second, page after page", () => {
  const total = 100_000;
  const table = createFleetTable();
  const low: string[] = [];
  for (let at = 0; at < total; at++) {
    const id = `B-${String(at).padStart(6, "0")}`;
    const level = (at * 7919) % 101;
    if (level < 20) low.push(id);
    table.put(cellsOfSparse(id, { "power.battery": level, "firmware.version": `2.${at % 7}.0` }));
  }
  const filter = judged("power.battery=lt=20");
  const times: number[] = [];
  const found: string[] = [];
  let after: PageEnd | undefined;
  do {
    const began = performance.now();
    const page = pageOf(table, { filter, sort: [], limit: 1000, after, now: start });
    times.push(performance.now() - began);
    found.push(...ids(table, page.rows));
    after = page.end;
  } while (after !== undefined);
  const sorted = judged("firmware.version=lt=2.3;power.battery=ge=50");
  for (const order of ["-power.battery", "firmware.version,-power.battery"]) {
    const began = performance.now();
    pageOf(table, {
      filter: sorted,
      sort: sortOf(order),
      limit: 1000,
      after: undefined,
      now: start,
    });
    times.push(performance.now() - began);
  }
  expect(found).toEqual(low);
  expect(Math.max(...times)).toBeLessThan(1000);
});
