/**
 * The accelerometer's detectors on the watch: all but the trigger in turns of their own.
 *
 * Steps and stillness are told the mean of each 80 ms, which is what steps make of their samples anyway. Falls are told
 * the last five seconds when something has struck and settled, and everything while one is suspected.
 * @source catalogue WB-12, WB-26, WB-28; docs/accuracy.md
 */
import type { Gravity, LayerHost } from "#devices/wristband/program/layer.ts";
import type { Vitals } from "#devices/wristband/program/vitals.ts";
import { settledMs } from "#devices/wristband/signals/fall-features.ts";
import { createFallDetector } from "#devices/wristband/signals/fall.ts";
import type { FallReport } from "#devices/wristband/signals/report.ts";
import { createStepCounter } from "#devices/wristband/signals/steps.ts";
import { createStillness } from "#devices/wristband/signals/stillness.ts";

import { kept, type Recent } from "./recent.ts";

/** The arm that wears the watch. */
export interface Arm {
  /** Looks at what has come, a while at most; true when there is more to look at. */
  readonly look: (now: number) => boolean;
  readonly wear: (worn: boolean) => void;
  readonly dismiss: () => void;
  readonly gravity: (now: number) => Gravity | undefined;
}

/** How much the fall detector is told in one turn: a tenth of a second's work. */
const sliceSamples = 16;
/** How long after the strongest sample it is described, and how much of what is kept is told then. */
const afterStrikeMs = settledMs + 100;
const toldSamples = kept - 2 * sliceSamples;
/** A sensor that has said nothing for so long, ms, is not asked. */
const silentMs = 5000;
/** How quickly what is felt of gravity follows: over some twenty samples. */
const gravityShare = 0.05;

/** What an arm needs. */
export interface ArmNeeds {
  readonly host: LayerHost;
  readonly vitals: Vitals;
  readonly recent: Recent;
}

/** The arm of a watch that begins now. */
export function createArm(needs: ArmNeeds): Arm {
  const { host, vitals, recent } = needs;
  const falls = createFallWatch(host, recent);
  const pace = createPace(needs);
  return {
    look: (now) => {
      pace.look();
      vitals.still(pace.still());
      return falls.look(now);
    },
    wear: falls.wear,
    dismiss: falls.dismiss,
    gravity: (now) => {
      const last = recent.count() - 1;
      if (last < 0 || now - recent.time(last) > silentMs) return undefined;
      return { mg: pace.felt(), still: pace.still() };
    },
  };
}

interface Pace {
  readonly look: () => void;
  readonly still: () => boolean;
  /** Gravity, mg before any calibration. */
  readonly felt: () => number;
}

/** Steps and stillness, from the magnitudes. */
function createPace({ host, vitals, recent }: ArmNeeds): Pace {
  const steps = createStepCounter();
  const stillness = createStillness();
  const sample = { t: 0, x: 0, y: 0, z: 0 };
  let seen = 0;
  let felt = 0;
  const take = (t: number, mg: number): void => {
    felt += (mg - felt) * (felt === 0 ? 1 : gravityShare);
    sample.t = t;
    sample.x = (mg * host.gain()) / 1000;
    stillness.push(sample);
    const count = steps.push(sample);
    if (count > 0) vitals.steps(t, count);
  };
  return {
    still: () => stillness.still(),
    felt: () => felt,
    look: () => {
      const count = recent.count();
      seen = Math.max(seen, count - kept);
      while (seen + block <= count) {
        const t = recent.time(seen);
        const together = recent.time(seen + block - 1) - t < blockMs ? block : 1;
        take(t, recent.mean(seen, seen + together));
        seen += together;
      }
    },
  };
}

/** So many samples are one, where they came within so long: where they come slowly, each counts. */
const block = 4;
const blockMs = 100;

interface FallWatch extends Pick<Arm, "look" | "wear" | "dismiss"> {}

/** Falls, after a strike. */
function createFallWatch(host: LayerHost, recent: Recent): FallWatch {
  const detector = createFallDetector();
  const felt = { t: 0, x: 0, y: 0, z: 0 };
  let told = 0;
  let telling = false;
  let suspects = false;
  const tell = (report: FallReport): void => {
    suspects = report.kind === "suspected-fall";
    host.tell(report);
  };
  const begin = (): void => {
    recent.settle();
    if (suspects) return;
    detector.restart();
    told = Math.max(0, recent.count() - toldSamples);
    telling = true;
  };
  const give = (): void => {
    const gain = host.gain() / 1000;
    const until = Math.min(recent.count(), told + sliceSamples);
    told = Math.max(told, recent.count() - kept);
    for (; told < until; told++) {
      const { t, x, y, z } = recent.sample(told);
      felt.t = t;
      felt.x = x * gain;
      felt.y = y * gain;
      felt.z = z * gain;
      detector.push(felt).forEach(tell);
    }
    telling = told < recent.count();
  };
  detector.wear(false);
  return {
    look: (now) => {
      const struck = recent.struck();
      if (struck !== undefined && now - struck >= afterStrikeMs) begin();
      if (telling || suspects) give();
      return telling;
    },
    wear: (worn) => detector.wear(worn),
    dismiss: () => detector.cancel().forEach(tell),
  };
}
