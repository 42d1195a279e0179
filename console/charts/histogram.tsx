import type { ReactNode } from "react";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";

/** One row of a histogram; `href` leads to the devices counted, `alarming` rows stand out. */
export interface HistogramRow {
  readonly label: string;
  readonly count: number;
  readonly href: string;
  readonly alarming?: boolean;
}

/** Counts as horizontal bars, with the figure beside each; `most` is what fills the width, where several share a scale. */
export function Histogram(props: { rows: readonly HistogramRow[]; most?: number }): ReactNode {
  const { number } = useSpeech();
  const most = props.most ?? Math.max(1, ...props.rows.map(({ count }) => count));
  return (
    <dl className="histogram small">
      {props.rows.map(({ label, count, href, alarming }) => (
        <div key={label} className={alarming === true ? "alarming" : ""}>
          <dt>{count === 0 ? label : <Link href={href}>{label}</Link>}</dt>
          <dd className="number">{number(count)}</dd>
          <dd aria-hidden="true" className="track">
            {count > 0 && <div className="fill" style={{ width: `${(100 * count) / most}%` }} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
