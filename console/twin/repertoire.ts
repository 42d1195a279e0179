/**
 * What may be wished of each kind of device, and what each can be told to do: the forms are made from this.
 *
 * The server judges every request by its own tables; `twin.live.ts` proves that these say the same. Leaves that name
 * people are left out: whoever may write them here may not read them.
 */
import type { TwinView } from "#api/twins/contract.ts";

/** What a device is. */
export type Kind = TwinView["kind"];

/** What a leaf may be. */
export type WishRule =
  | { readonly type: "number"; readonly from: number; readonly to: number }
  | { readonly type: "choice"; readonly of: readonly string[] }
  | { readonly type: "text" };

const version: WishRule = { type: "text" };
const profile: WishRule = { type: "choice", of: ["seed", "dense"] };
const from = (least: number, most: number): WishRule => ({ type: "number", from: least, to: most });

/** Leaves that may be wished for, by slash path. */
export const wishable: Readonly<Record<Kind, Readonly<Record<string, WishRule>>>> = {
  wristband: {
    "firmware/version": version,
    "config/profile": profile,
    "config/hypoxaemia": from(70, 95),
    "config/heartRateLow": from(25, 60),
    "config/heartRateHigh": from(100, 220),
  },
  box: {
    "firmware/version": version,
    "config/profile": profile,
    "config/zone": { type: "text" },
    "config/thresholds/battery": from(0, 100),
  },
  "blood-pressure": { "firmware/version": version },
  glucose: { "firmware/version": version },
  scale: { "firmware/version": version },
};

/** Something that a device can be told to do. */
export interface Act {
  readonly name: string;
  readonly args: Readonly<Record<string, string>>;
}

const locate: Act = { name: "locate", args: {} };
const identify: Act = { name: "identify", args: {} };
const restart: Act = { name: "restart", args: {} };
const measure = (metric: string): Act => ({ name: "measure", args: { metric } });
const calibrate = (sensor: string): Act => ({ name: "calibrate", args: { sensor } });

/** What each kind can be told, the most usual first. */
export const acts: Readonly<Record<Kind, readonly Act[]>> = {
  wristband: [
    ...[locate, identify, measure("heart-rate"), measure("spo2")],
    ...[calibrate("accelerometer"), calibrate("ppg"), restart],
  ],
  box: [locate, identify, restart],
  "blood-pressure": [],
  glucose: [],
  scale: [],
};

/** The code of an act: `measure/spo2`, `locate`. */
export function actCode({ name, args }: Act): string {
  return [name, ...Object.values(args)].join("/");
}

/** Whether an act is felt by whoever wears the device or lives with it for longer than a moment: it is asked twice. */
export function isGrave({ name }: Act): boolean {
  return name === "restart" || name === "calibrate";
}
