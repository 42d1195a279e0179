import type { ReactNode } from "react";

import { useSpeech } from "./language.ts";

/** Presence in words and colour. */
export function PresenceBadge(props: { state: string; cause: string | null }): ReactNode {
  const { word } = useSpeech();
  return (
    <>
      <span className={`badge state-${props.state}`}>{word(props.state)}</span>
      {props.cause !== null && <span className="soft small"> {word(props.cause)}</span>}
    </>
  );
}

/** A battery level as a bar and a figure; under 20 % it is marked. */
export function Battery(props: { percent: number | null }): ReactNode {
  const { number } = useSpeech();
  if (props.percent === null) return <span className="soft">–</span>;
  return (
    <>
      <span className={props.percent < 20 ? "meter low" : "meter"} aria-hidden="true">
        <i style={{ width: `${props.percent}%` }} />
      </span>
      {number(props.percent)} %
    </>
  );
}

/** Whether changes arrive, and the age of the newest word of the server. */
export function LiveMark(props: { open: boolean; at: number; now: number }): ReactNode {
  const { word, age } = useSpeech();
  return (
    <span className={props.open ? "live small" : "live off small"}>
      <span role="status">{word(props.open ? "live" : "reconnecting")}</span>
      {props.at > 0 && (
        <span className="soft">
          {" "}
          · {word("updated")} {age(props.now - props.at)}
        </span>
      )}
    </span>
  );
}
