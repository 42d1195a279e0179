/**
 * Impacts: the last seconds of movement, and a trigger that costs one comparison per sample.
 *
 * An impact above the trigger is followed until nothing stronger has come for 2.5 s; then it is described, once.
 */
import { createCells } from "./cells.ts";
import {
  after,
  before,
  describeImpact,
  fallPeriodMs,
  featureCount,
  type Motion,
  settledMs,
} from "./fall-features.ts";
import { createRing } from "./ring.ts";
import { type AccelerationSample, magnitude } from "./sample.ts";

/** An impact that has been described. `features` is lent: it changes with the next. */
export interface Impact {
  /** When it struck, ms. */
  readonly t: number;
  readonly mg: number;
  readonly features: ArrayLike<number>;
}

export interface ImpactSink {
  /** Every 20 ms: by how much the acceleration changed, mg, the axes added up. */
  moved(t: number, mg: number): void;
  impact(impact: Impact): void;
}

export interface Impacts {
  push(sample: AccelerationSample): void;
  /** What comes next has nothing to do with what came before. */
  readonly restart: () => void;
}

/** Watches for impacts above `triggerMg`; any rate from 50 Hz up, fixed memory of 2 KB. */
export function createImpacts(triggerMg: number, sink: ImpactSink): Impacts {
  const motion = createMotion();
  const strongest = createStrongest(triggerMg);
  const features = new Float64Array(featureCount);
  const axes = { x: 0, y: 0, z: 0 };
  const cell = (t: number, values: ArrayLike<number>, fresh: boolean): void => {
    axes.x = values[0] ?? 0;
    axes.y = values[1] ?? 0;
    axes.z = values[2] ?? 0;
    const mg = magnitude(axes);
    if (fresh) {
      motion.flood(axes, mg);
      strongest.forget();
    }
    sink.moved(t, motion.push(axes, mg));
    const settled = strongest.settled(mg);
    if (settled === 0) return;
    describeImpact(motion, features);
    sink.impact({ t: t - settledMs, mg: settled, features });
  };
  const cells = createCells({ periodMs: fallPeriodMs, gapMs: 1000, channels: 3 }, { cell });
  const values = new Float64Array(3);
  return {
    push: (sample) => {
      values[0] = sample.x;
      values[1] = sample.y;
      values[2] = sample.z;
      cells.push(sample.t, values);
    },
    restart: () => cells.restart(),
  };
}

interface Axes {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

function createMotion(): Motion & {
  /** By how much the axes changed, added up. */
  push(axes: Axes, mg: number): number;
  /** As if it had always been like this. */
  flood(axes: Axes, mg: number): void;
} {
  const ring = () => createRing(new Int16Array(before + after + 1));
  const x = ring();
  const y = ring();
  const z = ring();
  const m = ring();
  return {
    x,
    y,
    z,
    m,
    push: (axes, mg) => {
      const change = Math.abs(axes.x - x.at(0)) + Math.abs(axes.y - y.at(0));
      const moved = change + Math.abs(axes.z - z.at(0));
      x.push(axes.x);
      y.push(axes.y);
      z.push(axes.z);
      m.push(mg);
      return moved;
    },
    flood: (axes, mg) => {
      x.flood(axes.x);
      y.flood(axes.y);
      z.flood(axes.z);
      m.flood(mg);
    },
  };
}

/** Follows what rises above the trigger until nothing stronger has come for {@link after} samples. */
function createStrongest(triggerMg: number): {
  /** The strongest magnitude, once, when it has settled; else 0. */
  settled(mg: number): number;
  forget(): void;
} {
  let strongest = 0;
  let since = 0;
  return {
    settled: (mg) => {
      if (mg > triggerMg && mg > strongest) {
        strongest = mg;
        since = 0;
        return 0;
      }
      if (strongest === 0) return 0;
      since += 1;
      if (since < after) return 0;
      const settled = strongest;
      strongest = 0;
      return settled;
    },
    forget: () => {
      strongest = 0;
    },
  };
}
