import type { ReactNode } from "react";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";

/** How many devices are in one state for one cause. */
export interface PresenceCount {
  readonly state: string;
  readonly cause: string | null;
  readonly count: number;
}

const order = ["online", "returned", "late", "silent", "in_stock"];

/** One bar for one kind of device, cut by state, with each state and cause below as a link to its list. */
export function PresenceBar(props: {
  title: string;
  kind: string;
  counts: readonly PresenceCount[];
}): ReactNode {
  const { word, number } = useSpeech();
  const counts = props.counts.toSorted(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.count - a.count,
  );
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const text = (one: PresenceCount): string =>
    one.cause === null ? word(one.state) : `${word(one.state)}, ${word(one.cause)}`;
  return (
    <>
      <h3>
        {props.title} <span className="soft">{number(total)}</span>
      </h3>
      <div
        className="bar"
        role="img"
        aria-label={counts.map((one) => `${text(one)}: ${number(one.count)}`).join("; ")}
      >
        {counts.map((one) => (
          <span
            key={`${one.state}/${one.cause}`}
            className={`state-${one.state}`}
            style={{ flexGrow: one.count, opacity: one.cause === null ? 1 : 0.75 }}
          />
        ))}
      </div>
      <ul className="legend small">
        {counts.map((one) => (
          <li key={`${one.state}/${one.cause}`}>
            <Link href={listOf(props.kind, one)}>
              <span className={`dot state-${one.state}`} />
              {text(one)} <b>{number(one.count)}</b>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function listOf(kind: string, { state, cause }: PresenceCount): string {
  const about = cause === null ? "" : `;presence.cause==${cause}`;
  return `/devices?filter=${encodeURIComponent(`kind==${kind};presence.state==${state}${about}`)}`;
}
