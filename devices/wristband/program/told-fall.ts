/**
 * A fall that a simulated body tells of, confirmed or dismissed as a detected one is: for the layers
 * without an accelerometer.
 * @source catalogue WB-26, WB-27, CF-41
 */
import { fallSettings } from "#devices/wristband/signals/fall.ts";
import type { FallReport } from "#devices/wristband/signals/report.ts";

import type { LayerHost } from "./layer.ts";

/** What becomes of a fall before it is confirmed. */
export interface ToldFall {
  /** It struck at `t`; whoever moves about afterwards has not fallen. */
  struck(fall: { readonly t: number; readonly quality: number; readonly moves?: boolean }): void;
  dismiss(): void;
}

/** Waits as the detector does. */
export function createToldFall(host: LayerHost, worn: () => boolean): ToldFall {
  let pending: { t: number; quality: number; moves: boolean } | undefined;
  let knownAt = 0;
  const tell = (kind: FallReport["kind"], why?: FallReport["why"]): void => {
    if (pending === undefined) return;
    const { t, quality } = pending;
    const report = { kind, t, at: knownAt, quality };
    if (kind !== "suspected-fall") pending = undefined;
    host.tell(why === undefined ? report : { ...report, why });
  };
  const turn = host.add({
    name: "fall",
    periodMs: 0,
    run: (now) => {
      knownAt = now;
      if (!worn()) tell("dismissed-fall", "off_wrist");
      else if (pending?.moves === true) tell("dismissed-fall", "moving");
      else tell("fall");
      return false;
    },
  });
  return {
    struck: ({ t, quality, moves = false }) => {
      if (pending !== undefined || !worn()) return;
      pending = { t, quality, moves };
      knownAt = t;
      tell("suspected-fall");
      turn.wake(t + fallSettings.cancelMs);
    },
    dismiss: () => {
      tell("dismissed-fall", "cancelled");
      turn.rest();
    },
  };
}
