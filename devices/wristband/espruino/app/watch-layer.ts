/**
 * The detectors on a watch that takes some thirty times as long for a call as a computer: the same as in the sample
 * layer, told less often and in blocks.
 * @source spec/firmware.md §3.3; catalogue WB-12
 */
import type { Layer } from "#devices/wristband/program/layer.ts";
import { createVitals, type Vitals, vitalsBytes } from "#devices/wristband/program/vitals.ts";
import { fallSettings } from "#devices/wristband/signals/fall.ts";
import { createWearWatch } from "#devices/wristband/signals/wear.ts";

import { type Arm, createArm } from "./arm.ts";
import { createGlow, createLit, type Lit } from "./lit.ts";
import { createRecent, kept } from "./recent.ts";
import type { AccelEvent, LightEvent } from "./watch.ts";

/** The layer, and where the watch's events go, dated by itself. */
export interface WatchLayer extends Layer {
  readonly feel: (event: AccelEvent) => void;
  readonly see: (event: LightEvent) => void;
}

/** How often it looks at what has come, ms. */
const lookEveryMs = 1000;
/** What it keeps of samples, and what the detectors hold. */
const sampleBytes = kept * 16 + 64 * 12;
const detectorBytes = 4352;

interface Parts {
  readonly vitals: Vitals;
  readonly arm: Arm;
  readonly lit: Lit;
}

/** A layer without an oximeter, which the watch has not; `seconds` is the watch's own way to tell the time. */
export function createWatchLayer(seconds: () => number): WatchLayer {
  const recent = createRecent({ seconds, triggerMg: fallSettings.triggerMg });
  const glow = createGlow(seconds);
  let parts: Parts | undefined;
  return {
    vitals: ["heart-rate"],
    bytes: sampleBytes + detectorBytes + vitalsBytes,
    feel: recent.feel,
    see: glow.see,
    begin: (host) => {
      const vitals = createVitals(host);
      const arm = createArm({ host, vitals, recent });
      const lit = createLit(host, vitals, glow);
      const watch = createWearWatch();
      parts = { vitals, arm, lit };
      const more = host.add({ name: "strike", periodMs: 0, run: (now) => arm.look(now) });
      host.add({
        name: "sensors",
        periodMs: lookEveryMs,
        run: (t) => {
          lit.look();
          const report = watch.push({ t, light: lit.mean(), charging: host.charging() });
          if (report !== undefined) {
            arm.wear(report.wear === "worn");
            vitals.wear(report);
          }
          more.wake(t);
          return false;
        },
      });
    },
    replan: (now) => {
      parts?.lit.replan();
      parts?.vitals.replan(now);
    },
    dismiss: () => parts?.arm.dismiss(),
    sense: (vital, now) => parts?.vitals.sense(vital, now),
    gravity: (now) => parts?.arm.gravity(now),
  };
}
