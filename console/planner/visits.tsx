import type { Static } from "@sinclair/typebox";
import { type ReactNode, useState } from "react";

import type { VisitPlan } from "#api/fleet/planning-contract.ts";

import { Age, Notice } from "../badges.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { usePolled } from "../polled.ts";
import { deviceHref, listHref } from "../route.ts";
import { LengthChoice, lengths } from "./choice.tsx";

type Plan = Static<typeof VisitPlan>;
type Visit = Plan["items"][number];

const everyMs = 30_000;
const shownMost = 100;

/** The homes that somebody has to go to, the most urgent first, with all that one visit puts right. */
export function Visits(): ReactNode {
  const { word, number } = useSpeech();
  const now = useNow();
  const [within, setWithin] = useState("P14D");
  const query = new URLSearchParams({ within, limit: String(shownMost) });
  const { value, at, problem } = usePolled(() => get<Plan>(`/v1/fleet/visits?${query}`), {
    everyMs,
    key: within,
  });
  return (
    <section className="card below" aria-labelledby="visits">
      <h2 id="visits">{word("visits")}</h2>
      <LengthChoice
        label={word("visitsWithin")}
        of={lengths.ahead}
        value={within}
        set={setWithin}
      />
      <Notice problem={problem} at={at} />
      {value !== undefined && (
        <>
          <p className="below">
            <span role="status">
              <b>{number(value.total)}</b> {word("homesToVisit")}
            </span>{" "}
            <span className="soft small">
              <Age at={value.at} now={now} />
            </span>
          </p>
          {value.items.length > 0 && <VisitTable visits={value.items} now={now} />}
          {value.total > value.items.length && (
            <p className="soft small">{word("shownFirst", number(value.items.length))}</p>
          )}
          <p className="soft small below">{word("aboutVisits")}</p>
        </>
      )}
    </section>
  );
}

function VisitTable({ visits, now }: { visits: readonly Visit[]; now: number }): ReactNode {
  const { word } = useSpeech();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={word("visits")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("home")}</th>
            <th scope="col">{word("due")}</th>
            <th scope="col">{word("putsRight")}</th>
          </tr>
        </thead>
        <tbody>
          {visits.map((visit) => (
            <tr key={visit.home}>
              <th scope="row">
                <Link href={listHref({ filter: `box==${visit.home}` })}>{visit.home}</Link>
              </th>
              <td>
                <Due at={visit.dueAt} now={now} />
              </td>
              <td>
                <Reasons visit={visit} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Reasons({ visit, now }: { visit: Visit; now: number }): ReactNode {
  const { name, percent } = useSpeech();
  return (
    <ul className="plain">
      {visit.reasons.map(({ device, why, dueAt, battery }) => (
        <li key={`${device} ${why}`}>
          <Link href={deviceHref(device)}>{device}</Link> {name("visit", why)}
          {battery !== null && ` (${percent(battery)})`}{" "}
          <span className="soft small">
            <Due at={dueAt} now={now} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** By when somebody has to come, or how long that is past. */
function Due({ at, now }: { at: number; now: number }): ReactNode {
  const { word, span, time } = useSpeech();
  const isOver = at <= now;
  return (
    <time dateTime={new Date(at).toISOString()} title={time(at)}>
      {isOver ? (
        <span className="overdue">{word("overdueFor", span(now - at))}</span>
      ) : (
        word("dueIn", span(at - now))
      )}
    </time>
  );
}
