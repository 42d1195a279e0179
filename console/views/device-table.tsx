import type { ReactNode } from "react";

import type { TwinRow } from "#api/twins/contract.ts";

import { Battery, Heard, PresenceBadge } from "../badges.tsx";
import type { Word } from "../copy-en.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { go, listHref, type ListPlace, pastHref } from "../route.ts";
import { WishBadge } from "../twin/wish.tsx";

/** `wide` columns are left out where there is no room for them. */
const headings: readonly { label: Word; column: string; className?: string }[] = [
  { label: "device", column: "id" },
  { label: "kind", column: "kind", className: "wide" },
  { label: "home", column: "box", className: "wide" },
  { label: "presence", column: "presence.state" },
  { label: "wishes", column: "sync.state", className: "wide" },
  { label: "battery", column: "power.battery" },
  { label: "backlog", column: "buffer.depth", className: "wide number" },
  { label: "firmware", column: "firmware.version", className: "wide" },
  { label: "heard", column: "presence.heardAt" },
];

/** How long a row that has just changed stands out, ms. */
const newMs = 4000;

/** Devices, one a row; a click on a heading sorts by it, another turns the order round. */
export function DeviceTable(props: {
  rows: readonly TwinRow[];
  now: number;
  place: ListPlace;
}): ReactNode {
  const { word } = useSpeech();
  return (
    <div className="scroll card" tabIndex={0} role="region" aria-label={word("devices")}>
      <table>
        <thead>
          <tr>
            {headings.map((heading) => (
              <Heading key={heading.column} {...heading} place={props.place} />
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <Row key={row.id} row={row} now={props.now} at={props.place.at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading(props: {
  label: Word;
  column: string;
  className?: string;
  place: ListPlace;
}): ReactNode {
  const { word } = useSpeech();
  const { sort } = props.place;
  const up = sort === props.column;
  const down = sort === `-${props.column}`;
  const next = up ? `-${props.column}` : props.column;
  return (
    <th
      scope="col"
      className={props.className}
      aria-sort={up ? "ascending" : down ? "descending" : undefined}
    >
      <button type="button" onClick={() => go(listHref({ ...props.place, sort: next }))}>
        {word(props.label)}
        <span aria-hidden="true">{up ? " ▲" : down ? " ▼" : ""}</span>
      </button>
    </th>
  );
}

/** How often devices are expected, ms; others are used by hand. */
const expected: Readonly<Partial<Record<TwinRow["kind"], number>>> = {
  box: 30_000,
  wristband: 120_000,
};
const byHandMs = 86_400_000;

function Row(props: { row: TwinRow; now: number; at: number | undefined }): ReactNode {
  const { name, number } = useSpeech();
  const { row, now, at } = props;
  const { box, presence, power, buffer, firmware, sync } = row;
  // What an online box holds comes and goes within seconds; its twin hears of it only when its presence changes.
  const backlog = presence.state === "online" ? null : buffer.depth;
  const signs = { ...presence, expectEveryMs: expected[row.kind] ?? byHandMs };
  return (
    <tr className={now - row.modifiedAt < newMs ? "changed" : ""}>
      <th scope="row">
        <Link href={pastHref(row.id, at)}>{row.id}</Link>
      </th>
      <td className="wide">{name("kind", row.kind)}</td>
      <td className="wide">{box ?? "–"}</td>
      <td>
        <PresenceBadge presence={presence} backlog={backlog} />
      </td>
      <td className="wide">{sync.state === null ? "–" : <WishBadge state={sync.state} />}</td>
      <td>
        <Battery percent={power.battery} source={power.source} />
      </td>
      <td className="wide number">{backlog === null ? "–" : number(backlog)}</td>
      <td className="wide">{firmware.version ?? "–"}</td>
      <td>
        {/* Single signs are not remembered. */}
        {at === undefined ? <Heard signs={signs} now={now} /> : "–"}
      </td>
    </tr>
  );
}
