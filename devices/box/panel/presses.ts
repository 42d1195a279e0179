/** The button's contact → presses. */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { type Duration, Seconds } from "#wire/units.ts";

import type { Press } from "./port.ts";

/** Too long to be a slip of the finger. */
export const longPress: Duration = Seconds(3);

/** What a button is told of its contact, and whom it tells. */
export interface Presses {
  /** Whom to tell; nobody else from then on. */
  onPress(take: (press: Press) => void): void;
  down(): void;
  up(): void;
  /** The button is no longer there: that is not a finger that lets go. */
  forget(): void;
}

/** A button that is up. Each press is told once, however often the contact says the same. */
export function createPresses(clock: Clock): Presses {
  let tell: (press: Press) => void = () => undefined;
  let isDown = false;
  let holding: Timer | undefined;
  const forget = (): void => {
    holding?.cancel();
    holding = undefined;
    isDown = false;
  };
  return {
    onPress: (take) => {
      tell = take;
    },
    down: () => {
      if (isDown) return;
      isDown = true;
      holding = clock.after(longPress, "panel button", () => {
        holding = undefined;
        tell("long");
      });
    },
    up: () => {
      const isShort = holding !== undefined;
      forget();
      if (isShort) tell("short");
    },
    forget,
  };
}
