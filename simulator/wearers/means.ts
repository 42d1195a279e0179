/** A wearer who is asked for the values of whole windows. */
import { createMeanLayer, type Meant, type Span } from "#devices/wristband/program/mean-layer.ts";
import { bandFlaws } from "#wire/bodies/up-body.ts";

import type { Measure } from "../physiology/body.ts";
import { toldQuality, type Wearer } from "./wearer.ts";

/** See above. */
export const meansWearer: Wearer = (body, start) => {
  const window = ({ from, to }: Span): Span => ({ from: start + from, to: start + to });
  const layer = createMeanLayer({
    wear: (t) => body.wear(start + t),
    heartRate: (span) => meant(body.heartRate(window(span))),
    spo2: (span) => meant(body.spo2(window(span))),
    steps: (span) => body.steps(window(span)),
  });
  const quality = toldQuality;
  return {
    layer,
    befalls: (kind, t) => {
      if (kind === "fall") layer.fall({ t, quality });
      else layer.tell({ kind, t, quality, why: kind === "cardiac" ? "no_pulse" : "hypoxaemia" });
    },
  };
};

/** A wristband says one thing that is wrong with a value. */
function meant(measure: Measure | undefined): Meant | undefined {
  const flaw = bandFlaws.find((one) => measure?.flags?.includes(one));
  return measure && flaw !== undefined ? { ...measure, flaw } : measure;
}
