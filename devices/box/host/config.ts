/**
 * What a box is told at its start: one file, every field checked, nothing guessed.
 *
 * ```json
 * { "tenant": "demo", "box": "X-000001", "state": "/var/lib/vigie", "broker": "mqtts://door.example:8883",
 *   "door": "https://door.example:8443", "tls": { "ca": "ca.crt", "cert": "box.crt", "key": "box.key" } }
 * ```
 */
import { isProfile, type ProfileName } from "#wire/cadence.ts";
import {
  type BoxSerial,
  parseBox,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "#wire/identity.ts";
import { parseJson } from "#wire/json.ts";
import {
  fields,
  fits,
  guarded,
  listOf,
  matching,
  oneOf,
  optional,
  parsed,
  textOf,
  whole,
} from "#wire/shape.ts";

const path = textOf(1024);

/** A serial line, and how fast it speaks. */
interface SerialPort {
  readonly path: string;
  readonly baud?: number;
}

/** What the file says. Paths are those of this machine; relative ones start at the file. */
export interface BoxConfig {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** Where the outbox and its key are kept. */
  readonly state: string;
  /** `mqtts://host:port`; `mqtt://` without `tls`. */
  readonly broker: string;
  /** `https://host:port` of the emergency door. */
  readonly door?: string;
  /** `https://host:port` of the record service. */
  readonly record?: string;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly profile?: ProfileName;
  /** `bluez`, or a socket at which a wristband without a radio listens: `unix:/path`. */
  readonly radio?: string;
  readonly modem?: SerialPort;
  readonly panel?: SerialPort;
  readonly sensors?: readonly { readonly address: string; readonly serial: Serial }[];
  /** A file that holds 1 while there is power, such as `/sys/class/power_supply/usb/online`. */
  readonly power?: string;
  /** A file that is there once the clock is set, such as `/run/systemd/timesync/synchronized`. */
  readonly time?: string;
  /** Where what stands on the screen is written, for the program that drives it. */
  readonly screen?: string;
  readonly log?: "debug" | "info" | "warn" | "error";
}

const serialPort = fields<SerialPort>({ path, baud: optional(whole(300, 4_000_000)) });
const httpsUrl = matching("https://host or https://host:port", /^https:\/\/[A-Za-z0-9.-]+(:\d+)?$/);
const configShape = fields<BoxConfig>({
  tenant: parsed("a tenant", parseTenant),
  box: parsed("a box's serial", parseBox),
  state: path,
  broker: matching("mqtts://host:port or mqtt://host:port", /^mqtts?:\/\/[A-Za-z0-9.-]+:\d+$/),
  door: optional(httpsUrl),
  record: optional(httpsUrl),
  tls: optional(fields({ ca: path, cert: path, key: path })),
  profile: optional(guarded("a profile", isProfile)),
  radio: optional(matching("bluez or unix:/path", /^(bluez|unix:\/.+)$/)),
  modem: optional(serialPort),
  panel: optional(serialPort),
  sensors: optional(
    listOf(fields({ address: textOf(64), serial: parsed("a serial", parseSerial) }), 16),
  ),
  power: optional(path),
  time: optional(path),
  screen: optional(path),
  log: optional(oneOf(["debug", "info", "warn", "error"])),
});

/** The configuration that bytes spell, or a sentence that says what is wrong with it. */
export type ReadConfig =
  | { readonly kind: "config"; readonly config: BoxConfig }
  | { readonly kind: "refused"; readonly why: string };

/** Reads a configuration file. */
export function readConfig(bytes: Uint8Array): ReadConfig {
  const json = parseJson(bytes);
  if (json.kind === "refused") return { kind: "refused", why: json.why };
  const { value } = json;
  if (!fits(configShape, value)) {
    return { kind: "refused", why: configShape.fault(value, "config") ?? "config is wrong" };
  }
  const isSecure = [value.broker.startsWith("mqtts:"), value.door, value.record].some(Boolean);
  if (isSecure && value.tls === undefined) {
    return { kind: "refused", why: "config has no tls, which mqtts and https need" };
  }
  return { kind: "config", config: value };
}
