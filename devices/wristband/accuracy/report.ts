/**
 * A report of accuracy as text: figures first, then each group, then what to think of them.
 */
import type { Detail, Figure, Measurement } from "./figures.ts";
import { groupBy } from "./figures.ts";

/** The report, Markdown tables and all. */
export function tellMeasurements(
  report: Measurement & { readonly absent: readonly string[] },
): string {
  const { rows, details, caveats, absent } = report;
  return [
    ...(rows.length > 0 ? [tellRows(rows)] : []),
    ...groupBy(details, ({ dataSet }) => dataSet).map(([name, group]) => tellDetails(name, group)),
    ...(caveats.length > 0 ? [["Caveats", ...caveats.map((text) => `- ${text}`)].join("\n")] : []),
    ...absent,
  ].join("\n\n");
}

function tellRows(rows: readonly Figure[]): string {
  const met = (row: Figure): string => (row.met === null ? "" : row.met ? "yes" : "**no**");
  return table(
    ["id", "value", "unit", "target", "met", "of"],
    rows.map((row) => [row.id, short(row.value), row.unit, row.target, met(row), row.of]),
  );
}

/** Groups whose figures bear the same names share a table. */
function tellDetails(dataSet: string, details: readonly Detail[]): string {
  const names = Object.keys(details[0]?.figures ?? {});
  return table(
    [dataSet, ...names],
    details.map(({ group, figures }) => [
      group,
      ...names.map((name) => short(figures[name] ?? Number.NaN)),
    ]),
  );
}

function short(value: number): string {
  return Number.isNaN(value) ? "–" : String(Number(value.toFixed(3)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
