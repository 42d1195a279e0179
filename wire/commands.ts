/**
 * Which commands each kind of device knows, and with which arguments. What is not here is refused where it is asked
 * for, long before it reaches a home.
 *
 * A command is an act, done once: measure now, make yourself found. What is to hold from now on is a desired leaf.
 * @source S3 §6.2 remote calibration; S0 §4 on-demand measures; catalogue TW-03, MD-31
 */
import type { DeviceKind } from "./identity.ts";
import type { Json, JsonObject } from "./messages.ts";

/** The arguments of a command, all of them required, each with the values that it may have. */
type Arguments = Readonly<Record<string, readonly string[]>>;

/** The commands of a kind of device, by name. */
export type Repertoire = Readonly<Record<string, Arguments>>;

/** Sounds, so that it is found; shows which one it is; starts again, keeping what it owes. */
const ofEveryProgram: Repertoire = { locate: {}, identify: {}, restart: {} };

/** What each kind of device can be told to do. What is used by hand and runs no program of ours cannot be told. */
export const repertoires: Readonly<Record<DeviceKind, Repertoire>> = {
  wristband: {
    ...ofEveryProgram,
    measure: { metric: ["heart-rate", "spo2"] },
    calibrate: { sensor: ["accelerometer", "ppg"] },
  },
  box: ofEveryProgram,
  "blood-pressure": {},
  glucose: {},
  scale: {},
};

/** What is wrong with an order, and where in `{name, args}` as a JSON pointer. */
export interface CommandFault {
  readonly pointer: string;
  readonly why: string;
}

/** What is wrong with this order for that kind of device; undefined when it knows it. */
export function commandFault(
  kind: DeviceKind,
  { name, args }: { readonly name: string; readonly args: JsonObject },
): CommandFault | undefined {
  const known = repertoires[kind];
  const wanted = Object.hasOwn(known, name) ? known[name] : undefined;
  if (wanted === undefined) return { pointer: "/name", why: `A ${kind} ${listed(known)}.` };
  const strange = Object.keys(args).find((arg) => !Object.hasOwn(wanted, arg));
  if (strange !== undefined) {
    return { pointer: pointerTo(strange), why: `${name} takes no such argument.` };
  }
  for (const [arg, values] of Object.entries(wanted)) {
    const given: Json | undefined = args[arg];
    if (typeof given === "string" && values.includes(given)) continue;
    return { pointer: pointerTo(arg), why: `${arg} is one of ${values.join(", ")}.` };
  }
  return undefined;
}

function listed(known: Repertoire): string {
  const names = Object.keys(known);
  return names.length === 0 ? "knows no command" : `knows ${names.join(", ")}`;
}

function pointerTo(arg: string): string {
  return `/args/${arg.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
