/**
 * What a command makes the wristband do: most take a while, and are looked at every second until they
 * are done or their time is over.
 * @source issue of the device side; wire/commands.ts (what a wristband knows)
 */
import type { Leaf } from "#wire/bodies/leaf.ts";

import { calibrateGravity, type Gain } from "./calibration.ts";
import type { Core } from "./core.ts";
import type { Vital } from "./layer.ts";

/** How an act ended. */
export interface Outcome {
  readonly state: "done" | "failed";
  readonly code: string;
  readonly result: readonly Leaf[];
}

/** Something that is being done. */
export interface Act {
  /** Its time, ms. */
  readonly lastsMs: number;
  /** A look at `now`; undefined while it goes on. */
  look(now: number): Outcome | undefined;
  /** What it comes to when its time is over. */
  over(): Outcome;
}

/** What acts need. */
export interface ActRoom extends Pick<Core, "ports" | "settings" | "display" | "speech"> {
  readonly gain: Gain;
}

/** The arguments of a command, by name. */
export type Arguments = readonly Leaf[];

const measureMs = 60_000;
const calibrateMs = 30_000;
const locateMs = 30_000;
const identifyMs = 10_000;
/** A value that answers a question is at least this good, 0–100. */
const goodEnough = 50;

/** The act of a command that was given at `now`; why not, when the wristband does not know it. */
export function actOf(
  room: ActRoom,
  order: { readonly name: string; readonly args: Arguments },
  now: number,
): Act | "unknown_command" | "invalid_argument" | "no_sensor" {
  switch (order.name) {
    case "locate":
      return beFound(room, "JE SUIS ICI", locateMs);
    case "identify":
      return beFound(room, room.settings.serial, identifyMs);
    case "measure": {
      const vital = vitalOf(textOf(order.args, "metric"));
      if (vital === undefined) return "invalid_argument";
      return room.settings.layer.vitals.indexOf(vital) < 0
        ? "no_sensor"
        : measure(room, vital, now);
    }
    case "calibrate": {
      const sensor = textOf(order.args, "sensor");
      if (sensor === "accelerometer") return calibrate(room);
      return sensor === "ppg" ? measure(room, "heart-rate", now) : "invalid_argument";
    }
    default:
      return "unknown_command";
  }
}

/** An outcome. */
export function outcome(
  state: Outcome["state"],
  code: string,
  result: readonly Leaf[] = [],
): Outcome {
  return { state, code, result };
}

function beFound({ display, ports }: ActRoom, title: string, lastsMs: number): Act {
  display.show("here", title);
  ports.buzz("found");
  return {
    lastsMs,
    look: () => undefined,
    over: () => {
      display.clear("here");
      ports.buzz("none");
      return outcome("done", "");
    },
  };
}

/** The next value that is good enough, which is also a reading. */
function measure({ settings, speech }: ActRoom, vital: Vital, began: number): Act {
  let code = "not_worn";
  return {
    lastsMs: measureMs,
    look: (now) => {
      const measured = settings.layer.sense(vital, now);
      if (measured === undefined) return undefined;
      code = "no_signal";
      const { t, value, quality } = measured;
      if (t < began || quality < goodEnough || !(value > 0)) return undefined;
      speech.reading({ metric: vital, t, value, quality, window: 0 });
      return outcome("done", "measured", [
        { path: "value", value },
        { path: "quality", value: quality },
      ]);
    },
    over: () => outcome("failed", code),
  };
}

function calibrate({ settings, gain }: ActRoom): Act {
  let code = "no_signal";
  return {
    lastsMs: calibrateMs,
    look: (now) => {
      const gravity = settings.layer.gravity(now);
      if (gravity === undefined) return undefined;
      code = "moving";
      if (!gravity.still) return undefined;
      const permille = calibrateGravity(gravity.mg);
      if (permille === undefined) return outcome("failed", "implausible");
      gain.set(permille);
      return outcome("done", "calibrated", [{ path: "gain", value: permille }]);
    },
    over: () => outcome("failed", code),
  };
}

function textOf(args: Arguments, name: string): string {
  const value = args.filter(({ path }) => path === name)[0]?.value;
  return typeof value === "string" ? value : "";
}

function vitalOf(text: string): Vital | undefined {
  return text === "heart-rate" || text === "spo2" ? text : undefined;
}
