import type { ReactNode } from "react";

import type { TwinView } from "#api/twins/contract.ts";

import { Age } from "../badges.tsx";
import { Figure } from "../figure.tsx";
import { useSpeech } from "../language.ts";
import { useMay } from "../me.ts";
import { type LeafRow, leafRows } from "./leaf-rows.ts";
import { AboutWish, WishBadge } from "./wish.tsx";

/** How long a leaf that has just come stands out, ms. */
const newMs = 4000;

/** Every leaf of a twin, part by part: what is reported, and beside it what is desired and how far that has come. */
export function LeafTable(props: {
  twin: TwinView;
  now: number;
  wishFor: (row: LeafRow) => void;
}): ReactNode {
  const { word, name } = useSpeech();
  const mayWish = useMay()("twins:write");
  const parts = leafRows(props.twin, mayWish);
  if (parts.length === 0) return <p className="card below">{word("untold")}</p>;
  return (
    <div className="scroll card below" tabIndex={0} role="region" aria-label={word("value")}>
      <table className="leaves">
        <thead>
          <tr>
            <th scope="col">{word("leaf")}</th>
            <th scope="col">{word("value")}</th>
            <th scope="col">{word("age")}</th>
            <th scope="col" className="desired">
              {word("desired")}
            </th>
            <th scope="col" className="wide">
              {word("quality")}
            </th>
            <th scope="col" className="wide">
              {word("arrived")}
            </th>
            <th scope="col" className="wide">
              {word("source")}
            </th>
          </tr>
        </thead>
        {parts.map(({ part, rows }) => (
          <tbody key={part}>
            <tr>
              <th scope="rowgroup" colSpan={7}>
                {name("part", part)}
              </th>
            </tr>
            {rows.map((row) => (
              <Row key={row.path} row={row} now={props.now} wishFor={mayWish && props.wishFor} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row(props: {
  row: LeafRow;
  now: number;
  wishFor: false | ((row: LeafRow) => void);
}): ReactNode {
  const { name } = useSpeech();
  const { row, now, wishFor } = props;
  const { path, leaf, wish, rule } = row;
  const known = name("leaf", path);
  const isNew = leaf !== undefined && now - leaf.r < newMs;
  return (
    <>
      <tr className={isNew ? "changed" : ""}>
        <th scope="row">
          {known === path ? path.slice(path.indexOf("/") + 1) : known}{" "}
          <code className="soft wide">{path.replaceAll("/", ".")}</code>
        </th>
        <Reported row={row} now={now} />
        <td className="desired">
          {wish !== undefined && (
            <>
              <Figure path={path} value={row.desired} />{" "}
              <span aria-live="polite">
                <WishBadge state={wish.state} />
              </span>{" "}
            </>
          )}
          {wishFor !== false && rule !== undefined && (
            <Change known={known} {...{ row, wishFor }} />
          )}
        </td>
        <Origin row={row} now={now} />
      </tr>
      {wish !== undefined && (
        <tr className="about">
          <td colSpan={7}>
            <AboutWish wish={wish} now={now} />
          </td>
        </tr>
      )}
    </>
  );
}

function Change(props: {
  known: string;
  row: LeafRow;
  wishFor: (row: LeafRow) => void;
}): ReactNode {
  const { word } = useSpeech();
  const label = word("change");
  return (
    <button
      type="button"
      className="slight"
      aria-label={`${label} ${props.known}`}
      onClick={() => props.wishFor(props.row)}
    >
      {label}
    </button>
  );
}

function Reported({ row, now }: { row: LeafRow; now: number }): ReactNode {
  const { word } = useSpeech();
  const { path, leaf } = row;
  if (leaf === undefined) {
    return (
      <td colSpan={2} className="soft">
        {word("notReported")}
      </td>
    );
  }
  const isStale = leaf.staleAt !== null && now >= leaf.staleAt;
  return (
    <>
      <td>
        <Figure path={path} value={leaf.value} />
      </td>
      <td>
        <Age at={leaf.t} now={now} bare />{" "}
        {isStale && <span className="stale small">{word("stale")}</span>}
      </td>
    </>
  );
}

function Origin({ row: { leaf }, now }: { row: LeafRow; now: number }): ReactNode {
  const { name, percent } = useSpeech();
  if (leaf === undefined) return <td colSpan={3} className="wide" />;
  const { quality, qualityPercent, r, source } = leaf;
  return (
    <>
      <td className="wide">
        {name("quality", quality)}
        {qualityPercent !== null && `, ${percent(qualityPercent)}`}
      </td>
      <td className="wide">
        <Age at={r} now={now} />
      </td>
      <td className="wide soft small">{name("source", source)}</td>
    </>
  );
}
