import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";

import { type Speech, useSpeech } from "../language.ts";
import { historyMs, type RatePoint } from "./rate-history.ts";

/** Ticks of the time axis, s: no two of them are in the same minute. */
const ticks = [60, 120, 300];
/** Ticks of the rate axis, each written in full by the format of numbers. */
const steps = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000];

/** A rate over the last ten minutes as a line; where nobody looked there is none. */
export function RateChart(props: { points: readonly RatePoint[] }): ReactNode {
  const speech = useSpeech();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const host = frame.current;
    if (host === null) return undefined;
    const made = new uPlot({ ...sizeOf(host), ...optionsFor(speech) }, [[], []], host);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize(sizeOf(host)));
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [speech]);
  useEffect(() => {
    const times = props.points.map(({ at }) => at / 1000);
    plot.current?.setData([times, props.points.map(({ perSecond }) => perSecond)]);
  }, [props.points, speech]);
  return <div ref={frame} className="chart" aria-hidden="true" />;
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: host.clientWidth, height: host.clientHeight };
}

function optionsFor(speech: Speech): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--soft");
  const line = style.getPropertyValue("--brand");
  const grid = { stroke: style.getPropertyValue("--line"), width: 1 };
  return {
    legend: { show: false },
    cursor: { show: false },
    series: [{}, { stroke: line, width: 2, fill: `color-mix(in srgb, ${line} 15%, transparent)` }],
    scales: {
      x: { range: (_plot, _low, high) => [high - historyMs / 1000, high] },
      y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      {
        stroke: ink,
        grid,
        incrs: ticks,
        values: (_plot, at) => at.map((t) => speech.clock(t * 1000)),
      },
      { stroke: ink, grid, incrs: steps, size: 56, values: (_plot, at) => at.map(speech.number) },
    ],
  };
}
