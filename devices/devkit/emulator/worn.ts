/** The kit on a wrist that moves as it was recorded, in simulated time as fast as it goes. */
import { readAccelerometer } from "#devices/devkit/accelerometer.ts";
import { boardLine } from "#devices/devkit/board.ts";
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";
import { assert } from "#platform/assert.ts";

import { Adxl345 } from "./adxl345.ts";
import { Uno } from "./uno.ts";

/** Longer than a board in memory needs to start and to tell its pins. */
const startMs = 500;

/**
 * The samples that reach the host when the emulated sensor feels a recording, dated by simulated time from the
 * recording's start: what the sketch, its I2C and its serial line make of them.
 *
 * @param recording oldest first
 */
export async function feel(
  program: Uint8Array,
  recording: readonly AccelerationSample[],
): Promise<readonly AccelerationSample[]> {
  const [first, last] = [recording[0], recording.at(-1)];
  assert(first !== undefined && last !== undefined, "a recording holds samples");
  let motion = first;
  const uno = new Uno(program, [new Adxl345(() => motion)]);
  const opening = boardLine(uno).open();
  uno.advance(startMs);
  const { io } = await opening;

  const felt: AccelerationSample[] = [];
  const started = uno.now();
  const now = (): number => uno.now() - started + first.t;
  readAccelerometer(io, {
    felt: (acceleration) => felt.push({ t: now(), ...acceleration }),
    lost: () => assert(false, "the emulated chip always answers"),
  });
  for (const sample of recording) {
    motion = sample;
    uno.advance(Math.max(0, sample.t - now()));
  }
  return felt;
}
