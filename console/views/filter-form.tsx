import { type FormEvent, type ReactNode, useEffect, useState } from "react";

import type { Problem } from "../client.ts";
import type { Word } from "../copy-en.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { Narrow } from "../list/narrow.tsx";
import { go, listHref, type ListPlace } from "../route.ts";
import { FilterFault } from "./filter-fault.tsx";

/** The box for a filter, choices that write one, how to write one oneself, and where a wrong one is wrong. */
export function FilterForm(props: { place: ListPlace; problem: Problem | undefined }): ReactNode {
  const { word } = useSpeech();
  const { filter, sort, view, at } = props.place;
  const elsewhere = { sort, view, at };
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go(listHref({ ...elsewhere, filter: text.trim() }));
  };
  return (
    <search className="card">
      <form onSubmit={submit}>
        <label htmlFor="filter">{word("filter")}</label>
        <div className="row">
          <input
            id="filter"
            value={text}
            placeholder="power.battery=lt=20;presence.state==silent"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            aria-invalid={props.problem !== undefined}
            aria-describedby={props.problem === undefined ? undefined : "filter-fault"}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="primary">
            {word("apply")}
          </button>
          {filter !== "" && <Link href={listHref(elsewhere)}>{word("clear")}</Link>}
        </div>
      </form>
      {props.problem !== undefined && <FilterFault filter={filter} problem={props.problem} />}
      <Narrow filter={filter} set={(next) => go(listHref({ ...elsewhere, filter: next }))} />
      <Help />
    </search>
  );
}

const examples = [
  { filter: "presence.state=in=(late,silent)", about: "exampleAway" },
  { filter: "presence.cause==box_power,presence.cause==box_net", about: "exampleHomes" },
  { filter: "kind==wristband;firmware.version=lt=2.4.0", about: "exampleOld" },
  { filter: "buffer.depth=gt=100", about: "exampleBacklog" },
  { filter: "sync.config.profile==rejected", about: "exampleRefused" },
  { filter: "tags.lot==L4*;freshness=gt=PT1H", about: "exampleTags" },
  { filter: "id==B-F00*", about: "exampleNames" },
] as const satisfies readonly { filter: string; about: Word }[];

/** What may be compared by every role. */
const leaves =
  "id kind box rev createdAt modifiedAt presence.state presence.cause presence.since presence.heardAt " +
  "firmware.version power.battery power.charging power.source radio.link wear.worn buffer.depth freshness " +
  "assignment readingAt config.profile tags.… sync.state sync.… desired.firmware.version desired.config.profile";

function Help(): ReactNode {
  const { word } = useSpeech();
  return (
    <details className="small">
      <summary>{word("filterHelp")}</summary>
      <dl className="examples">
        {examples.map(({ filter, about }) => (
          <div key={filter}>
            <dt>
              <Link href={listHref({ filter })}>
                <code>{filter}</code>
              </Link>
            </dt>
            <dd>{word(about)}</dd>
          </div>
        ))}
      </dl>
      <p>{word("filterGrammar")}</p>
      <p>
        {word("filterLeaves")} <code>{leaves}</code>
      </p>
    </details>
  );
}
