/**
 * Two buttons: one that calls when it is held and answers when it is pressed, and one that pairs.
 * @source catalogue WB-01, WB-14, WB-37; CF-48 (three seconds)
 */
import type { Core } from "./core.ts";

/** The buttons of a wristband. */
export type Button = "call" | "pair";

/** What buttons do. */
export interface ButtonActs {
  held(t: number): void;
  pressed(t: number): void;
  pair(t: number): void;
}

export interface Buttons {
  press(button: Button, down: boolean): void;
  /** Whether the call button is down. */
  held(): boolean;
}

/** Presses that were not looked at yet. */
const waitingMost = 16;

/** Buttons that nobody touches. */
export function createButtons(
  { ports, scheduler, settings }: Pick<Core, "ports" | "scheduler" | "settings">,
  acts: ButtonActs,
): Buttons {
  const { longMs } = settings.button;
  const waiting: { button: Button; down: boolean; t: number }[] = [];
  let downSince: number | undefined;
  let called = false;
  let isDown = false;

  const hold = (t: number): void => {
    if (downSince === undefined || called || t - downSince < longMs) return;
    called = true;
    acts.held(t);
  };
  const take = ({ button, down, t }: (typeof waiting)[number]): void => {
    if (button === "pair") {
      if (down) acts.pair(t);
      return;
    }
    if (down && downSince === undefined) {
      downSince = t;
      called = false;
      held.wake(t + longMs);
    } else if (!down && downSince !== undefined) {
      hold(t);
      downSince = undefined;
      held.rest();
      if (!called) acts.pressed(t);
    }
  };
  const held = scheduler.add({
    name: "held",
    periodMs: 0,
    run: (now) => {
      hold(now);
      return false;
    },
  });
  const pressed = scheduler.add({
    name: "pressed",
    periodMs: 0,
    run: () => {
      const press = waiting.shift();
      if (press !== undefined) take(press);
      return waiting.length > 0;
    },
  });
  return {
    held: () => isDown,
    press: (button, down) => {
      if (button === "call") isDown = down;
      if (waiting.length === waitingMost) return;
      waiting.push({ button, down, t: ports.clock.now() });
      pressed.wake(0);
    },
  };
}
