import { type ReactNode, useEffect, useMemo, useState } from "react";

import type { BulkView } from "#api/changes/contract.ts";

import { type Line, LineChart, type TimeAxis } from "../charts/line-chart.tsx";
import { serverNow } from "../clock.ts";
import { useSpeech } from "../language.ts";
import { TallyBar, TallyLegend } from "./tally-bar.tsx";

/** What is drawn, each told from the others by its dashes too. */
const drawn = ["applied", "waiting", "rejected", "silent"] as const;
const lines: readonly Line[] = [
  { colour: "--online", isFilled: true },
  { colour: "--returned", dash: [8, 4] },
  { colour: "--silent", dash: [3, 3] },
  { colour: "--late", dash: [10, 3, 2, 3] },
];
/** Distances between ticks, s: from a second to a day. */
const ticks = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];
const pointsMost = 2000;

interface Point {
  readonly at: number;
  readonly tally: BulkView["tally"];
}

/** How far a change has come: now as a bar and in figures, and over time since one looks. */
export function Progress({ change }: { change: BulkView }): ReactNode {
  const { word, span, name } = useSpeech();
  const points = usePoints(change);
  const axis = useMemo<TimeAxis>(() => ({ read: (at) => span(at * 1000), ticks }), [span]);
  const data = useMemo(() => seriesOf(points), [points]);
  return (
    <section className="card below" aria-labelledby="progress">
      <h2 id="progress">{word("progress")}</h2>
      <TallyBar tally={change.tally} />
      <TallyLegend tally={change.tally} devices={change.devices} />
      {points.length > 2 && (
        <figure className="column tall">
          <LineChart data={data} lines={lines} axis={axis} />
          <figcaption className="soft small">
            {word("progressOver")}{" "}
            {drawn.map((state, at) => (
              <span key={state} className={`key key-${at}`}>
                {name("item", state)}
              </span>
            ))}
          </figcaption>
        </figure>
      )}
    </section>
  );
}

/** The tally as it was seen, from the start on, when it was nothing. */
function usePoints(change: BulkView): readonly Point[] {
  const { tally } = change;
  const start = change.steps.find(({ act }) => act === "start")?.at;
  const [points, setPoints] = useState<readonly Point[]>([]);
  useEffect(() => {
    if (start === undefined) return;
    setPoints((before) => {
      const begun = before.length > 0 ? before : [{ at: start, tally: {} }];
      return [...begun, { at: serverNow(), tally }].slice(-pointsMost);
    });
  }, [tally, start]);
  return points;
}

function seriesOf(points: readonly Point[]): [number[], ...number[][]] {
  const start = points[0]?.at ?? 0;
  return [
    points.map(({ at }) => Math.max(0, at - start) / 1000),
    ...drawn.map((state) => points.map(({ tally }) => tally[state] ?? 0)),
  ];
}
