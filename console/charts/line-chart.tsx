import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";

import { useSpeech } from "../language.ts";

/** One line: its colour by the name of a property of the style, dashed or not, filled or not. */
export interface Line {
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly isFilled?: boolean;
}

/** How the axis of time is written. */
export interface TimeAxis {
  /** An instant of the data in words, s. */
  readonly read: (seconds: number) => string;
  /** Distances between ticks that read differently, s. */
  readonly ticks: readonly number[];
  /** How far back it goes from the newest, s; all there is unless given. */
  readonly back?: number;
}

/** Ticks of the axis of values, each written in full by the format of numbers. */
const steps = [1, 2, 5].flatMap((step) => [1, 10, 100, 1000, 10_000].map((ten) => step * ten));

/**
 * Values over time as lines; null is drawn as a gap. It is drawn for those who see it: whatever it shows also stands beside
 * it in figures. `lines` and `axis` must stay the same from one drawing to the next.
 */
export function LineChart(props: {
  data: uPlot.AlignedData;
  lines: readonly Line[];
  axis: TimeAxis;
}): ReactNode {
  const { number } = useSpeech();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const { data, lines, axis } = props;
  useEffect(() => {
    const host = frame.current;
    if (host === null) return undefined;
    const options = { ...sizeOf(host), ...optionsFor(lines, axis, number) };
    const made = new uPlot(options, [[], ...lines.map(() => [])], host);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize(sizeOf(host)));
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [lines, axis, number]);
  useEffect(() => plot.current?.setData(data), [data, lines, axis, number]);
  return <div ref={frame} className="chart" aria-hidden="true" />;
}

function sizeOf(host: HTMLElement): { width: number; height: number } {
  return { width: host.clientWidth, height: host.clientHeight };
}

function optionsFor(
  lines: readonly Line[],
  { read, ticks, back }: TimeAxis,
  number: (value: number) => string,
): Omit<uPlot.Options, "width" | "height"> {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--soft");
  const grid = { stroke: style.getPropertyValue("--line"), width: 1 };
  const series = lines.map(({ colour, dash, isFilled }): uPlot.Series => {
    const stroke = style.getPropertyValue(colour);
    const fill = `color-mix(in srgb, ${stroke} 15%, transparent)`;
    return {
      ...{ stroke, width: 2, points: { show: false } },
      ...(dash === undefined ? {} : { dash: [...dash] }),
      ...(isFilled === true ? { fill } : {}),
    };
  });
  return {
    legend: { show: false },
    cursor: { show: false },
    series: [{}, ...series],
    scales: {
      x: {
        time: false,
        range: (_plot, low, high) => [back === undefined ? low : high - back, high],
      },
      y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      { stroke: ink, grid, incrs: [...ticks], values: (_plot, at) => at.map(read) },
      { stroke: ink, grid, incrs: steps, size: 56, values: (_plot, at) => at.map(number) },
    ],
  };
}
