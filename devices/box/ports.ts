/**
 * What a box touches of its home, besides radio, modem line and panel: each a port, so that the same program runs in a
 * home and on a virtual clock.
 */
import type { SensorName } from "#wire/gatt.ts";
import type { Serial } from "#wire/identity.ts";
import type { Power } from "#wire/messages.ts";

import type { ScreenModel } from "./display/screen.ts";

/** Something whose state is known at any time and told when it changes, to one listener. */
export interface Watched<T> {
  readonly state: T;
  onChange(changed: (state: T) => void): void;
}

/** Where the power comes from. A box without a battery never says `battery`. */
export type PowerSource = Watched<Power>;

/** Whether the box's own clock is set by the network's time (NTP). */
export type TimeSource = Watched<"synchronised" | "free">;

/** What a cuff, meter or scale of the home has said: one value of one characteristic. */
export interface HomeMeasure {
  readonly device: Serial;
  /** `glucoseContext`: what the person told the meter about a measure. */
  readonly sensor: SensorName | "glucoseContext";
  readonly bytes: Uint8Array;
}

/** The cuffs, meters and scales that this box is bonded with. */
export interface HomeSensors {
  readonly devices: readonly Serial[];
  onMeasure(take: (measure: HomeMeasure) => void): void;
}

/** The e-paper. Drawing never throws: a box whose screen is broken goes on. */
export interface Screen {
  draw(model: ScreenModel): void;
}
