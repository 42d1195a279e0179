/** The figures as a table for people and as JSON for machines. */

/** One figure, in the words of the plan; `baseline` and `ratio` when it is held against one of the same run. */
export interface Row {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  /** The aim, as text with its comparison: `≥ 0.4 × baseline`, `≤ 40`. */
  readonly target: string;
  readonly met: boolean;
  readonly baseline: number | null;
  readonly ratio: number | null;
  /** What keeps it from being better, as a profile or an attempt showed; empty when not looked for. */
  readonly boundBy: string;
}

/** A run of the bench. */
export interface Report {
  readonly commit: string;
  readonly cpu: string;
  readonly rows: readonly Row[];
}

/** The report as a Markdown table. */
export function tableOf({ rows }: Report): string {
  const head = "| id | value | unit | target | met | baseline | ratio | bound by |";
  const rule = "|---|---:|---|---|---|---:|---:|---|";
  const lines = rows.map((row) => {
    const baseline = row.baseline === null ? "–" : short(row.baseline);
    const ratio = row.ratio === null ? "–" : row.ratio.toFixed(2);
    const met = row.met ? "yes" : "**no**";
    const cells = [
      row.id,
      short(row.value),
      row.unit,
      row.target,
      met,
      baseline,
      ratio,
      row.boundBy,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, rule, ...lines].join("\n");
}

function short(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}
