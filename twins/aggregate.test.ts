import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { aggregate, aggregateLimits, type Group, parseGroupBy, parseMetrics } from "./aggregate.ts";
import { type Cell, columns } from "./columns.ts";
import { createFleetTable, type FleetTable } from "./fleet-table.ts";
import { after, start } from "./specimens.ts";

function tableOf(rows: readonly Readonly<Record<string, Cell>>[]): FleetTable {
  const table = createFleetTable();
  rows.forEach((row, at) =>
    table.put(columns.map(({ name }) => (name === "id" ? `B-${at}` : (row[name] ?? null)))),
  );
  return table;
}

function ask(table: FleetTable, by: string, text: string): readonly Group[] | "too_many" {
  const [groupBy, metrics] = [parseGroupBy(by, "technical"), parseMetrics(text, "technical")];
  if ("kind" in groupBy || "kind" in metrics) throw new Error("not understood");
  return aggregate(table, { filter: undefined, groupBy, metrics, now: after(60_000) });
}

test("FL-16: groups and their numbers are what a walk over all twins gives", () => {
  const row = fc.record({
    kind: fc.constantFrom("box", "wristband"),
    "firmware.version": fc.constantFrom("1.0", "2.0", null),
    "power.battery": fc.option(fc.integer({ min: 0, max: 100 })),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const asked = ask(tableOf(rows), "kind,firmware.version", "count,avg(battery),p50(battery)");
      if (asked === "too_many") throw new Error("too many");
      expect(asked.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
      for (const { key, count, values } of asked) {
        const own = rows.filter(
          (each) => each.kind === key[0] && each["firmware.version"] === key[1],
        );
        const levels = own.flatMap((each) => each["power.battery"] ?? []).toSorted((a, b) => a - b);
        const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
        expect([count, values[0]]).toEqual([own.length, own.length]);
        expect(values[1]).toEqual(levels.length === 0 ? null : expect.closeTo(mean, 9));
        expect(values[2]).toBe(levels[Math.ceil(levels.length / 2) - 1] ?? null);
      }
    }),
  );
});

test("sums, ends and percentiles are of those that have a value, and ages are counted to now", () => {
  const table = tableOf(Array.from({ length: 100 }, (_, at) => ({ "power.battery": at + 1 })));
  const text = "sum(battery),min(battery),max(battery),p1(battery),p95(battery),p99(battery)";
  expect(ask(table, "", text)).toEqual([
    { key: [], count: 100, values: [5050, 1, 100, 1, 95, 99] },
  ]);
  const young = tableOf([{ readingAt: start }, { readingAt: after(50_000) }, {}]);
  expect(ask(young, "", "max(freshness),min(freshness),avg(power.battery)")).toEqual([
    { key: [], count: 3, values: [60_000, 10_000, null] },
  ]);
});

test("a question that makes more groups than may be is refused whole", () => {
  const table = tableOf(Array.from({ length: aggregateLimits.groups }, () => ({})));
  expect(ask(table, "id", "count")).toHaveLength(aggregateLimits.groups);
  table.put(columns.map(({ name }) => (name === "id" ? "B-MORE" : null)));
  expect(ask(table, "id", "count")).toBe("too_many");
});

test("what makes no group or no number is refused, with where", () => {
  const by = (text: string): unknown => parseGroupBy(text, "technical");
  const of = (text: string): unknown => parseMetrics(text, "technical");
  expect(by("kind,nothing")).toMatchObject({ kind: "fault", at: 5 });
  expect(by("createdAt")).toMatchObject({ kind: "fault", at: 0 });
  expect(by("tags")).toMatchObject({ kind: "fault", at: 0 });
  expect(by("kind,box,rev,id")).toMatchObject({ kind: "fault", at: 13 });
  expect(by("vitals.heart-rate")).toMatchObject({ kind: "forbidden", at: 0 });
  expect(of("count,median(battery)")).toMatchObject({ kind: "fault", at: 6 });
  expect(of("p100(battery)")).toMatchObject({ kind: "fault", at: 0 });
  expect(of("avg(nothing)")).toMatchObject({ kind: "fault", at: 4 });
  expect(of("avg(kind)")).toMatchObject({ kind: "fault", at: 4 });
  expect(of("avg(vitals.spo2)")).toMatchObject({ kind: "forbidden", at: 4 });
  expect(of(Array.from({ length: 9 }, () => "count").join())).toMatchObject({
    kind: "fault",
    at: 48,
  });
});
