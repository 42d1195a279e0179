import type { ReactNode } from "react";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";

/** One row of a histogram; `href` leads to the devices counted. */
export interface HistogramRow {
  readonly label: string;
  readonly count: number;
  readonly href?: string;
}

/** Counts as horizontal bars, with the figure beside each. */
export function Histogram(props: { rows: readonly HistogramRow[] }): ReactNode {
  const { number } = useSpeech();
  const most = Math.max(1, ...props.rows.map(({ count }) => count));
  return (
    <dl className="histogram small">
      {props.rows.map(({ label, count, href }) => (
        <div key={label} style={{ display: "contents" }}>
          <dt>{href === undefined ? label : <Link href={href}>{label}</Link>}</dt>
          <dd aria-hidden="true">
            <div className="fill" style={{ width: `${(100 * count) / most}%` }} />
          </dd>
          <dd className="number">{number(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
