/**
 * A condition on one stored twin, in the words of filters, over every leaf that it has.
 *
 * What lists know by a column is compared as there. Any other leaf is named as the document spells it
 * (`parts.config.desired.volume`), or short: `config.volume` is reported, `desired.config.volume` desired. Its type is
 * that of the value it has, so a comparison that means nothing for that value does not hold.
 */
import { type Json, partNames } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { testOf } from "./cell-test.ts";
import { type Cell, type Clearance, type Column, columnNamed, type ColumnType } from "./columns.ts";
import type { Twin } from "./document.ts";
import { leafAt } from "./leaves.ts";
import { isPersonal } from "./model.ts";
import { type Comparison, type Fault, type Filter, parseFilter } from "./rsql.ts";
import { cellsOf } from "./twin-row.ts";

/** A condition, or why a text is none: a fault of the text, or a leaf that the asker may not know of. */
export type ReadCondition =
  { readonly kind: "condition"; readonly filter: Filter } | { readonly kind: "forbidden" } | Fault;

/** The condition that `text` says for someone of this clearance. */
export function readCondition(text: string, clearance: Clearance): ReadCondition {
  const filter = parseFilter(text);
  if (filter.kind === "fault") return filter;
  const comparisons = [...comparisonsOf(filter)];
  const unknown = comparisons.find(({ path }) => placeOf(path) === undefined);
  if (unknown !== undefined) {
    const { at, path } = unknown;
    const why = { en: `no leaf is called ${path}`, fr: `aucune feuille « ${path} »` };
    return { kind: "fault", at, why };
  }
  const isHidden = clearance !== "clinical" && comparisons.some(({ path }) => isClinical(path));
  return isHidden ? { kind: "forbidden" } : { kind: "condition", filter };
}

/** Whether the condition holds for the twin as it is at `now`. */
export function holds(filter: Filter, twin: Twin, now: Instant): boolean {
  if (filter.kind === "compare") return compares(filter, twin, now);
  if (filter.kind === "and") return filter.of.every((part) => holds(part, twin, now));
  const some = filter.of.some((part) => holds(part, twin, now));
  return filter.kind === "or" ? some : !some;
}

function* comparisonsOf(filter: Filter): Iterable<Comparison> {
  if (filter.kind === "compare") yield filter;
  else for (const part of filter.of) yield* comparisonsOf(part);
}

/** Where a path leads: to a column, or into the document. */
type Place =
  | { readonly kind: "column"; readonly column: Column }
  /** `path` from `section` on, by slashes. */
  | { readonly kind: "leaf"; readonly section: Section; readonly path: string };
type Section = "reported" | "desired" | "identity";

function placeOf(path: string): Place | undefined {
  const column = columnNamed(path);
  if (column !== undefined) return { kind: "column", column };
  const names = path.split(".");
  const [first = "", second = "", ...rest] = names[0] === "parts" ? names.slice(1) : names;
  if (first === "identity") return leafPlace("identity", [second, ...rest]);
  if (first === "desired" && isPart(second)) return leafPlace("desired", [second, ...rest]);
  if (!isPart(first)) return undefined;
  if (names[0] !== "parts") return leafPlace("reported", [first, second, ...rest]);
  if (second !== "reported" && second !== "desired") return undefined;
  return leafPlace(second, [first, ...rest]);
}

function leafPlace(section: Section, names: readonly string[]): Place {
  return { kind: "leaf", section, path: names.join("/") };
}

function isPart(text: string): boolean {
  return partNames.some((name) => name === text);
}

function isClinical(path: string): boolean {
  const place = placeOf(path);
  if (place?.kind === "column") return place.column.clearance === "clinical";
  return place !== undefined && (place.path.startsWith("vitals") || isPersonal(place.path));
}

function compares({ path, operator, operands }: Comparison, twin: Twin, now: Instant): boolean {
  const place = placeOf(path);
  if (place === undefined) return false;
  const [column, cell] =
    place.kind === "column"
      ? [place.column, cellIn(place.column, twin)]
      : columnFor(path, valueAt(place, twin));
  const test = testOf(column, operator, operands);
  return typeof test === "function" && test(cell, now);
}

function cellIn({ at, told }: Column, twin: Twin): Cell {
  const cell = cellsOf(twin)[at] ?? null;
  return told === undefined ? cell : told(cell);
}

/** A column for a leaf that has none; a list is there, and equals nothing. */
function columnFor(name: string, value: Json | undefined): [column: Column, cell: Cell] {
  const as = (type: ColumnType): Column => ({ at: -1, name, type, clearance: "technical" });
  if (typeof value === "number") return [as("number"), value];
  if (typeof value === "boolean") return [as("flag"), Number(value)];
  if (typeof value === "string") return [as("version"), value];
  return [as("text"), value === undefined || value === null ? null : JSON.stringify(value)];
}

function valueAt({ section, path }: Place & { kind: "leaf" }, twin: Twin): Json | undefined {
  if (section === "identity") return leafAt(twin.identity, path);
  const slash = path.indexOf("/");
  const name = partNames.find((known) => known === path.slice(0, slash));
  const part = name === undefined ? undefined : twin.parts[name];
  return part === undefined ? undefined : leafAt(part[section], path.slice(slash + 1));
}
