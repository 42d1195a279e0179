import { type FormEvent, type ReactNode, useEffect, useState } from "react";

import type { TwinPage, TwinRow } from "#api/twins/contract.ts";

import { Battery, LiveMark, PresenceBadge } from "../badges.tsx";
import { get } from "../client.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useLive, useNow, usePolled } from "../live.ts";
import { go } from "../route.ts";

interface Query {
  readonly filter: string;
  readonly sort: string;
  readonly pages: number;
}

interface Listed {
  readonly items: readonly TwinRow[];
  readonly more: boolean;
  readonly problem: string | undefined;
}

const pageSize = 100;
const everyMs = 15_000;

const shortcuts = [
  { label: "all", filter: "" },
  { label: "wristbands", filter: "kind==wristband" },
  { label: "boxes", filter: "kind==box" },
  { label: "notOnline", filter: "presence.state!=online" },
  { label: "lowBattery", filter: "power.battery=lt=20" },
];

/** The devices that a filter names, sorted, by pages; filter and order stand in the address. */
export function DevicesView(props: { query: URLSearchParams }): ReactNode {
  const { word, number } = useSpeech();
  const now = useNow();
  const filter = props.query.get("filter") ?? "";
  const sort = props.query.get("sort") ?? "id";
  const [pages, setPages] = useState(1);
  useEffect(() => setPages(1), [filter, sort]);
  const query = { filter, sort, pages };
  const { value, at, refresh } = usePolled(() => list(query), {
    everyMs,
    key: JSON.stringify(query),
  });
  const live = useLive(filter === "" ? undefined : filter, refresh);
  return (
    <>
      <div className="row between">
        <h1>{word("devices")}</h1>
        <LiveMark open={live.open} at={at} now={now} />
      </div>
      <FilterForm filter={filter} sort={sort} />
      {value?.problem !== undefined && (
        <p role="alert" className="notice">
          {value.problem}
        </p>
      )}
      {value === undefined && <p>{word("loading")}</p>}
      {value !== undefined && value.problem === undefined && (
        <>
          <p className="soft small" role="status">
            {number(value.items.length)}
            {value.more ? "+" : ""} {word("shown")}
          </p>
          {value.items.length === 0 && <p>{word("empty")}</p>}
          <DeviceTable rows={value.items} now={now} query={query} />
          {value.more && (
            <button type="button" onClick={() => setPages(pages + 1)}>
              {word("more")}
            </button>
          )}
        </>
      )}
    </>
  );
}

function FilterForm(props: { filter: string; sort: string }): ReactNode {
  const { word } = useSpeech();
  const [text, setText] = useState(props.filter);
  useEffect(() => setText(props.filter), [props.filter]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go(hrefOf({ filter: text.trim(), sort: props.sort }));
  };
  return (
    <form className="card" onSubmit={submit} role="search">
      <label htmlFor="filter">{word("filter")}</label>
      <div className="row">
        <input
          id="filter"
          value={text}
          spellCheck={false}
          autoComplete="off"
          aria-describedby="filter-help"
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="primary">
          {word("apply")}
        </button>
      </div>
      <p id="filter-help" className="soft small">
        {word("filterHelp")}
      </p>
      <div className="row small">
        {shortcuts.map(({ label, filter }) => (
          <Link key={label} href={hrefOf({ filter, sort: props.sort })}>
            {word(label)}
          </Link>
        ))}
      </div>
    </form>
  );
}

const headings = [
  { label: "device", column: "id" },
  { label: "kind", column: "kind" },
  { label: "home", column: "box" },
  { label: "presence", column: "presence.state" },
  { label: "battery", column: "power.battery" },
  { label: "firmware", column: "firmware.version" },
  { label: "heard", column: "presence.heardAt" },
];

function DeviceTable(props: { rows: readonly TwinRow[]; now: number; query: Query }): ReactNode {
  const { word, age } = useSpeech();
  return (
    <div className="scroll card below" tabIndex={0} role="region" aria-label={word("devices")}>
      <table>
        <thead>
          <tr>
            {headings.map((heading) => (
              <Heading key={heading.column} {...heading} query={props.query} />
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={`${row.id}/${row.rev}`} className={isNew(row, props.now) ? "changed" : ""}>
              <th scope="row">
                <Link href={`/devices/${row.id}`}>{row.id}</Link>
              </th>
              <td>{word(row.kind)}</td>
              <td>{row.box ?? "–"}</td>
              <td>
                <PresenceBadge {...row.presence} />
              </td>
              <td>
                <Battery percent={row.power.battery} />
              </td>
              <td>{row.firmware.version ?? "–"}</td>
              <td>
                {row.presence.heardAt === null ? word("never") : heardText(row, props.now, age)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading(props: { label: string; column: string; query: Query }): ReactNode {
  const { word } = useSpeech();
  const { filter, sort } = props.query;
  const up = sort === props.column;
  const down = sort === `-${props.column}`;
  const next = up ? `-${props.column}` : props.column;
  return (
    <th scope="col" aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <button type="button" onClick={() => go(hrefOf({ filter, sort: next }))}>
        {word(props.label)} {up ? "▲" : down ? "▼" : ""}
      </button>
    </th>
  );
}

/** An online device is being heard: its heartbeats are within their period, and do not each change the twin. */
function heardText(row: TwinRow, now: number, age: (ms: number) => string): string {
  const { heardAt, state } = row.presence;
  if (state === "online") return `< ${age(row.kind === "box" ? 45_000 : 180_000)}`;
  return heardAt === null ? "–" : age(now - heardAt);
}

function isNew(row: TwinRow, now: number): boolean {
  return now - row.modifiedAt < 4000;
}

function hrefOf({ filter, sort }: { filter: string; sort: string }): string {
  const query = new URLSearchParams();
  if (filter !== "") query.set("filter", filter);
  if (sort !== "id") query.set("sort", sort);
  return query.size === 0 ? "/devices" : `/devices?${query}`;
}

async function list({ filter, sort, pages }: Query): Promise<Listed> {
  const items: TwinRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page++) {
    const query = new URLSearchParams({ sort, limit: String(pageSize) });
    if (filter !== "") query.set("filter", filter);
    if (cursor !== null) query.set("cursor", cursor);
    const answer = await get<TwinPage>(`/v1/twins?${query}`);
    if (answer.kind === "problem") return { items, more: false, problem: answer.detail };
    items.push(...answer.body.items);
    cursor = answer.body.cursor;
    if (cursor === null) break;
  }
  return { items, more: cursor !== null, problem: undefined };
}
