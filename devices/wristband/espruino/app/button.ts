/**
 * The watch's one button calls; pairing, which a box's wristband has a button for, takes a long touch of the display.
 */
import type { Button } from "#devices/wristband/program/buttons.ts";

import type { Watch } from "./watch.ts";

/** A touch that lasts, by the watch's own number for it. */
const longTouch = 2;

/** Has presses go to the program; the watch itself no longer leaves the app when the button is held. */
export function listenToButtons(
  watch: Watch,
  press: (button: Button, down: boolean) => void,
): void {
  watch.bangle.setOptions({ btnLoadTimeout: 0 });
  watch.onButton(({ state }) => press("call", state));
  watch.onTouch(({ type }) => {
    if (type !== longTouch) return;
    press("pair", true);
    press("pair", false);
  });
}
