/**
 * The box's front panel: one button, one light, one buzzer.
 *
 * It says little on purpose: what is wrong stands on the screen, who is told stands in the record. Real: an Arduino
 * under Johnny-Five (`johnny-five.ts`); in tests and in the simulator: `memory.ts`. Both keep `contract.ts`.
 * @source S1 §5.2.1 (BX-01), §5.2.2 (BX-04): the pairing button
 */

/** How the button was pressed: let go soon, or held for `longPress` (`presses.ts`). */
export type Press = "short" | "long";

/** What the light says. */
export type Light = "off" | "well" | "pairing" | "fault" | "emergency";

/** What is heard, once each time. */
export type Buzz = "accepted" | "refused" | "warning" | "emergency";

/** The front panel. Saying never waits and never throws: a box without its panel goes on. */
export interface Panel {
  /** Tells `take`, and nobody else from then on, of each press: a short one when let go, a long one while held. */
  onPress(take: (press: Press) => void): void;
  /** Shows a state until another is said. */
  light(state: Light): void;
  /** Plays a pattern; one still playing is cut short. */
  buzz(pattern: Buzz): void;
  /** Dark and silent; nothing is told or shown any more. */
  close(): Promise<void>;
}
