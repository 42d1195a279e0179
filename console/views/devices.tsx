import { type ReactNode, useEffect, useState } from "react";

import type { TwinRow } from "#api/twins/contract.ts";

import { LiveMark, Notice } from "../badges.tsx";
import type { Answer } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { Bars } from "../list/bars.tsx";
import { Groups } from "../list/groups.tsx";
import { useLive } from "../live.ts";
import { useMay } from "../me.ts";
import { MomentForm } from "../moment-form.tsx";
import { getPages } from "../pages.ts";
import { usePolled } from "../polled.ts";
import { go, listHref, type ListPlace, newChangeHref, useTitle, usualSort } from "../route.ts";
import { DeviceTable } from "./device-table.tsx";
import { FilterForm } from "./filter-form.tsx";

interface Listed {
  readonly filter: string;
  readonly items: readonly TwinRow[];
  readonly total: number;
  /** Of the past: twins of which nobody knows what they were. */
  readonly unknown: number;
  readonly more: boolean;
}

const pageSize = 100;
const everyMs = 15_000;
/** The status of an answer to a filter that is none. */
const invalid = 422;

/** The devices that a filter names, sorted, by pages; filter and order stand in the address. */
export function DevicesView(props: { query: URLSearchParams }): ReactNode {
  const { word } = useSpeech();
  const place = placeIn(props.query);
  const [pages, setPages] = useState(1);
  useEffect(() => setPages(1), [place.filter, place.sort, place.at]);
  const { value, at, problem, refresh } = usePolled(() => list(place, pages), {
    everyMs,
    key: JSON.stringify([place, pages]),
  });
  const isWrong = problem?.status === invalid;
  // Only a filter that the list has understood: the stream would refuse it too. What was does not move.
  const open = useLive(place.at === undefined ? value?.filter : undefined, refresh);
  useTitle(word("devices"));
  return (
    <>
      <div className="row between">
        <h1>{word("devices")}</h1>
        {place.at === undefined && <LiveMark open={open} at={at} />}
      </div>
      <Groups place={place} />
      <FilterForm place={place} problem={isWrong ? problem : undefined} />
      {!isWrong && <Notice problem={problem} at={at} />}
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && !isWrong && (
        <Found {...value} place={place} showMore={() => setPages(pages + 1)} />
      )}
    </>
  );
}

function placeIn(query: URLSearchParams): ListPlace {
  return {
    filter: query.get("filter") ?? "",
    sort: query.get("sort") ?? usualSort,
    group: query.get("group") ?? undefined,
    at: /^\d{13}$/.test(query.get("at") ?? "") ? Number(query.get("at")) : undefined,
    view: query.get("view") === "chart" ? "chart" : undefined,
  };
}

function Found(props: Listed & { place: ListPlace; showMore: () => void }): ReactNode {
  const { place, total, filter } = props;
  return (
    <>
      <When place={place} unknown={props.unknown} />
      <Views place={place} total={total} />
      {place.view === "chart" ? <Bars filter={filter} at={place.at} /> : <List {...props} />}
    </>
  );
}

/** Of the past, when that was and of how many nobody knows; else the way there. */
function When({ place, unknown }: { place: ListPlace; unknown: number }): ReactNode {
  const { word, time, number } = useSpeech();
  const may = useMay();
  const { at, ...now } = place;
  if (at === undefined) {
    if (!may("history:read")) return null;
    return (
      <details className="small above">
        <summary>{word("fleetThen")}</summary>
        <MomentForm pick={(then) => go(listHref({ ...now, at: then }))} />
      </details>
    );
  }
  return (
    <p className="notice past above">
      {word("fleetStoodAt", time(at))} {unknown > 0 && word("unknownThen", number(unknown))}{" "}
      <Link href={listHref(now)}>{word("backToNow")}</Link>
    </p>
  );
}

/** How many there are, and how they are shown. */
function Views({ place, total }: { place: ListPlace; total: number }): ReactNode {
  const { word, number } = useSpeech();
  const may = useMay();
  const { filter } = place;
  const views = [
    ["list", "listView"],
    ["chart", "chartView"],
  ] as const;
  return (
    <div className="row between">
      <p role="status">
        <b>{number(total)}</b> {word("devicesMatch")}
      </p>
      {filter !== "" && place.at === undefined && may("changes:write") && (
        <Link className="small" href={newChangeHref(filter)}>
          {word("changeThese")}
        </Link>
      )}
      <nav className="row small" aria-label={word("view")}>
        {views.map(([view, label]) => (
          <Link
            key={view}
            className="chip"
            href={listHref({ ...place, view })}
            current={view === (place.view ?? "list")}
          >
            {word(label)}
          </Link>
        ))}
      </nav>
    </div>
  );
}

function List(props: Listed & { place: ListPlace; showMore: () => void }): ReactNode {
  const { word, number } = useSpeech();
  const ticking = useNow();
  const { items, more, place } = props;
  const now = place.at ?? ticking;
  if (items.length === 0) return <p className="card below">{word("empty")}</p>;
  return (
    <>
      {more && <p className="soft small">{word("shownFirst", number(items.length))}</p>}
      <DeviceTable rows={items} now={now} place={place} />
      {more && (
        <button type="button" className="below" onClick={props.showMore}>
          {word("more")}
        </button>
      )}
    </>
  );
}

async function list({ filter, sort, at }: ListPlace, pages: number): Promise<Answer<Listed>> {
  const asked = {
    sort,
    filter,
    limit: String(pageSize),
    count: "true",
    at: at === undefined ? "" : String(at),
  };
  const answer = await getPages<TwinRow>("/v1/twins", asked, pages);
  if (answer.kind === "problem") return answer;
  const { items, total = 0, unknown = 0, cursor } = answer.body;
  return { kind: "ok", body: { filter, items, total, unknown, more: cursor !== null } };
}
