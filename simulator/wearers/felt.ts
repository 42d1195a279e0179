/** What an accelerometer on a wrist feels: of a seeded movement, or of a recording. */
import { held } from "#devices/wristband/accuracy/replay.ts";
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";
import { Millis } from "#wire/units.ts";

import type { Movement } from "../physiology/movement.ts";

/** Tells each sample after `from` up to `to`, in order; mg, times ms UTC. Asked onwards only. */
export type Felt = (
  span: { readonly from: number; readonly to: number },
  take: (sample: AccelerationSample) => void,
) => void;

/** 50 Hz: what most watches give. */
const every = Millis(20);

/** A movement, felt at 50 Hz. */
export function feltOf(movement: Movement): Felt {
  return ({ from, to }, take) => {
    for (let t = (Math.floor(from / every) + 1) * every; t <= to; t += every) {
      const [x, y, z] = movement(t);
      take({ t, x, y, z });
    }
  };
}

/** A recording that is played once, from `begins` on; before and after it the wrist lies as at its beginning and its end. */
export function feltRecording(recording: readonly AccelerationSample[], begins: number): Felt {
  const [first] = recording;
  const [last] = held(recording, every);
  const offset = begins - (first?.t ?? 0);
  const ends = offset + (recording.at(-1)?.t ?? 0);
  const rest = feltOf((t) => {
    const { x, y, z } = (t < begins ? first : last) ?? { x: 0, y: 0, z: 1000 };
    return [x, y, z];
  });
  let next = 0;
  return ({ from, to }, take) => {
    rest({ from, to: Math.min(to, begins - 1) }, take);
    for (; next < recording.length; next += 1) {
      const sample = recording[next];
      if (sample === undefined || sample.t + offset > to) break;
      if (sample.t + offset > from) take({ ...sample, t: sample.t + offset });
    }
    rest({ from: Math.max(from, ends), to }, take);
  };
}
