/**
 * Numbers over the twins that pass a filter, one set for each group of them.
 *
 * Exact or refused: a question that would make too many groups is answered by none, never by some.
 */
import type { Instant } from "#wire/units.ts";

import { eachRow } from "./bits.ts";
import type { Cell, Clearance, Column, ColumnType } from "./columns.ts";
import { type Judged, judgePath, type Objection } from "./filter.ts";
import type { FleetTable } from "./fleet-table.ts";
import { createGrouping } from "./grouping.ts";
import type { Phrase } from "./phrase.ts";
import { compareTexts } from "./version-order.ts";

/** How large a question may be. */
export const aggregateLimits = { keys: 3, metrics: 8, groups: 1000 } as const;

/** One number asked of each group. */
export interface Metric {
  /** As it was asked: `p95(power.battery)`. */
  readonly text: string;
  /** What it is of; undefined for `count`. */
  readonly column: Column | undefined;
  /** The number, of values in any order; null of none. */
  readonly of: (values: readonly number[]) => number | null;
}

/** What is asked. */
export interface AggregateQuery {
  readonly filter: Judged | undefined;
  readonly groupBy: readonly Column[];
  readonly metrics: readonly Metric[];
  /** What ages are counted to. */
  readonly now: Instant;
}

/** Twins that hold the same. */
export interface Group {
  /** One cell for each column grouped by. */
  readonly key: readonly Cell[];
  readonly count: number;
  /** One number for each metric. */
  readonly values: readonly (number | null)[];
}

/** The groups, largest first and equal ones by their key; or that there are more than may be. */
export function aggregate(table: FleetTable, query: AggregateQuery): readonly Group[] | "too_many" {
  const { groups: most } = aggregateLimits;
  const grouping = createGrouping(table, query.groupBy, most);
  const read = query.metrics.map(({ column }) => column && readerOf(table, column, query.now));
  const counts: number[] = [];
  const values: number[][][] = [];
  let isTooMany = false;
  eachRow(table.matching(query.filter, query.now), (row) => {
    const group = isTooMany ? undefined : grouping.of(row);
    isTooMany ||= group === undefined;
    if (group === undefined) return;
    counts[group] = (counts[group] ?? 0) + 1;
    const own = (values[group] ??= read.map(() => []));
    for (const [at, get] of read.entries()) {
      const value = get?.(row);
      if (value !== undefined) own[at]?.push(value);
    }
  });
  if (isTooMany) return "too_many";
  return grouping.keys
    .map((key, group) => {
      const count = counts[group] ?? 0;
      const numbers = query.metrics.map(({ column, of }, at) =>
        column === undefined ? count : of(values[group]?.[at] ?? []),
      );
      return { key, count, values: numbers };
    })
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || compareTexts(String(a.key), String(b.key)));
}

/** The columns that `kind,firmware.version` names. */
export function parseGroupBy(text: string, clearance: Clearance): readonly Column[] | Objection {
  const columns: Column[] = [];
  let at = 0;
  for (const path of text === "" ? [] : text.split(",")) {
    const column = judgePath({ path, at }, clearance);
    if ("kind" in column) return column;
    if (ungroupable.has(column.type)) {
      return fault(at, { en: `${path} makes no groups`, fr: `${path} ne forme pas de groupes` });
    }
    if (columns.push(column) > aggregateLimits.keys) {
      const { keys } = aggregateLimits;
      return fault(at, {
        en: `more than ${keys} columns to group by`,
        fr: `plus de ${keys} colonnes de groupement`,
      });
    }
    at += path.length + 1;
  }
  return columns;
}

/** The metrics that `count,avg(power.battery),p95(freshness)` names. */
export function parseMetrics(text: string, clearance: Clearance): readonly Metric[] | Objection {
  const metrics: Metric[] = [];
  let at = 0;
  for (const word of text.split(",")) {
    const metric = parseMetric(word, at, clearance);
    if ("kind" in metric) return metric;
    if (metrics.push(metric) > aggregateLimits.metrics) {
      const most = aggregateLimits.metrics;
      return fault(at, { en: `more than ${most} metrics`, fr: `plus de ${most} mesures` });
    }
    at += word.length + 1;
  }
  return metrics;
}

/** Every twin has its own instant, and a bag is no one thing. */
const ungroupable: ReadonlySet<ColumnType> = new Set(["instant", "age", "bag"]);
const countable: ReadonlySet<ColumnType> = new Set(["number", "instant", "age"]);

function parseMetric(word: string, at: number, clearance: Clearance): Metric | Objection {
  if (word === "count") return { text: word, column: undefined, of: () => null };
  const [, name = "", path = ""] = /^([a-z]+\d*)\(([^()]*)\)$/.exec(word) ?? [];
  const of = methodOf(name);
  if (of === undefined) {
    const known = "count sum(…) avg(…) min(…) max(…) p1(…)–p99(…)";
    return fault(at, { en: `expected one of ${known}`, fr: `attendu : l'un de ${known}` });
  }
  const pathAt = at + name.length + 1;
  const column = judgePath({ path, at: pathAt }, clearance);
  if ("kind" in column) return column;
  if (!countable.has(column.type)) {
    return fault(pathAt, { en: `${path} is no number`, fr: `${path} n'est pas un nombre` });
  }
  return { text: word, column, of };
}

function methodOf(name: string): Metric["of"] | undefined {
  const [, share] = /^p([1-9]\d?)$/.exec(name) ?? [];
  return share === undefined ? methods.get(name) : (values) => percentile(values, Number(share));
}

type Method = (values: readonly number[]) => number | null;

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["sum", (values) => sum(values)],
  ["avg", (values) => (values.length === 0 ? null : sum(values) / values.length)],
  ["min", (values) => best(values, Math.min)],
  ["max", (values) => best(values, Math.max)],
]);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function best(values: readonly number[], better: (a: number, b: number) => number): number | null {
  return values.length === 0 ? null : values.reduce((held, value) => better(held, value));
}

/** The smallest value that at least `share` percent do not exceed (nearest rank). */
function percentile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.ceil((share / 100) * sorted.length) - 1] ?? null;
}

/** How the numbers of a column are read: an age in ms, and no instant later than now. */
function readerOf(
  table: FleetTable,
  column: Column,
  now: Instant,
): (row: number) => number | undefined {
  const { get } = table.cells(column);
  const { type } = column;
  return (row) => {
    const cell = get(row);
    if (typeof cell !== "number") return undefined;
    if (type === "number") return cell;
    return type === "age" ? Math.max(0, now - cell) : Math.min(cell, now);
  };
}

function fault(at: number, why: Phrase): Objection {
  return { kind: "fault", at, why };
}
