/**
 * Everything about one wristband that is not its parts: who it is, and every number of its program.
 */
import { cardiacSettings } from "#devices/wristband/signals/cardiac-arrest.ts";
import { saturationSettings } from "#devices/wristband/signals/spo2.ts";
import type { Leaf } from "#wire/bodies/leaf.ts";
import { bandLimits, type SenderLimits } from "#wire/frames/sender.ts";

import type { ConfigDefaults } from "./config.ts";
import type { Layer } from "./layer.ts";

/** What the bootloader says of this start. */
export interface BootReport {
  /** The line for the display, if it has one; those of an update that went well begin with `MAJ OK`. */
  readonly line?: string;
  /** What the twin is to know: `firmware/…`. */
  readonly leaves: readonly Leaf[];
}

/** The numbers of the program. */
export interface BandNumbers {
  /** Turns begin on multiples of this, ms. */
  readonly tickMs: number;
  /** What the program and its layer may hold, bytes. */
  readonly memoryBytes: number;
  readonly limits: SenderLimits;
  readonly battery: BatteryNumbers;
  readonly button: ButtonNumbers;
  /** How long the pairing window is open, ms. */
  readonly pairingMs: number;
  /** The box counts as far away after so long without it, ms. */
  readonly farMs: number;
  readonly update: UpdateNumbers;
  readonly thresholds: ConfigDefaults["thresholds"];
}

/** Percent, and how often it is looked at. */
export interface BatteryNumbers {
  readonly everyMs: number;
  readonly low: number;
  readonly critical: number;
  /** A warning is over so far above its level. */
  readonly hysteresis: number;
  /** The level at which the wristband says that it will be gone. */
  readonly last: number;
}

export interface ButtonNumbers {
  /** Held so long, ms, the button calls for help. */
  readonly longMs: number;
}

/** How a new image proves itself. */
export interface UpdateNumbers {
  /** It is looked at after so long, ms, and then every second. */
  readonly testAfterMs: number;
  /** If it has not proved itself by then, it is given up. */
  readonly testUntilMs: number;
  /** Between saying so and restarting, so that the box hears it, ms. */
  readonly farewellMs: number;
}

/** What makes one wristband. */
export interface BandSettings extends BandNumbers, Pick<ConfigDefaults, "profile" | "profiles"> {
  readonly serial: string;
  /** "1.5.0", at most 8 characters. */
  readonly firmware: string;
  readonly layer: Layer;
  readonly boot?: BootReport;
}

/**
 * Ours, but for the battery (clinical §2.7), the long press (CF-48), and the thresholds (CF-11).
 * Of the 24 KiB of routine bodies, half an hour of the dense profile takes 20.
 */
export const bandNumbers: BandNumbers = {
  tickMs: 10,
  memoryBytes: 48 * 1024,
  limits: { ...bandLimits, routineBytes: 24 * 1024 },
  battery: { everyMs: 60_000, low: 20, critical: 10, hysteresis: 5, last: 2 },
  button: { longMs: 3000 },
  pairingMs: 60_000,
  farMs: 300_000,
  update: { testAfterMs: 30_000, testUntilMs: 300_000, farewellMs: 2000 },
  thresholds: {
    hypoxaemia: saturationSettings.hypoxaemia,
    slowest: cardiacSettings.lowest,
    fastest: cardiacSettings.highest,
  },
};
