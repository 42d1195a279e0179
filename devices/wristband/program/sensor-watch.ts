/**
 * An accelerometer that says nothing sees no fall: the box must know.
 * @source spec/clinical.md F01; catalogue PE-11
 */
import type { Leaf } from "#wire/bodies/leaf.ts";

import type { Core } from "./core.ts";

/** How often it is looked at, ms: silence is believed at the second look. */
const everyMs = 60_000;
const path = "sensors/accelerometer";

/** What is believed at the start, and from then on said when it changes. */
export function watchSensors({ scheduler, settings, speech }: Core): readonly Leaf[] {
  let silent = false;
  let looks = 0;
  scheduler.add({
    name: "sensors",
    periodMs: everyMs,
    run: (now) => {
      looks = settings.layer.gravity(now) === undefined ? looks + 1 : 0;
      const was = silent;
      silent = silent ? looks > 0 : looks > 1;
      if (silent === was) return false;
      speech.report(now, [{ path, value: silent ? "silent" : "ok" }]);
      if (silent) speech.event({ t: now, event: "device_error", cause: "sensor", quality: 100 });
      return false;
    },
  });
  return [{ path, value: "ok" }];
}
