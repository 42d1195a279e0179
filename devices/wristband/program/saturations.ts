/**
 * Saturation: minutes are kept and judged, means of them are told, or of the values themselves where a mean is to be
 * shorter than a minute or two.
 * @source catalogue WB-30, WB-31, WB-32
 */
import type { Gap, Reading, Report } from "#devices/wristband/signals/report.ts";
import { createRing } from "#devices/wristband/signals/ring.ts";
import { createSaturation, saturationSettings } from "#devices/wristband/signals/spo2.ts";
import { createMeans, type Measure } from "#devices/wristband/signals/windows.ts";

import type { LayerHost, Plan } from "./layer.ts";
import { flawOf, type WristState } from "./wrist-state.ts";

/** An hour of minutes. @source catalogue WB-30 */
export const minutesKept = 60;

/** What an oximeter gives, as it is told. */
export interface Saturations {
  push(measure: Measure): void;
  replan(): void;
  newest(): Measure | undefined;
  /** The last {@link minutesKept} minutes, tenths of a percent, newest first; 0 is a gap. */
  minute(age: number): number;
}

/** Begins to tell saturations. */
export type SaturationMaker = (host: LayerHost, wrist: WristState) => Saturations;

/** Minutes to keep and to judge; means of them, or of the values themselves when a mean is shorter. */
export function createSaturations(host: LayerHost, wrist: WristState): Saturations {
  const { everyMs, minuteMs, leastQuality } = saturationSettings;
  const settings = { ...saturationSettings };
  const minutes = createRing(new Int16Array(minutesKept));
  const shortOf = ({ spo2 }: Plan): boolean => spo2.window < 2 * minuteMs;
  const plan = { of: "spo2", leastQuality, enough: 0.5, everyMs } as const;
  let saturation = createSaturation(settings);
  let short = createMeans({ ...plan, windowMs: minuteMs });
  let newest: Measure | undefined;
  let last = 0;

  const tell = (report: Report): void => host.tell(report);
  const sort = (report: Report): void => {
    if (isMinute(report, minuteMs)) minutes.push(report.kind === "gap" ? 0 : 10 * report.value);
    else if (report.kind === "respiratory" || !shortOf(host.plan())) tell(report);
  };
  const count = (measure: Measure): void => {
    last = measure.t;
    settings.hypoxaemia = host.thresholds.hypoxaemia;
    saturation.push(measure).forEach(sort);
    if (shortOf(host.plan())) short.push(measure).forEach(tell);
  };
  const blank = (t: number): void => count({ t, value: 0, quality: 0, flaw: flawOf(wrist) });
  const replan = (): void => {
    settings.meanMs = shortOf(host.plan()) ? saturationSettings.meanMs : host.plan().spo2.window;
    saturation = createSaturation(settings);
    short = createMeans({ ...plan, windowMs: host.plan().spo2.window });
  };
  replan();
  host.add({
    name: "saturation",
    periodMs: everyMs,
    run: (now) => {
      if (now - last >= 1.5 * everyMs) blank(now);
      return false;
    },
  });
  return {
    push: (measure) => {
      newest = measure;
      if (wrist.worn) count(measure);
      else blank(measure.t);
    },
    replan,
    newest: () => newest,
    minute: (age) => minutes.at(age),
  };
}

function isMinute(report: Report, minuteMs: number): report is Reading | Gap {
  return (report.kind === "spo2" || report.kind === "gap") && report.window === minuteMs;
}
