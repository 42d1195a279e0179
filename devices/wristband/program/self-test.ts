/**
 * A new image proves itself, or is given up: it stays once its accelerometer speaks and its tasks keep
 * their times, and otherwise restarts, which brings back what ran before.
 * @source spec/ota.md §4, C1–C2; catalogue WB-10
 */
import type { Core } from "./core.ts";

/** Begins the test, if what runs is on trial. */
export function beginSelfTest({ display, ports, scheduler, settings, speech }: Core): void {
  const { staging } = ports;
  const { testAfterMs, testUntilMs } = settings.update;
  if (staging.confirmed()) return;
  const turn = scheduler.add({
    name: "self test",
    periodMs: 0,
    run: (now) => {
      if (settings.layer.gravity(now) !== undefined) {
        staging.confirm();
        speech.report(now, [{ path: "firmware/confirmed", value: true }]);
        display.show("news", `MAJ OK ${settings.firmware}`);
      } else if (now >= testUntilMs) {
        ports.restart();
      } else {
        turn.wake(now + 1000);
      }
      return false;
    },
  });
  turn.wake(testAfterMs);
}
