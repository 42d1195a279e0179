/**
 * Whether the box is near: the wearer need not know of a short walk, but of a long absence.
 * @source catalogue WB-05, WB-38; PE-11
 */
import type { Core } from "./core.ts";

export interface Reach {
  linked(up: boolean): void;
  isUp(): boolean;
}

/** Begins with the link as it is. */
export function createReach({
  display,
  ports,
  scheduler,
  settings,
}: Pick<Core, "display" | "ports" | "scheduler" | "settings">): Reach {
  const turn = scheduler.add({
    name: "reach",
    periodMs: 0,
    run: () => {
      display.far(true);
      return false;
    },
  });
  const linked = (up: boolean): void => {
    turn.rest();
    if (up) display.far(false);
    else turn.wake(ports.clock.now() + settings.farMs);
  };
  linked(ports.radio.up);
  return { linked, isUp: () => ports.radio.up };
}
