import { type ReactNode, useState } from "react";

import type { HistoryEntry } from "#api/history/contract.ts";

import { Age, Notice } from "../badges.tsx";
import { By } from "../by.tsx";
import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { MomentForm } from "../moment-form.tsx";
import { getPages } from "../pages.ts";
import { usePolled } from "../polled.ts";
import { go, pastHref } from "../route.ts";
import { Verify } from "./verify.tsx";
import { WhatChanged } from "./what-changed.tsx";

const everyMs = 15_000;
const pageSize = 20;
const sections = [
  ...["config", "firmware", "power", "wear", "sensors", "radio", "buffer", "clock"],
  ...["presence", "tags", "links", "identity"],
];

/** What changed in a twin, when and by whom, newest first; each entry leads to the twin as it stood then. */
export function History({ serial, now }: { serial: string; now: number }): ReactNode {
  const { word, name } = useSpeech();
  const [section, setSection] = useState("");
  const [pages, setPages] = useState(1);
  const path = `/v1/twins/${encodeURIComponent(serial)}/history`;
  const asked = { part: section, limit: String(pageSize) };
  const { value, at, problem } = usePolled(() => getPages<HistoryEntry>(path, asked, pages), {
    everyMs,
    key: JSON.stringify([section, pages]),
  });
  return (
    <section className="card below" aria-labelledby="history">
      <h2 id="history">{word("history")}</h2>
      <div className="narrow">
        <Field label={word("changesOf")}>
          {(ties) => (
            <select
              {...ties}
              value={section}
              onChange={(event) => {
                setSection(event.target.value);
                setPages(1);
              }}
            >
              <option value="">{word("all")}</option>
              {sections.map((one) => (
                <option key={one} value={one}>
                  {name("part", one)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <MomentForm pick={(moment) => go(pastHref(serial, moment))} />
      </div>
      <Verify serial={serial} />
      <Notice problem={problem} at={at} />
      {value?.items.length === 0 && <p className="below">{word("noHistory")}</p>}
      <ol className="timeline">
        {value?.items.map((entry) => (
          <Entry key={entry.rev} serial={serial} entry={entry} now={now} />
        ))}
      </ol>
      {value !== undefined && value.cursor !== null && (
        <button type="button" onClick={() => setPages(pages + 1)}>
          {word("older")}
        </button>
      )}
    </section>
  );
}

function Entry(props: { serial: string; entry: HistoryEntry; now: number }): ReactNode {
  const { word, name, time, number } = useSpeech();
  const { rev, at, kind, cause, by, why, changed, lost } = props.entry;
  return (
    <li>
      <div>
        <b>{time(at)}</b>{" "}
        <span className="soft small">
          <Age at={at} now={props.now} />
          {cause !== null && <> · {name("source", cause)}</>}
          {by !== null && (
            <>
              {" · "}
              <By by={by} />
            </>
          )}
          {why !== null && (
            <>
              {word("colon")} <q>{why}</q>
            </>
          )}
        </span>{" "}
        <Link className="small" href={pastHref(props.serial, rev)}>
          {word("asItStood", number(rev))}
        </Link>
      </div>
      {kind !== "changed" && (
        <p>
          <span className="badge">{name("record", kind)}</span>{" "}
          <span className="soft small">
            {name("aboutRecord", kind)}
            {lost?.records !== undefined && ` ${word("recordsLost", number(lost.records))}`}
          </span>
        </p>
      )}
      {kind !== "gap" && kind !== "trimmed" && <WhatChanged changed={changed} />}
    </li>
  );
}
