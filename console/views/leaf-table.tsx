import type { ReactNode } from "react";

import type { Leaf, TwinView } from "#api/twins/contract.ts";

import { Age } from "../badges.tsx";
import { type Speech, useSpeech } from "../language.ts";
import { unitOf } from "../units.ts";

/** How long a leaf that has just come stands out, ms. */
const newMs = 4000;

/** Every leaf of a twin, part by part, vital signs first. */
export function LeafTable(props: { parts: TwinView["parts"]; now: number }): ReactNode {
  const { word, name } = useSpeech();
  const parts = Object.entries(props.parts)
    .filter(([, { leaves }]) => Object.keys(leaves).length > 0)
    .toSorted(([a], [b]) => Number(b === "vitals") - Number(a === "vitals"));
  if (parts.length === 0) return <p className="card below">{word("untold")}</p>;
  return (
    <div className="scroll card below" tabIndex={0} role="region" aria-label={word("value")}>
      <table className="leaves">
        <thead>
          <tr>
            <th scope="col">{word("leaf")}</th>
            <th scope="col">{word("value")}</th>
            <th scope="col">{word("age")}</th>
            <th scope="col">{word("quality")}</th>
            <th scope="col" className="wide">
              {word("arrived")}
            </th>
            <th scope="col" className="wide">
              {word("source")}
            </th>
          </tr>
        </thead>
        {parts.map(([part, { leaves }]) => (
          <tbody key={part}>
            <tr>
              <th scope="rowgroup" colSpan={6}>
                {name("part", part)}
              </th>
            </tr>
            {Object.entries(leaves).map(([path, leaf]) => (
              <LeafRow key={path} part={part} path={path} leaf={leaf} now={props.now} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function LeafRow(props: { part: string; path: string; leaf: Leaf; now: number }): ReactNode {
  const speech = useSpeech();
  const { word, name, percent } = speech;
  const { part, path, leaf, now } = props;
  const whole = `${part}/${path}`;
  const isStale = leaf.staleAt !== null && now >= leaf.staleAt;
  const known = name("leaf", whole);
  return (
    <tr className={now - leaf.r < newMs ? "changed" : ""}>
      <th scope="row">
        {known === whole ? path : known}{" "}
        <code className="soft wide">{whole.replaceAll("/", ".")}</code>
      </th>
      <td>
        <b>{valueText(whole, leaf.value, speech)}</b>
        {"\u00a0"}
        {unitOf(whole, word)}
      </td>
      <td>
        <Age at={leaf.t} now={now} bare />{" "}
        {isStale && <span className="stale small">{word("stale")}</span>}
      </td>
      <td>
        {name("quality", leaf.quality)}
        {leaf.qualityPercent !== null && `, ${percent(leaf.qualityPercent)}`}
      </td>
      <td className="wide">
        <Age at={leaf.r} now={now} />
      </td>
      <td className="wide soft small">{name("source", leaf.source)}</td>
    </tr>
  );
}

/** Leaves whose value is an instant, ms. */
const instants: ReadonlySet<string> = new Set(["buffer/oldest"]);

function valueText(path: string, value: unknown, { number, name, time }: Speech): string {
  if (typeof value === "number") return instants.has(path) ? time(value) : number(value);
  if (typeof value === "string" || typeof value === "boolean") return name("value", String(value));
  return JSON.stringify(value);
}
