import type { ReactNode } from "react";

import type { FleetSummary } from "#api/fleet/contract.ts";

import { Histogram } from "../charts/histogram.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { listHref } from "../route.ts";

/** Percent under which a battery is low. */
const lowBelow = 20;
const online = "presence.state=in=(online,returned)";
const away = "presence.state=out=(online,returned)";

/** How many devices have how much battery left; those that tell none are said apart. */
export function BatteryCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, number } = useSpeech();
  const rows = summary.battery.map(({ from, below, count }) => ({
    label: `${from}–${Math.min(below, 100)}\u00a0%`,
    count,
    alarming: below <= lowBelow,
    href: listHref({ filter: `power.battery=ge=${from};power.battery=lt=${below}` }),
  }));
  return (
    <section className="card" aria-labelledby="battery">
      <h2 id="battery">{word("battery")}</h2>
      <Histogram rows={rows} />
      <p className="soft small">
        <Link href={listHref({ filter: "power.battery==null" })}>
          {word("batteryUntold", number(summary.batteryUnknown))}
        </Link>
      </p>
    </section>
  );
}

/** How many devices were last heard how long ago. */
export function FreshnessCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, span } = useSpeech();
  const { at, freshness, neverHeard } = summary;
  const [, ...older] = freshness;
  const heard = older.map(({ withinMs, count }, index) => {
    const from = freshness[index]?.withinMs ?? 0;
    const before = `${away};presence.heardAt=le=${at - from}`;
    if (withinMs === null) return { label: word("over", span(from)), count, filter: before };
    const filter = `${before};presence.heardAt=gt=${at - withinMs}`;
    return { label: `${span(from)} – ${span(withinMs)}`, count, filter };
  });
  const rows = [
    { label: word("underway"), count: freshness[0]?.count ?? 0, filter: online },
    ...heard,
    { label: word("never"), count: neverHeard, filter: `${away};presence.heardAt==null` },
  ];
  return (
    <section className="card" aria-labelledby="freshness">
      <h2 id="freshness">{word("freshness")}</h2>
      <Histogram
        rows={rows.map(({ filter, ...row }) => ({ ...row, href: listHref({ filter }) }))}
      />
    </section>
  );
}

/** How many devices run which firmware, kind by kind. */
export function FirmwareCard({ summary }: { summary: FleetSummary }): ReactNode {
  const { word, name } = useSpeech();
  const rows = summary.firmware
    .toSorted((a, b) => a.kind.localeCompare(b.kind) || b.count - a.count)
    .map(({ kind, version, count }) => ({
      label: `${name("kind", kind)} ${version ?? word("unknown")}`,
      count,
      href: listHref({ filter: `kind==${kind};firmware.version==${version}` }),
    }));
  return (
    <section className="card" aria-labelledby="firmware">
      <h2 id="firmware">{word("firmware")}</h2>
      <Histogram rows={rows} />
    </section>
  );
}
