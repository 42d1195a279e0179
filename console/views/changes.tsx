import type { ReactNode } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { Age, Notice } from "../badges.tsx";
import { By } from "../by.tsx";
import { BulkBadge, Wanted } from "../changes/plan.tsx";
import { TallyBar } from "../changes/tally-bar.tsx";
import { get } from "../client.ts";
import { useNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { useMay } from "../me.ts";
import { usePolled } from "../polled.ts";
import { changeHref, newChangeHref, useTitle } from "../route.ts";

const everyMs = 5000;

/** The bulk changes, newest first: what each wants of how many, and how far it has come. */
export function ChangesView(): ReactNode {
  const { word, ago } = useSpeech();
  const may = useMay();
  const now = useNow();
  const { value, at, problem } = usePolled(
    () => get<{ items: readonly BulkView[] }>("/v1/changes"),
    { everyMs, key: "" },
  );
  useTitle(word("changes"));
  return (
    <>
      <div className="row between">
        <h1>{word("changes")}</h1>
        {at > 0 && <span className="soft small">{word("updated", ago(now - at))}</span>}
      </div>
      <Notice problem={problem} at={at} />
      {may("changes:write") && (
        <p className="above">
          <Link className="button primary" href={newChangeHref("")}>
            {word("newChange")}
          </Link>
        </p>
      )}
      {value === undefined && problem === undefined && <p>{word("loading")}</p>}
      {value?.items.length === 0 && <p className="card">{word("noChange")}</p>}
      {value !== undefined && value.items.length > 0 && (
        <ChangeTable changes={value.items} now={now} />
      )}
    </>
  );
}

function ChangeTable(props: { changes: readonly BulkView[]; now: number }): ReactNode {
  const { word, number } = useSpeech();
  return (
    <div className="scroll card" tabIndex={0} role="region" aria-label={word("changes")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word("reason")}</th>
            <th scope="col">{word("state")}</th>
            <th scope="col" className="wide">
              {word("what")}
            </th>
            <th scope="col" className="number">
              {word("devices")}
            </th>
            <th scope="col" className="wide">
              {word("progress")}
            </th>
            <th scope="col" className="wide">
              {word("madeBy")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.changes.map((change) => (
            <tr key={change.id}>
              <th scope="row">
                <Link href={changeHref(change.id)}>{change.reason}</Link>
              </th>
              <td>
                <BulkBadge state={change.state} />
              </td>
              <td className="wide">
                <Wanted patch={change.patch} />
              </td>
              <td className="number">{number(change.devices)}</td>
              <td className="wide">
                <TallyBar tally={change.tally} />
                <span className="soft small">
                  {word("appliedOf", number(change.tally["applied"] ?? 0), number(change.devices))}
                </span>
              </td>
              <td className="wide">
                <By by={change.by} />, <Age at={change.at} now={props.now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
