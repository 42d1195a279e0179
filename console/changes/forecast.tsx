import type { ReactNode } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { useSpeech } from "../language.ts";
import { Link } from "../link.tsx";
import { changeHref, deviceHref } from "../route.ts";
import { LeafChanges } from "./leaf-changes.tsx";
import { plainPath } from "./patch-leaves.ts";

type ForecastView = BulkView["forecast"];

/** What the dry run found: how many would change, how much would be hit, what is in the way, and examples. */
export function Forecast({ change }: { change: BulkView }): ReactNode {
  const { word, number } = useSpeech();
  const { forecast, devices } = change;
  const figures = [
    ["matched", devices],
    ["wouldChange", forecast.changed],
    ["alreadySo", forecast.unchanged],
    ["impossible", forecast.impossible],
  ] as const;
  return (
    <section className="card below" aria-labelledby="forecast">
      <h2 id="forecast">{word("dryRun")}</h2>
      <dl className="figures">
        {figures.map(([label, count]) => (
          <div key={label}>
            <dt className="soft small">{word(label)}</dt>
            <dd>{number(count)}</dd>
          </div>
        ))}
      </dl>
      <Blast blast={forecast.blast} />
      <Conflicts conflicts={forecast.conflicts} />
      {forecast.samples.length > 0 && <Samples samples={forecast.samples} />}
    </section>
  );
}

function Blast({ blast }: { blast: ForecastView["blast"] }): ReactNode {
  const { word, name, number, percent } = useSpeech();
  const rows = (["clinical", "technical"] as const).flatMap((kind) => {
    const hit = blast[kind];
    return hit === undefined ? [] : [{ kind, ...hit }];
  });
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{word("blast")}</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={word("blast")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{word("riskClass")}</th>
              <th scope="col" className="number">
                {word("homes")}
              </th>
              <th scope="col" className="number">
                {word("devices")}
              </th>
              <th scope="col" className="wide">
                {word("leaves")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, homes, homeShare, devices, deviceShare, leaves }) => (
              <tr key={kind}>
                <th scope="row">
                  <span className={kind === "clinical" ? "badge state-silent" : "badge"}>
                    {name("risk", kind)}
                  </span>
                </th>
                <td className="number">
                  <b>{number(homes)}</b> · {percent(100 * homeShare)}
                </td>
                <td className="number">
                  <b>{number(devices)}</b> · {percent(100 * deviceShare)}
                </td>
                <td className="wide">
                  {leaves.map((leaf) => name("leaf", plainPath(leaf))).join(", ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {blast.clinical !== undefined && <p className="soft small">{word("aboutClinical")}</p>}
    </>
  );
}

function Conflicts({ conflicts }: { conflicts: ForecastView["conflicts"] }): ReactNode {
  const { word, number, name } = useSpeech();
  if (conflicts.length === 0) return <p className="below">{word("noConflict")}</p>;
  return (
    <div className="notice below">
      {word("conflicts")}
      <ul>
        {conflicts.map(({ change, paths, devices, samples }) => (
          <li key={change}>
            <Link href={changeHref(change)}>{change}</Link>
            {word("colon")} {paths.map((path) => name("leaf", plainPath(path))).join(", ")},{" "}
            {word("onDevices", number(devices))} ({samples.join(", ")})
          </li>
        ))}
      </ul>
    </div>
  );
}

function Samples({ samples }: { samples: ForecastView["samples"] }): ReactNode {
  const { word } = useSpeech();
  return (
    <>
      <h3>{word("samples")}</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={word("samples")}>
        <table>
          <tbody>
            {samples.map(({ device, leaves }) => (
              <tr key={device}>
                <th scope="row">
                  <Link href={deviceHref(device)}>{device}</Link>
                </th>
                <td>
                  <LeafChanges leaves={leaves} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
