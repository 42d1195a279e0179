/**
 * Emergencies: a suspected fall that the wearer may call off, and calls that nobody can hold back.
 *
 * suspected ─ press ─▶ dismissed;  suspected ─ time is over ─▶ calling ─ the box has it ─▶ called ─ press ─▶ done
 * @source catalogue WB-23, WB-24, WB-27, WB-31, WB-33, WB-37; CF-41; spec/clinical.md F05
 */
import type { Emergency, FallReport } from "#devices/wristband/signals/report.ts";
import type { BandCause, BandEvent } from "#wire/bodies/up-body.ts";

import type { Core } from "./core.ts";

export interface Alarms {
  fall(report: FallReport): void;
  emergency(emergency: Emergency): void;
  /** The wearer calls. */
  sos(t: number): void;
  /** Whether a suspected fall may still be called off. */
  asking(): boolean;
  /** Whether a call is on the display; a short press takes it away once the box has it. */
  calling(): boolean;
  hang(): void;
}

/** How often it is looked whether the box has the call, ms. */
const lookEveryMs = 500;

/** Nothing has happened; `unheard` says how many emergencies the box does not have yet. */
export function createAlarms(core: Core, unheard: () => number): Alarms {
  const { display, ports, scheduler, speech } = core;
  let asking = false;
  let calling = false;
  const turn = scheduler.add({
    name: "call",
    periodMs: 0,
    run: (now) => {
      if (unheard() > 0) {
        turn.wake(now + lookEveryMs);
        return false;
      }
      display.clear("calling");
      if (calling) display.show("called", "AIDE PREVENUE");
      return false;
    },
  });
  const call = (event: BandEvent, t: number, by: { cause: BandCause; quality: number }): void => {
    calling = true;
    speech.event({ t, event, ...by });
    display.show("calling", "APPEL EN COURS");
    display.clear("called");
    ports.buzz("alarm");
    turn.wake(t + lookEveryMs);
  };
  const dismiss = ({ at, why = "cancelled" }: FallReport): void => {
    ports.buzz("short");
    speech.report(at, [{ path: "wear/dismissedFall", value: why }]);
  };
  return {
    fall: (report) => {
      asking = report.kind === "suspected-fall";
      if (asking) {
        display.show("ask", "CHUTE ?", "APPUYER SI TOUT VA BIEN");
        ports.buzz("ask");
        return;
      }
      display.clear("ask");
      if (report.kind === "dismissed-fall") dismiss(report);
      else call("fall", report.t, { cause: "impact", quality: report.quality });
    },
    emergency: ({ kind, t, quality, why }) => call(kind, t, { cause: why, quality }),
    sos: (t) => call("sos", t, { cause: "button", quality: 100 }),
    asking: () => asking,
    calling: () => calling,
    hang: () => {
      if (unheard() > 0) return;
      calling = false;
      display.clear("called");
    },
  };
}
