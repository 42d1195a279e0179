import type { ReactNode } from "react";

import type { Leaf, TwinView as Twin } from "#api/twins/contract.ts";

import { LiveMark, PresenceBadge } from "../badges.tsx";
import { get } from "../client.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useLive, useNow, usePolled } from "../live.ts";
import { unitOf } from "../units.ts";

const everyMs = 30_000;

/** One device, whole: presence with its cause, then every leaf with value, unit, quality and age. */
export function TwinView({ serial }: { serial: string }): ReactNode {
  const { word } = useSpeech();
  const now = useNow();
  const { value, at, refresh } = usePolled(
    () => get<Twin>(`/v1/twins/${encodeURIComponent(serial)}`),
    { everyMs, key: serial },
  );
  const live = useLive(`id==${serial}`, refresh);
  if (value === undefined) return <p>{word("loading")}</p>;
  if (value.kind === "problem") {
    return (
      <p role="alert" className="notice">
        {value.status === 404 ? word("notFound") : `${word("failed")} ${value.detail}`}
      </p>
    );
  }
  const twin = value.body;
  return (
    <>
      <div className="row between">
        <h1>{twin.id}</h1>
        <LiveMark open={live.open} at={at} now={now} />
      </div>
      <Summary twin={twin} now={now} />
      {Object.entries(twin.parts)
        .filter(([, part]) => Object.keys(part.leaves).length > 0)
        .map(([name, part]) => (
          <PartCard key={name} name={name} leaves={part.leaves} now={now} />
        ))}
    </>
  );
}

function Summary({ twin, now }: { twin: Twin; now: number }): ReactNode {
  const { word, age, number } = useSpeech();
  const { presence, links } = twin;
  const rows: readonly (readonly [string, ReactNode])[] = [
    [word("kind"), word(twin.kind)],
    [word("presence"), <PresenceBadge key="presence" {...presence} />],
    [word("since"), age(now - presence.since)],
    [word("heard"), presence.heardAt === null ? word("never") : age(now - presence.heardAt)],
    [word("expected"), age(presence.expectEveryMs)],
    [word("home"), links.box === null ? "–" : <BoxLink key="box" box={links.box} of={twin.id} />],
    [word("revision"), `${number(twin.rev)} · ${word("age")} ${age(now - twin.modifiedAt)}`],
  ];
  return (
    <section className="card" aria-label={twin.id}>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="soft small">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function BoxLink({ box, of }: { box: string; of: string }): ReactNode {
  return box === of ? box : <Link href={`/devices/${box}`}>{box}</Link>;
}

function PartCard(props: {
  name: string;
  leaves: Readonly<Record<string, Leaf>>;
  now: number;
}): ReactNode {
  const { word } = useSpeech();
  return (
    <section className="card below" aria-labelledby={`part-${props.name}`}>
      <h2 id={`part-${props.name}`}>{word(props.name)}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby={`part-${props.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{word("leaf")}</th>
              <th scope="col">{word("value")}</th>
              <th scope="col">{word("quality")}</th>
              <th scope="col">{word("age")}</th>
              <th scope="col">{word("arrived")}</th>
              <th scope="col">{word("source")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(props.leaves).map(([path, leaf]) => (
              <LeafRow
                key={`${path}@${leaf.r}`}
                name={`${props.name}/${path}`}
                leaf={leaf}
                now={props.now}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function LeafRow(props: { name: string; leaf: Leaf; now: number }): ReactNode {
  const { word, age, number } = useSpeech();
  const { leaf, now } = props;
  const stale = leaf.staleAt !== null && now >= leaf.staleAt;
  const value = typeof leaf.value === "number" ? number(leaf.value) : textOf(leaf.value);
  return (
    <tr className={now - leaf.r < 4000 ? "changed" : ""}>
      <th scope="row">{props.name.replace(/^[^/]*\//, "")}</th>
      <td>
        <b>{value}</b> {unitOf(props.name)}
      </td>
      <td>
        {word(leaf.quality)}
        {leaf.qualityPercent === null ? "" : ` ${number(leaf.qualityPercent)} %`}
      </td>
      <td>
        {age(now - leaf.t)} {stale && <span className="stale">{word("stale")}</span>}
      </td>
      <td>{age(now - leaf.r)}</td>
      <td className="soft small">{leaf.source}</td>
    </tr>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
