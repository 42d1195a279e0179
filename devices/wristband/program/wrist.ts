/**
 * What the layer reports of the body in ordinary times: readings go out, and a sensor that gives none
 * is said to, with the reason, when that changes.
 * @source catalogue WB-20, WB-21, WB-25, WB-29, WB-30, WB-32
 */
import type {
  Gap,
  Measured,
  Reading,
  Wear,
  WearReport,
} from "#devices/wristband/signals/report.ts";
import type { Leaf } from "#wire/bodies/leaf.ts";

import type { Core } from "./core.ts";
import type { Vital } from "./layer.ts";

export interface Wrist {
  wear(): Wear;
  worn(report: WearReport): void;
  reading(reading: Reading): void;
  gap(gap: Gap): void;
  /** All that is known, for a report at the start. */
  leaves(): readonly Leaf[];
}

/** The sensors by what they measure; steps come from one that is never silent while it is worn. */
const sensors = { "heart-rate": "sensors/ppg", spo2: "sensors/oximeter" } as const;

/** A wrist that nothing is known of. */
export function createWrist({ display, settings, speech }: Core): Wrist {
  let wear: Wear = "off";
  const has = (vital: Vital): boolean => settings.layer.vitals.indexOf(vital) >= 0;
  const stateOf = (vital: Vital): string => (has(vital) ? "off_wrist" : "absent");
  const states = { "heart-rate": stateOf("heart-rate"), spo2: stateOf("spo2") };
  const sense = (of: Measured, t: number, state: string): void => {
    if (of === "steps" || states[of] === state) return;
    states[of] = state;
    speech.report(t, [{ path: sensors[of], value: state }]);
  };
  const show = (): void => {
    if (wear === "off") display.show("off", "PAS AU POIGNET");
    else display.clear("off");
  };
  show();
  return {
    wear: () => wear,
    worn: (report) => {
      wear = report.wear;
      show();
      if (wear === "off") {
        speech.event({ t: report.t, event: "off_wrist", cause: "sensor", quality: 100 });
      }
      speech.report(report.t, wearLeaves(wear));
    },
    reading: ({ kind: metric, t, value, quality, window, flaw }) => {
      sense(metric, t, "ok");
      const told = { metric, t, value, quality, window };
      speech.reading(flaw === undefined ? told : { ...told, flaw });
    },
    gap: ({ of, t, why }) =>
      sense(of, t, why === "off_wrist" && wear === "charging" ? "charging" : why),
    leaves: () => [
      ...wearLeaves(wear),
      { path: sensors["heart-rate"], value: states["heart-rate"] },
      { path: sensors.spo2, value: states.spo2 },
    ],
  };
}

function wearLeaves(wear: Wear): readonly Leaf[] {
  return [
    { path: "wear/worn", value: wear === "worn" },
    { path: "wear/state", value: wear },
  ];
}
