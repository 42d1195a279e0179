import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";

import { type Speech, useSpeech } from "../language.ts";

/** A rate at an instant, ms. */
export interface RatePoint {
  readonly at: number;
  readonly perSecond: number;
}

const height = 160;

/** A rate over the last minutes as a line; the newest figure stands beside it as text. */
export function RateChart(props: { points: readonly RatePoint[]; label: string }): ReactNode {
  const speech = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const host = box.current;
    if (host === null) return undefined;
    const made = new uPlot(optionsFor(host.clientWidth, props.label, speech), [[], []], host);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height }));
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [speech, props.label]);
  useEffect(() => {
    const times = props.points.map(({ at }) => at / 1000);
    plot.current?.setData([times, props.points.map(({ perSecond }) => perSecond)]);
  }, [props.points, speech]);
  const last = props.points.at(-1);
  return (
    <>
      <p>
        <b>{last === undefined ? "–" : speech.number(last.perSecond)}</b> {props.label}
      </p>
      <div ref={box} aria-hidden="true" />
    </>
  );
}

function optionsFor(width: number, label: string, speech: Speech): uPlot.Options {
  const style = getComputedStyle(document.body);
  const ink = style.getPropertyValue("color");
  const line = "#2b8a93";
  const clock = new Intl.DateTimeFormat(speech.language, { hour: "2-digit", minute: "2-digit" });
  const grid = { stroke: "rgba(128,128,128,0.25)" };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    series: [{}, { label, stroke: line, width: 2, fill: "rgba(43,138,147,0.15)" }],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      { stroke: ink, grid, values: (_plot, ticks) => ticks.map((t) => clock.format(t * 1000)) },
      { stroke: ink, grid, size: 56, values: (_plot, ticks) => ticks.map(speech.number) },
    ],
  };
}
