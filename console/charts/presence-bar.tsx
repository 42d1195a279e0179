import type { ReactNode } from "react";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { listHref } from "../route.ts";
import { byState, countOf, type PresenceCount, type StateCount } from "./presence-counts.ts";

/** One bar for devices of some kinds, cut by state; below, each state with its causes, each a link to its devices. */
export function PresenceBar(props: {
  title: string;
  kinds: readonly string[];
  counts: readonly PresenceCount[];
}): ReactNode {
  const { number } = useSpeech();
  const states = byState(props.counts);
  const among = `kind=in=(${props.kinds.join(",")})`;
  return (
    <>
      <h3>
        {props.title} <span className="soft">{number(countOf(props.counts))}</span>
      </h3>
      <div className="bar" aria-hidden="true">
        {states.map(({ state, count }) => (
          <span key={state} className={`swatch state-${state}`} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul className="legend small">
        {states.map((one) => (
          <State key={one.state} filter={`${among};presence.state==${one.state}`} {...one} />
        ))}
      </ul>
    </>
  );
}

function State({ filter, state, count, causes }: StateCount & { filter: string }): ReactNode {
  const { name, word, number } = useSpeech();
  return (
    <li>
      <span className={`swatch state-${state}`} />
      <Link href={listHref({ filter })}>{name("state", state)}</Link> <b>{number(count)}</b>
      {causes.length > 0 && (
        <ul className="causes">
          {causes.map(({ cause, count: some }) => (
            <li key={String(cause)}>
              <Link href={listHref({ filter: `${filter};presence.cause==${cause}` })}>
                {cause === null ? word("noCause") : name("cause", cause)}
              </Link>{" "}
              {number(some)}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
