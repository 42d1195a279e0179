import type { ReactNode } from "react";

import type { Problem } from "./client.ts";
import { serverNow } from "./clock.ts";
import { useSpeech } from "./language.ts";

/** What a badge tells of a device's presence. */
export interface Standing {
  readonly state: string;
  readonly cause: string | null;
}

/** Presence in words and colour, its cause, and for a device that catches up how much it still has to send. */
export function PresenceBadge(props: { presence: Standing; backlog: number | null }): ReactNode {
  const { name, word, number } = useSpeech();
  const { state, cause } = props.presence;
  const why = [
    cause === null ? "" : name("cause", cause),
    state === "returned" && props.backlog !== null ? word("backlogOf", number(props.backlog)) : "",
  ].filter((text) => text !== "");
  return (
    <>
      <span className={`badge state-${state}`}>{name("state", state)}</span>{" "}
      <span className="soft small">{why.join(" · ")}</span>
    </>
  );
}

/** A battery level as a bar and a figure; under 20 % it is marked. What runs on mains has none. */
export function Battery(props: { percent: number | null; source: string | null }): ReactNode {
  const { percent, name } = useSpeech();
  if (props.percent === null) {
    return (
      <span className="soft">{props.source === null ? "–" : name("value", props.source)}</span>
    );
  }
  return (
    <span className={props.percent < 20 ? "battery low" : "battery"}>
      <span className="meter" aria-hidden="true">
        <i style={{ width: `${props.percent}%` }} />
      </span>
      {percent(props.percent)}
    </span>
  );
}

/** How long ago an instant is, `4 min ago` or `4 min`; the instant itself stands behind it. */
export function Age(props: { at: number; now: number; bare?: boolean }): ReactNode {
  const { ago, span, time } = useSpeech();
  const past = props.now - props.at;
  return (
    <time dateTime={new Date(props.at).toISOString()} title={time(props.at)}>
      {props.bare === true ? span(past) : ago(past)}
    </time>
  );
}

/** Signs told of a device, as the list and its own page have them. */
export interface Signs {
  readonly state: string;
  readonly heardAt: number | null;
  readonly expectEveryMs: number;
}

/**
 * When a device was last heard. While it is, its twin tells no single sign (that would be a change for each); the next is
 * then due within one and a half intervals.
 */
export function Heard(props: { signs: Signs; now: number }): ReactNode {
  const { word, span } = useSpeech();
  const { state, heardAt, expectEveryMs } = props.signs;
  if (state === "online" || state === "returned") return word("under", span(1.5 * expectEveryMs));
  return heardAt === null ? word("never") : <Age at={heardAt} now={props.now} />;
}

/** Whether changes arrive, and the age of the newest answer. */
export function LiveMark(props: { open: boolean; at: number }): ReactNode {
  const { word } = useSpeech();
  return (
    <span className={props.open ? "live small" : "live off small"}>
      <span role="status">{word(props.open ? "live" : "reconnecting")}</span>
      {props.at > 0 && <Updated at={props.at} />}
    </span>
  );
}

function Updated({ at }: { at: number }): ReactNode {
  const { word, ago } = useSpeech();
  return <span className="soft"> · {word("updated", ago(serverNow() - at))}</span>;
}

/** Why there is no newer answer; nothing when there is. */
export function Notice(props: { problem: Problem | undefined; at: number }): ReactNode {
  const { word, time } = useSpeech();
  const { problem, at } = props;
  if (problem === undefined) return null;
  const { status, detail } = problem;
  const sentences: Readonly<Partial<Record<number, string>>> = {
    0: at > 0 ? word("unreachable", time(at)) : word("unreached"),
    404: word("notFound"),
    503: word("notYet"),
  };
  return (
    <p role="alert" className="notice">
      {sentences[status] ?? (
        <>
          {word("failed")} <span lang="en">{detail}</span>
        </>
      )}
    </p>
  );
}
