import { type ReactNode, useState } from "react";

import type { Me } from "#api/account/contract.ts";
import type { EventPage } from "#api/events/contract.ts";
import type { FleetSummary } from "#api/fleet/contract.ts";
import type { AccountingView } from "#api/operations/contract.ts";

import { LiveMark } from "../badges.tsx";
import { Histogram } from "../charts/histogram.tsx";
import { PresenceBar } from "../charts/presence-bar.tsx";
import { RateChart, type RatePoint } from "../charts/rate-chart.tsx";
import { get } from "../client.ts";
import { useSpeech } from "../language.ts";
import { useLive, useNow, usePolled } from "../live.ts";
import { AccountingCard } from "./accounting.tsx";
import { EventsCard } from "./events.tsx";

interface Shown {
  readonly summary: FleetSummary | undefined;
  readonly accounting: AccountingView | undefined;
  readonly events: EventPage | undefined;
  readonly problem: string | undefined;
}

const everyMs = 5000;
const pointsKept = 240;

/** The whole fleet at a glance: presence with its cause, battery, firmware, freshness, rates, accounting, events. */
export function FleetView(props: { me: Me }): ReactNode {
  const { word } = useSpeech();
  const now = useNow();
  const [points, setPoints] = useState<readonly RatePoint[]>([]);
  const load = async (): Promise<Shown> => {
    const shown = await loadAll(props.me);
    const { summary } = shown;
    const perSecond = summary?.installation.messagesPerSecond;
    if (summary !== undefined && typeof perSecond === "number") {
      setPoints((before) => [...before, { at: summary.at, perSecond }].slice(-pointsKept));
    }
    return shown;
  };
  const { value, at, refresh } = usePolled(load, { everyMs, key: props.me.subject });
  const live = useLive(undefined, refresh);
  return (
    <>
      <div className="row between">
        <h1>{word("fleet")}</h1>
        <LiveMark open={live.open} at={at} now={now} />
      </div>
      {value?.problem !== undefined && (
        <p role="alert" className="notice">
          {word("failed")} {value.problem}
        </p>
      )}
      {value === undefined && <p>{word("loading")}</p>}
      {value?.summary !== undefined && <Cards {...value} summary={value.summary} points={points} />}
    </>
  );
}

function Cards(props: Shown & { summary: FleetSummary; points: readonly RatePoint[] }): ReactNode {
  const { word } = useSpeech();
  const { summary } = props;
  return (
    <>
      <Tiles summary={summary} />
      <div className="grid">
        <section className="card" aria-labelledby="presence">
          <h2 id="presence">{word("presence")}</h2>
          {kinds.map(({ kind, title }) => {
            const counts = summary.presence.filter((one) => one.kind === kind);
            return counts.length === 0 ? null : (
              <PresenceBar key={kind} title={word(title)} kind={kind} counts={counts} />
            );
          })}
        </section>
        <section className="card" aria-labelledby="rates">
          <h2 id="rates">{word("rates")}</h2>
          <RateChart points={props.points} label={word("perSecond")} />
          <Lag summary={summary} />
        </section>
        <BatteryCard summary={summary} />
        <FreshnessCard summary={summary} />
        <FirmwareCard summary={summary} />
        {props.accounting !== undefined && <AccountingCard accounting={props.accounting} />}
      </div>
      {props.events !== undefined && <EventsCard events={props.events} at={summary.at} />}
    </>
  );
}

const kinds = [
  { kind: "box", title: "boxes" },
  { kind: "wristband", title: "wristbands" },
] as const;

function Tiles({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, number, age } = useSpeech();
  const online = (kind: string): string => {
    const of = summary.presence.filter((one) => one.kind === kind);
    const sum = (some: typeof of): number => some.reduce((total, { count }) => total + count, 0);
    return `${number(sum(of.filter(({ state }) => state === "online")))} / ${number(sum(of))}`;
  };
  const low = summary.battery
    .filter(({ below }) => below <= 20)
    .reduce((total, { count }) => total + count, 0);
  const { emergencies } = summary;
  const tiles = [
    { label: `${word("boxes")}, ${word("online")}`, value: online("box") },
    { label: `${word("wristbands")}, ${word("online")}`, value: online("wristband") },
    { label: word("lowBattery"), value: number(low) },
    {
      label: `${word("emergencies")} · ${word("last")} ${age(emergencies.withinMs)}`,
      value: number(emergencies.count),
    },
  ];
  return (
    <div className="tiles">
      {tiles.map(({ label, value }) => (
        <div className="card tile" key={label}>
          <b>{value}</b>
          <span className="soft small">{label}</span>
        </div>
      ))}
    </div>
  );
}

function Lag({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, number } = useSpeech();
  const { lagMs, waitingEntries, readingsPerSecond } = summary.installation;
  const text = (value: number | null, unit: string): string =>
    value === null ? "–" : `${number(value)} ${unit}`;
  return (
    <p className="soft small">
      {word("readingsRate")}: {text(readingsPerSecond, word("readingsPerSecond"))} ·{" "}
      {word("waiting")}: {text(waitingEntries, word("entries"))} · {word("lag")}:{" "}
      {text(lagMs, "ms")}
    </p>
  );
}

function BatteryCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word } = useSpeech();
  const rows = summary.battery.map(({ from, below, count }) => ({
    label: `${from}–${Math.min(below, 100)} %`,
    count,
    href: listOf(`power.battery=ge=${from};power.battery=lt=${below}`),
  }));
  return (
    <section className="card" aria-labelledby="battery">
      <h2 id="battery">{word("battery")}</h2>
      <Histogram rows={[...rows, { label: word("unknown"), count: summary.batteryUnknown }]} />
    </section>
  );
}

function FreshnessCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, age } = useSpeech();
  const rows = summary.freshness.map(({ withinMs, count }) => ({
    label: withinMs === null ? word("longer") : `< ${age(withinMs)}`,
    count,
  }));
  return (
    <section className="card" aria-labelledby="freshness">
      <h2 id="freshness">{word("freshness")}</h2>
      <Histogram rows={[...rows, { label: word("never"), count: summary.neverHeard }]} />
    </section>
  );
}

function FirmwareCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word } = useSpeech();
  const rows = summary.firmware.map(({ kind, version, count }) => ({
    label: `${word(kind)} ${version ?? word("unknown")}`,
    count,
    ...(version === null ? {} : { href: listOf(`kind==${kind};firmware.version==${version}`) }),
  }));
  return (
    <section className="card" aria-labelledby="firmware">
      <h2 id="firmware">{word("firmware")}</h2>
      <Histogram rows={rows} />
    </section>
  );
}

function listOf(filter: string): string {
  return `/devices?filter=${encodeURIComponent(filter)}`;
}

async function loadAll(me: Me): Promise<Shown> {
  const counts = me.rights.includes("accounting:read");
  const [summary, events, accounting] = await Promise.all([
    get<FleetSummary>("/v1/fleet"),
    get<EventPage>("/v1/events?limit=20"),
    counts ? get<AccountingView>("/v1/accounting") : undefined,
  ]);
  return {
    summary: summary.kind === "ok" ? summary.body : undefined,
    events: events.kind === "ok" ? events.body : undefined,
    accounting: accounting?.kind === "ok" ? accounting.body : undefined,
    problem: summary.kind === "problem" ? summary.detail : undefined,
  };
}
