import type { ReactNode } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { LiveMark, Notice } from "../badges.tsx";
import { Acts } from "../changes/acts.tsx";
import { Forecast } from "../changes/forecast.tsx";
import { BulkBadge, Plan, Steps } from "../changes/plan.tsx";
import { Progress } from "../changes/progress.tsx";
import { Results } from "../changes/results.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { useStream } from "../live.ts";
import { usePolled } from "../polled.ts";
import { useTitle } from "../route.ts";

const everyMs = 10_000;

/** One bulk change: what it wants, what the dry run found, what may be done to it, and what became of the devices. */
export function ChangeView({ id }: { id: string }): ReactNode {
  const { word } = useSpeech();
  const path = `/v1/changes/${encodeURIComponent(id)}`;
  const { value, at, problem, refresh } = usePolled(() => get<BulkView>(path), {
    everyMs,
    key: id,
  });
  const open = useStream(`${path}/stream`, refresh);
  useTitle(value?.reason ?? word("changes"));
  return (
    <>
      <div className="row between">
        <h1>{value?.reason ?? id}</h1>
        <LiveMark open={open} at={at} />
      </div>
      <Notice problem={problem} at={at} />
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && <Known change={value} changed={refresh} />}
    </>
  );
}

function Known({ change, changed }: { change: BulkView; changed: () => void }): ReactNode {
  const { word } = useSpeech();
  const now = useNow();
  const isPlanned = change.state === "draft" || change.state === "approved";
  return (
    <>
      <section className="card" aria-label={word("plan")}>
        <p className="above" role="status">
          <BulkBadge state={change.state} /> <AboutState state={change.state} />
        </p>
        <Plan change={change} now={now} />
        <Acts change={change} done={changed} />
      </section>
      {!isPlanned && <Progress change={change} />}
      {isPlanned ? <Forecast change={change} /> : <Results change={change} now={now} />}
      <Steps change={change} now={now} />
    </>
  );
}

function AboutState({ state }: { state: BulkView["state"] }): ReactNode {
  const { name } = useSpeech();
  return <span className="soft">{name("aboutBulk", state)}</span>;
}
