import { type ReactNode, useState } from "react";

import type { BulkResult, BulkView } from "#api/changes/contract.ts";

import { Age, Notice } from "../badges.tsx";
import { Field } from "../fields.tsx";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { getPages } from "../pages.ts";
import { usePolled } from "../polled.ts";
import { deviceHref } from "../route.ts";
import { LeafChanges } from "./leaf-changes.tsx";
import { itemLooks, itemStates } from "./looks.ts";
import { plainPath } from "./patch-leaves.ts";

const pageSize = 50;
const everyMs = 10_000;

/** What became of each device, those in one state or all, a page at a time. */
export function Results({ change, now }: { change: BulkView; now: number }): ReactNode {
  const { word, name } = useSpeech();
  const [state, setState] = useState("");
  const [pages, setPages] = useState(1);
  const path = `/v1/changes/${encodeURIComponent(change.id)}/results`;
  const asked = { state, limit: String(pageSize) };
  const { value, at, problem } = usePolled(() => getPages<BulkResult>(path, asked, pages), {
    everyMs,
    key: JSON.stringify([change.rev, change.tally, state, pages]),
  });
  const { items = [], cursor = null } = value ?? {};
  return (
    <section className="card below" aria-labelledby="results">
      <h2 id="results">{word("results")}</h2>
      <div className="narrow">
        <Field label={word("state")}>
          {(ties) => (
            <select
              {...ties}
              value={state}
              onChange={(event) => {
                setState(event.target.value);
                setPages(1);
              }}
            >
              <option value="">{word("all")}</option>
              {itemStates.map((one) => (
                <option key={one} value={one}>
                  {name("item", one)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Notice problem={problem} at={at} />
      {items.length > 0 && <ResultTable items={items} now={now} />}
      {value !== undefined && items.length === 0 && <p className="below">{word("noResult")}</p>}
      {cursor !== null && (
        <button type="button" className="below" onClick={() => setPages(pages + 1)}>
          {word("more")}
        </button>
      )}
    </section>
  );
}

function ResultTable(props: { items: readonly BulkResult[]; now: number }): ReactNode {
  const { word, name } = useSpeech();
  return (
    <div className="scroll below" tabIndex={0} role="region" aria-label={word("results")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("device")}</th>
            <th scope="col">{word("state")}</th>
            <th scope="col">{word("since")}</th>
            <th scope="col" className="wide">
              {word("written")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.items.map(({ device, state, at, code, leaves, left }) => (
            <tr key={device}>
              <th scope="row">
                <Link href={deviceHref(device)}>{device}</Link>
              </th>
              <td>
                <span className={`badge state-${itemLooks[state]}`}>{name("item", state)}</span>{" "}
                <span className="soft small">
                  {code !== null && name("reason", code)}
                  {left.length > 0 &&
                    word("leftAlone", left.map((path) => name("leaf", plainPath(path))).join(", "))}
                </span>
              </td>
              <td>{at === null ? "–" : <Age at={at} now={props.now} bare />}</td>
              <td className="wide">
                <LeafChanges leaves={leaves} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
