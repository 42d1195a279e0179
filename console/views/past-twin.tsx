import type { ReactNode } from "react";

import type { PastTwin } from "#api/history/contract.ts";

import { Age, Notice, PresenceBadge } from "../badges.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import type { Word } from "../copy-en.ts";
import { Fact } from "../fact.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { usePolled } from "../polled.ts";
import { deviceHref, useTitle } from "../route.ts";
import { pastRows } from "../twin/past-rows.ts";
import { WishBadge } from "../twin/wish.tsx";

/** What was stays as it was: it is asked for again only where that failed. */
const everyMs = 60_000;
/** Why nobody can say how it was, by the status of the answer. */
const refusals: Readonly<Partial<Record<number, Word>>> = { 404: "notThen", 410: "historyGone" };

/** One device as it stood at a moment or a revision: technical parts only. */
export function PastTwinView({ serial, at: moment }: { serial: string; at: string }): ReactNode {
  const { word } = useSpeech();
  const query = new URLSearchParams({ at: moment });
  const { value, at, problem } = usePolled(
    () => get<PastTwin>(`/v1/twins/${encodeURIComponent(serial)}?${query}`),
    { everyMs, key: `${serial} ${moment}` },
  );
  const why = refusals[problem?.status ?? 0];
  useTitle(`${serial} · ${word("history")}`);
  return (
    <>
      <h1 className="above">
        {serial} <span className="soft">{word("history")}</span>
      </h1>
      {why === undefined ? (
        <Notice problem={problem} at={at} />
      ) : (
        <p role="alert" className="notice">
          {word(why)}
        </p>
      )}
      <p className="above">
        <Link href={deviceHref(serial)}>{word("backToNow")}</Link>
      </p>
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && <Past twin={value} />}
    </>
  );
}

function Past({ twin }: { twin: PastTwin }): ReactNode {
  const { word, time, number } = useSpeech();
  const now = useNow();
  const { presence, tags, links, rev, at } = twin;
  const { state, cause } = presence;
  const labels = Object.entries(tags).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <>
      <p className="notice past">
        {word("stoodAt", time(at), number(rev))} (<Age at={at} now={now} />)
      </p>
      <section className="card" aria-label={word("presence")}>
        <dl className="facts">
          <Fact name={word("presenceAndCause")}>
            {state !== null && <PresenceBadge presence={{ state, cause }} backlog={null} />}
          </Fact>
          <Fact name={word("home")}>{links.box ?? "–"}</Fact>
          <Fact name={word("tags")}>{labels.length === 0 ? word("noTag") : labels.join(", ")}</Fact>
        </dl>
      </section>
      <PastTable twin={twin} />
    </>
  );
}

function PastTable({ twin }: { twin: PastTwin }): ReactNode {
  const { word, name, span } = useSpeech();
  return (
    <div className="scroll card below" tabIndex={0} role="region" aria-label={word("leaves")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("leaf")}</th>
            <th scope="col">{word("value")}</th>
            <th scope="col">{word("ageThen")}</th>
            <th scope="col">{word("desired")}</th>
          </tr>
        </thead>
        <tbody>
          {pastRows(twin).map(({ path, reported, desired, sync, since }) => (
            <tr key={path}>
              <th scope="row">{name("leaf", path)}</th>
              <td>{reported === undefined ? "–" : <Figure path={path} value={reported} />}</td>
              <td>{since === undefined ? "–" : span(twin.at - since)}</td>
              <td>
                {desired !== undefined && <Figure path={path} value={desired} />}{" "}
                {sync !== undefined && <WishBadge state={sync} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
