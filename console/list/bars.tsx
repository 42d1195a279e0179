import { type ReactNode, useId, useState } from "react";

import type { TwinAggregate } from "#api/twins/contract.ts";

import { Age, Notice } from "../badges.tsx";
import { Histogram } from "../charts/histogram.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import type { Word } from "../copy-en.ts";
import { type Speech, useSpeech } from "../language.ts";
import { usePolled } from "../polled.ts";
import { listHref } from "../route.ts";
import { both } from "./conditions.ts";
import {
  type BarGroup,
  barGroups,
  type Counted,
  counted,
  type Key,
  type Parting,
  partings,
} from "./tally.ts";

const everyMs = 15_000;

const labels: Readonly<Record<Counted | Parting, Word>> = {
  "firmware.version": "firmware",
  "power.battery": "battery",
  "presence.state": "presence",
  "sync.state": "wishes",
  "config.profile": "profile",
  kind: "kind",
  "tags.model": "tagModel",
  "tags.lot": "tagLot",
};

/** The devices that a filter names, counted in bars by what one likes; each bar leads to its devices. */
export function Bars({
  filter,
  at: moment,
}: {
  filter: string;
  at: number | undefined;
}): ReactNode {
  const { word } = useSpeech();
  const [what, setWhat] = useState<Counted>("firmware.version");
  const [by, setBy] = useState<Parting>("kind");
  const { value, at, problem } = usePolled(
    () => get<TwinAggregate>(`/v1/twins/aggregate?${queryOf(filter, [by, what], moment)}`),
    { everyMs, key: JSON.stringify([filter, what, by, moment]) },
  );
  return (
    <section className="card below" aria-label={word("chartView")}>
      <div className="row">
        <Picker label={word("count")} of={counted} value={what} pick={setWhat} />
        <Picker label={word("partedBy")} of={partings} value={by} pick={setBy} />
      </div>
      <Notice problem={problem} at={at} />
      {value !== undefined && <Groups {...{ filter, what, by, value, moment }} />}
    </section>
  );
}

function Groups(props: {
  filter: string;
  what: Counted;
  by: Parting;
  value: TwinAggregate;
  moment: number | undefined;
}): ReactNode {
  const speech = useSpeech();
  const { word, number } = speech;
  const now = useNow();
  const { filter, what, by, value, moment } = props;
  const groups = barGroups(value, { what, by });
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ count }) => count)));
  const rows = ({ bars, condition }: BarGroup) =>
    bars.map((bar) => ({
      label: readKey(what, bar.key, speech),
      count: bar.count,
      href: listHref({ at: moment, filter: both(filter, `${condition};${bar.condition}`) }),
      alarming: isAlarming(what, bar.key),
    }));
  return (
    <>
      <p className="soft small below">
        {word("devicesCounted", number(value.total))} · <Age at={value.at} now={now} />
      </p>
      <div className="bars">
        {groups.map((group) => (
          <div key={group.condition}>
            <h3>
              {readKey(by, group.part, speech)} <span className="soft">{number(group.count)}</span>
            </h3>
            <Histogram rows={rows(group)} most={most} />
          </div>
        ))}
      </div>
    </>
  );
}

function Picker<T extends Counted | Parting>(props: {
  label: string;
  of: readonly T[];
  value: T;
  pick: (value: T) => void;
}): ReactNode {
  const { word } = useSpeech();
  const id = useId();
  return (
    <span>
      <label htmlFor={id} className="small soft">
        {props.label}
      </label>
      <select
        id={id}
        value={props.value}
        onChange={({ target }) => {
          const picked = props.of.find((one) => one === target.value);
          if (picked !== undefined) props.pick(picked);
        }}
      >
        {props.of.map((one) => (
          <option key={one} value={one}>
            {word(labels[one])}
          </option>
        ))}
      </select>
    </span>
  );
}

function readKey(of: Counted | Parting, key: Key, { word, name, percent }: Speech): string {
  if (key === null) return word(of === "sync.state" ? "noWish" : "unknown");
  if (typeof key === "object") return `${key.from}–${percent(Math.min(100, key.below))}`;
  if (of === "kind") return name("kind", key);
  if (of === "presence.state") return name("state", key);
  return of === "sync.state" ? name("sync", key) : key;
}

function isAlarming(what: Counted, key: Key): boolean {
  if (typeof key === "object") return key !== null && key.below <= 20;
  if (what === "sync.state") return key === "rejected" || key === "expired";
  return what === "presence.state" && key === "silent";
}

function queryOf(
  filter: string,
  groupBy: readonly string[],
  at: number | undefined,
): URLSearchParams {
  const query = new URLSearchParams({ groupBy: groupBy.join(",") });
  if (filter !== "") query.set("filter", filter);
  if (at !== undefined) query.set("at", String(at));
  return query;
}
