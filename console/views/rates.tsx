import type { ReactNode } from "react";

import type { FleetSummary } from "#api/fleet/contract.ts";

import { RateChart } from "../charts/rate-chart.tsx";
import { historyMs, type RatePoint } from "../charts/rate-history.ts";
import { useSpeech } from "../language.ts";

/** What flows through the installation now, what waits in it, and the last minutes as a line. */
export function RatesCard(props: {
  installation: FleetSummary["installation"];
  points: readonly RatePoint[];
}): ReactNode {
  const { word, number, span } = useSpeech();
  const { messagesPerSecond, readingsPerSecond, waitingEntries, lagMs } = props.installation;
  const text = (value: number | null, unit: string): string =>
    value === null ? "–" : `${number(value)}\u00a0${unit}`;
  const figures = [
    { label: word("messages"), value: text(messagesPerSecond, word("perSecond")) },
    { label: word("readings"), value: text(readingsPerSecond, word("perSecond")) },
    { label: word("waiting"), value: text(waitingEntries, word("unit.entries")) },
    { label: word("lag"), value: text(lagMs, "ms") },
  ];
  return (
    <section className="card column" aria-labelledby="rates">
      <h2 id="rates">
        {word("rates")} <span className="soft small">{word("wholeInstallation")}</span>
      </h2>
      <dl className="figures">
        {figures.map(({ label, value }) => (
          <div key={label}>
            <dt className="soft small">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <figure>
        <RateChart points={props.points} />
        <figcaption className="soft small">{word("chart", span(historyMs))}</figcaption>
      </figure>
    </section>
  );
}
