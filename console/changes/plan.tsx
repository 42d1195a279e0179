import type { ReactNode } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { Age } from "../badges.tsx";
import { By } from "../by.tsx";
import { Fact } from "../fact.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { listHref } from "../route.ts";
import { bulkLooks } from "./looks.ts";
import { ownReason } from "./own-reason.ts";
import { leavesOf } from "./patch-leaves.ts";

/** Where a change stands, in a word. */
export function BulkBadge({ state }: { state: BulkView["state"] }): ReactNode {
  const { name } = useSpeech();
  return <span className={`badge state-${bulkLooks[state]}`}>{name("bulk", state)}</span>;
}

/** What a change sets, leaf by leaf. */
export function Wanted({ patch }: { patch: unknown }): ReactNode {
  const { word, name } = useSpeech();
  return leavesOf(patch).map(({ path, value }) => (
    <div key={path}>
      {name("leaf", path)}
      {word("colon")} {value === null ? word("nothing") : <Figure path={path} value={value} />}
    </div>
  ));
}

/** What is wanted of whom, by whom and why, and how carefully. */
export function Plan({ change, now }: { change: BulkView; now: number }): ReactNode {
  const { word, number, span, percent } = useSpeech();
  const { by, at, reason, filter, patch, deadlineMs, pace, canary, abort, devices } = change;
  return (
    <dl className="facts">
      <Fact name={word("what")}>
        <Wanted patch={patch} />
      </Fact>
      <Fact name={word("devices")}>
        <b>{number(devices)}</b>{" "}
        <Link href={listHref({ filter })}>
          <code>{filter}</code>
        </Link>
      </Fact>
      <Fact name={word("madeBy")}>
        <By by={by} />, <Age at={at} now={now} />
        <div>
          <q>{reason}</q>
        </div>
      </Fact>
      <Fact name={word("deadline")}>{word("eachWithin", span(deadlineMs))}</Fact>
      <Fact name={word("pace")}>{word("perMinute", number(pace))}</Fact>
      <Fact name={word("canary")}>
        {canary === null
          ? word("noCanary")
          : word("canaryOf", number(canary.devices), percent(100 * canary.success))}
      </Fact>
      <Fact name={word("stopsItself")}>
        {word(
          "abortBounds",
          percent(100 * abort.rejected),
          percent(100 * abort.silent),
          number(abort.sample),
        )}
      </Fact>
    </dl>
  );
}

/** Who did what to it, newest first. */
export function Steps({ change, now }: { change: BulkView; now: number }): ReactNode {
  const { word, name } = useSpeech();
  return (
    <section className="card below" aria-labelledby="steps">
      <h2 id="steps">{word("steps")}</h2>
      <ol className="plain">
        {change.steps.toReversed().map(({ act, at, by, why }, index) => (
          <li key={`${act} ${at} ${index}`}>
            <b>{name("step", act)}</b> <Age at={at} now={now} />, <By by={by} />
            {why !== null && (
              <>
                {word("colon")} <Why by={by} why={why} />
              </>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Why({ by, why }: { by: string; why: string }): ReactNode {
  const speech = useSpeech();
  if (by !== "vigie") return <q>{why}</q>;
  return ownReason(why, speech) ?? <span lang="en">{why}</span>;
}
