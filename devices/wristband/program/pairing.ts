/**
 * The window in which a box may make a bond: open for a minute after its button, shut by the first link.
 * @source catalogue WB-01, WB-14
 */
import type { Core } from "./core.ts";

export interface Pairing {
  open(now: number): void;
  shut(): void;
  isOpen(): boolean;
}

/** A window that is shut. */
export function createPairing({ display, ports, scheduler, settings }: Core): Pairing {
  let isOpen = false;
  const shut = (): void => {
    if (!isOpen) return;
    isOpen = false;
    turn.rest();
    ports.advertise({ pairing: false });
    display.clear("pairing");
  };
  const turn = scheduler.add({
    name: "pairing",
    periodMs: 0,
    run: () => {
      shut();
      return false;
    },
  });
  return {
    open: (now) => {
      isOpen = true;
      ports.advertise({ pairing: true });
      display.show("pairing", "APPAIRAGE", settings.serial);
      ports.buzz("short");
      turn.rest();
      turn.wake(now + settings.pairingMs);
    },
    shut,
    isOpen: () => isOpen,
  };
}
