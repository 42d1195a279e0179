/** A wearer whose heart beats and whose feet step: the detectors are left out, nothing above them. */
import { createBeatLayer } from "#devices/wristband/program/beat-layer.ts";
import { Seconds } from "#wire/units.ts";

import { createHeart } from "../physiology/beats.ts";
import { createGait } from "../physiology/gait.ts";
import { createOximetry } from "../physiology/oximetry.ts";
import { fed, toldQuality, type Wearer } from "./wearer.ts";

/** The wearer of this seed. */
export function beatsWearer(seed: number): Wearer {
  return (body, start) => {
    const heart = createHeart(seed, start);
    const gait = createGait(seed);
    const oximetry = createOximetry(body);
    const layer = createBeatLayer();
    let fedTo = start;
    const feed = (t: number): void => {
      const now = start + t;
      const wear = body.wear(now);
      const beats = heart.upTo(now);
      layer.wear(t, wear);
      if (wear === "worn") {
        for (const { t: at, interval, quality } of beats) {
          layer.beat({ t: at - start, interval, quality });
        }
        const steps = gait({ from: fedTo, to: now });
        layer.still(steps === 0);
        if (steps > 0) layer.steps(t, steps);
        const seen = oximetry(now);
        if (seen !== undefined) layer.oximetry({ t, ...seen });
      }
      fedTo = now;
    };
    return {
      layer: fed(layer, { periodMs: Seconds(1), feed }),
      // Heart and breath say so themselves.
      befalls: (kind, t) => {
        if (kind === "fall") layer.fall({ t, quality: toldQuality });
      },
    };
  };
}
