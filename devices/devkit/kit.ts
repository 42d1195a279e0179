/**
 * What the development kit does with acceleration: the wristband's own detectors of falls and steps, on a wrist that a
 * cable leads to.
 */
import { createFallDetector } from "#devices/wristband/signals/fall.ts";
import type { Report } from "#devices/wristband/signals/report.ts";
import type { AccelerationSample } from "#devices/wristband/signals/sample.ts";
import { createStepCounter } from "#devices/wristband/signals/steps.ts";
import { createCounts } from "#devices/wristband/signals/windows.ts";

/** A wristband tells its steps every half hour; nobody waits so long at a bench. */
const stepWindowMs = 60_000;

/** Falls, suspected and confirmed, as they come; steps every minute. */
export function createKit(): { push(sample: AccelerationSample): readonly Report[] } {
  const falls = createFallDetector();
  const steps = createStepCounter();
  const counts = createCounts("steps", stepWindowMs);
  return {
    push: (sample) => [...falls.push(sample), ...counts.push(sample.t, steps.push(sample))],
  };
}
