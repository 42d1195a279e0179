/** A front panel in memory: the finger, the eye and the ear are a test's, or a simulated person's. */
import type { Clock } from "#platform/clock/port.ts";

import type { Buzz, Light, Panel } from "./port.ts";
import { createPresses } from "./presses.ts";

/** A panel, and what a person does with it. */
export interface MemoryPanel extends Panel {
  /** A finger on the button, or off it. */
  touch(isDown: boolean): void;
  /** What the light shows. */
  readonly shown: Light;
  /** What has been heard, oldest first; the last {@link heardMax}. */
  readonly heard: readonly Buzz[];
}

const heardMax = 100;

/** A dark and silent panel. */
export function createMemoryPanel(clock: Clock): MemoryPanel {
  const presses = createPresses(clock);
  let shown: Light = "off";
  let heard: readonly Buzz[] = [];
  let isOpen = true;
  return {
    onPress: (take) => presses.onPress((press) => isOpen && take(press)),
    light: (state) => {
      if (isOpen) shown = state;
    },
    buzz: (pattern) => {
      if (isOpen) heard = [...heard, pattern].slice(-heardMax);
    },
    close: async () => {
      isOpen = false;
      shown = "off";
      presses.forget();
    },
    touch: (isDown) => (isDown ? presses.down() : presses.up()),
    get shown() {
      return shown;
    },
    get heard() {
      return heard;
    },
  };
}
