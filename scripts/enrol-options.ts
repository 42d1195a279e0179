/** What the enrol command is asked for: read from its arguments, checked, or refused with a sentence. */
import { join } from "node:path";
import { parseArgs } from "node:util";

import {
  type BoxSerial,
  kindOf,
  parseBox,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "#wire/identity.ts";

/** One thing to do on the state in that folder. */
export type EnrolOptions = { readonly state: string } & (
  | {
      readonly kind: "enrol";
      readonly tenant: Tenant;
      readonly box: BoxSerial;
      readonly wristband?: Serial;
      /** Where the certificates go. */
      readonly out: string;
    }
  | { readonly kind: "revoke"; readonly serial: Serial }
  | { readonly kind: "list" }
);

/** The command's help. */
export const usage = `bun run enrol --tenant T --box X-… [--wristband B-…] [--out DIR]   enrols a home
bun run enrol --revoke SERIAL                                      revokes a device, for good
bun run enrol --list                                               lists all devices
  --state DIR   folder of the state, running or not (var)
  --out DIR     where box.crt, box.key and ca.crt go (STATE/boxes/SERIAL)`;

const table = {
  state: { type: "string", default: "var" },
  tenant: { type: "string" },
  box: { type: "string" },
  wristband: { type: "string" },
  out: { type: "string" },
  revoke: { type: "string" },
  list: { type: "boolean", default: false },
} as const;

/** Reads the command line; throws an Error whose message is a sentence for whoever typed it. */
export function readEnrolOptions(args: readonly string[]): EnrolOptions {
  const { values } = parseArgs({ args: [...args], options: table, strict: true });
  const { state, revoke, list } = values;
  const enrols = [values.tenant, values.box, values.wristband, values.out].some(
    (value) => value !== undefined,
  );
  if ([enrols, revoke !== undefined, list].filter(Boolean).length !== 1) {
    throw new Error("say one of --box (with --tenant), --revoke or --list");
  }
  if (list) return { kind: "list", state };
  if (revoke !== undefined) return { kind: "revoke", state, serial: serialOf("revoke", revoke) };
  return { kind: "enrol", state, ...homeOf(values) };
}

function homeOf(values: {
  readonly state: string;
  readonly tenant?: string | undefined;
  readonly box?: string | undefined;
  readonly wristband?: string | undefined;
  readonly out?: string | undefined;
}) {
  const tenant = parseTenant(values.tenant ?? "");
  if (tenant === undefined) {
    throw new Error("--tenant takes 1–32 characters of a-z, 0-9 and inner hyphens");
  }
  const box = parseBox(values.box ?? "");
  if (box === undefined) throw new Error("--box takes a serial such as X-0001");
  const wristband =
    values.wristband === undefined ? {} : { wristband: wristbandOf(values.wristband) };
  return { tenant, box, ...wristband, out: values.out ?? join(values.state, "boxes", box) };
}

function wristbandOf(text: string): Serial {
  const serial = serialOf("wristband", text);
  if (kindOf(serial) === "wristband") return serial;
  throw new Error(`--wristband takes a serial that begins with B-, not "${text}"`);
}

function serialOf(option: string, text: string): Serial {
  const serial = parseSerial(text);
  if (serial !== undefined) return serial;
  throw new Error(
    `--${option} takes a serial: B, X, T, G or S, a hyphen, 1–24 of A-Z and 0-9, not "${text}"`,
  );
}
