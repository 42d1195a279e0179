import { type ReactNode, useMemo } from "react";

import { useSpeech } from "../language.ts";
import { LineChart, type TimeAxis } from "./line-chart.tsx";
import { historyMs, type RatePoint } from "./rate-history.ts";

const lines = [{ colour: "--brand", isFilled: true }] as const;

/** A rate over the last ten minutes as a line; where nobody looked there is none. */
export function RateChart({ points }: { points: readonly RatePoint[] }): ReactNode {
  const { clock } = useSpeech();
  const axis = useMemo<TimeAxis>(
    // No two ticks are in the same minute.
    () => ({ read: (at) => clock(at * 1000), ticks: [60, 120, 300], back: historyMs / 1000 }),
    [clock],
  );
  const data = useMemo<[number[], (number | null)[]]>(
    () => [points.map(({ at }) => at / 1000), points.map(({ perSecond }) => perSecond)],
    [points],
  );
  return <LineChart data={data} lines={lines} axis={axis} />;
}
