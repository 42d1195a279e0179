/**
 * What the accelerometer is multiplied by, so that a still wrist feels one g; kept across restarts.
 * @source catalogue WB-12 (normalise)
 */
import { createBodyReader, createBodyWriter } from "#wire/bodies/bytes.ts";

import type { BandStore } from "./ports.ts";

export interface Gain {
  /** Thousandths. */
  permille(): number;
  set(permille: number): void;
}

const record = "gain";
const none = 1000;
/** A sensor that is further off, thousandths, is broken rather than badly set. */
const most = 100;

/** The gain that was kept, or none. */
export function openGain(store: BandStore): Gain {
  const kept = store.read(record);
  const reader = kept && createBodyReader(kept);
  let permille = reader?.count() ?? none;
  if (reader?.sound() === false || !isPlausible(permille)) permille = none;
  return {
    permille: () => permille,
    set: (wanted) => {
      permille = wanted;
      const writer = createBodyWriter();
      writer.count(permille);
      store.write(record, writer.body());
    },
  };
}

/** The gain that makes `mg` one g; undefined when no sound sensor needs it. */
export function calibrateGravity(mg: number): number | undefined {
  const permille = mg > 0 ? Math.round(1_000_000 / mg) : 0;
  return isPlausible(permille) ? permille : undefined;
}

function isPlausible(permille: number): boolean {
  return Math.abs(permille - none) <= most;
}
