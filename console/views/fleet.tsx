import { type ReactNode, useEffect } from "react";

import type { Me } from "#api/account/contract.ts";
import type { EventPage } from "#api/events/contract.ts";
import type { FleetSummary } from "#api/fleet/contract.ts";
import type { AccountingView } from "#api/operations/contract.ts";

import { LiveMark, Notice } from "../badges.tsx";
import { PresenceBar } from "../charts/presence-bar.tsx";
import { countOf } from "../charts/presence-counts.ts";
import type { RatePoint } from "../charts/rate-history.ts";
import { type Answer, get } from "../client.ts";
import type { Word } from "../copy-en.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useLive } from "../live.ts";
import { usePolled } from "../polled.ts";
import { listHref, useTitle } from "../route.ts";
import { AccountingCard } from "./accounting.tsx";
import { EmergenciesCard, EventsCard } from "./events.tsx";
import { BatteryCard, FirmwareCard, FreshnessCard } from "./fleet-counts.tsx";
import { RatesCard } from "./rates.tsx";

interface Shown {
  readonly summary: FleetSummary;
  readonly emergencies: EventPage | undefined;
  readonly technical: EventPage;
  readonly accounting: AccountingView | undefined;
}

const everyMs = 5000;
/** Asked for apart, so that no technical event takes the place of an emergency. */
const emergenciesAsked = "/v1/events?kind=emergency&limit=200";
const technicalAsked = "/v1/events?kind=technical&limit=10";

/** The whole fleet at a glance: presence with its cause, battery, firmware, freshness, rates, accounting, events. */
export function FleetView(props: {
  me: Me;
  rates: readonly RatePoint[];
  addRate: (point: RatePoint) => void;
}): ReactNode {
  const { word } = useSpeech();
  const { me, rates, addRate } = props;
  const { value, at, problem, refresh } = usePolled(() => loadAll(me), {
    everyMs,
    key: me.subject,
  });
  const open = useLive("", refresh);
  useTitle(word("fleet"));
  useEffect(() => {
    if (value === undefined) return;
    const { summary } = value;
    addRate({ at: summary.at, perSecond: summary.installation.messagesPerSecond });
  }, [value, addRate]);
  return (
    <>
      <div className="row between">
        <h1>{word("fleet")}</h1>
        <LiveMark open={open} at={at} />
      </div>
      <Notice problem={problem} at={at} />
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value !== undefined && <Cards {...value} me={me} rates={rates} />}
    </>
  );
}

function Cards(props: Shown & { me: Me; rates: readonly RatePoint[] }): ReactNode {
  const { summary, emergencies, technical, accounting, me } = props;
  return (
    <>
      <Tiles summary={summary} />
      {emergencies !== undefined && <EmergenciesCard events={emergencies} />}
      <div className="grid">
        <PresenceCard summary={summary} />
        <RatesCard installation={summary.installation} points={props.rates} />
        <FreshnessCard summary={summary} />
        <BatteryCard summary={summary} />
        <FirmwareCard summary={summary} />
      </div>
      {accounting !== undefined && <AccountingCard accounting={accounting} />}
      <EventsCard events={technical} seesEmergencies={seesEmergencies(me)} />
    </>
  );
}

function Tiles({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, number, span } = useSpeech();
  const { presence, battery, emergencies } = summary;
  const low = battery.filter(({ below }) => below <= 20);
  return (
    <div className="tiles">
      <OnlineTile kind="box" label="boxesOnline" presence={presence} />
      <OnlineTile kind="wristband" label="wristbandsOnline" presence={presence} />
      <Link className="card tile" href={listHref({ filter: "power.battery=lt=20" })}>
        <b>{number(countOf(low))}</b>
        <span className="small">{word("lowBattery")}</span>
      </Link>
      <div className={emergencies.count > 0 ? "card tile urgent" : "card tile"}>
        <b>{number(emergencies.count)}</b>
        <span className="soft small">{word("emergenciesWithin", span(emergencies.withinMs))}</span>
      </div>
    </div>
  );
}

function OnlineTile(props: {
  kind: string;
  label: Word;
  presence: FleetSummary["presence"];
}): ReactNode {
  const { word, number } = useSpeech();
  const all = props.presence.filter(({ kind }) => kind === props.kind);
  const online = all.filter(({ state }) => state === "online");
  return (
    <Link className="card tile" href={listHref({ filter: `kind==${props.kind}` })}>
      <b>{number(countOf(online))}</b> <span className="soft">/ {number(countOf(all))}</span>
      <span className="small">{word(props.label)}</span>
    </Link>
  );
}

const groups: readonly { title: Word; kinds: readonly string[] }[] = [
  { title: "boxes", kinds: ["box"] },
  { title: "wristbands", kinds: ["wristband"] },
  { title: "otherDevices", kinds: ["blood-pressure", "glucose", "scale"] },
];

function PresenceCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word } = useSpeech();
  return (
    <section className="card span" aria-labelledby="presence">
      <h2 id="presence">{word("presenceAndCause")}</h2>
      {groups.map(({ title, kinds }) => {
        const counts = summary.presence.filter(({ kind }) => kinds.includes(kind));
        return counts.length === 0 ? null : (
          <PresenceBar key={title} title={word(title)} kinds={kinds} counts={counts} />
        );
      })}
    </section>
  );
}

function seesEmergencies(me: Me): boolean {
  return me.rights.includes("emergencies:read");
}

async function loadAll(me: Me): Promise<Answer<Shown>> {
  const [summary, emergencies, technical, accounting] = await Promise.all([
    get<FleetSummary>("/v1/fleet"),
    seesEmergencies(me) ? get<EventPage>(emergenciesAsked) : undefined,
    get<EventPage>(technicalAsked),
    me.rights.includes("accounting:read") ? get<AccountingView>("/v1/accounting") : undefined,
  ]);
  // What is missing is said, and what was known stays: a page without its emergencies would read as one with none.
  if (summary.kind === "problem") return summary;
  if (emergencies?.kind === "problem") return emergencies;
  if (technical.kind === "problem") return technical;
  if (accounting?.kind === "problem") return accounting;
  const body = {
    summary: summary.body,
    emergencies: emergencies?.body,
    technical: technical.body,
    accounting: accounting?.body,
  };
  return { kind: "ok", body };
}
