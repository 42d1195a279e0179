/** Who is in the fleet and where it connects: `fleet.json`, as the start command writes it. */
import {
  type BoxSerial,
  parseBox,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "#wire/identity.ts";

/** One home's names and its box's certificate. */
export interface RosterHome {
  readonly box: BoxSerial;
  readonly wristband: Serial;
  readonly tenant: Tenant;
  /** PEM texts. */
  readonly cert: string;
  readonly key: string;
}

/** The fleet: addresses and homes. */
export interface Roster {
  /** `mqtts://host:port` */
  readonly mqtt: string;
  /** `https://host:port` of the emergency door. */
  readonly door: string;
  /** Path of the authority's certificate, PEM. */
  readonly ca: string;
  readonly homes: readonly RosterHome[];
}

/** The roster in a JSON text; throws with a sentence that names what is wrong. */
export function parseRoster(text: string): Roster {
  const fields = fieldsOf(JSON.parse(text), "fleet.json");
  const homes = fields["homes"];
  if (!Array.isArray(homes)) throw new Error("fleet.json has no list of homes");
  return {
    mqtt: textOf(fields, "mqtt"),
    door: textOf(fields, "door"),
    ca: textOf(fields, "ca"),
    homes: homes.map((home: unknown, position) => parseHome(home, `home ${position}`)),
  };
}

function parseHome(value: unknown, name: string): RosterHome {
  const fields = fieldsOf(value, name);
  const box = parseBox(textOf(fields, "box"));
  const wristband = parseSerial(textOf(fields, "wristband"));
  const tenant = parseTenant(textOf(fields, "tenant"));
  if (box === undefined || wristband === undefined || tenant === undefined) {
    throw new Error(`${name} of fleet.json needs a box, a wristband and a tenant`);
  }
  return { box, wristband, tenant, cert: textOf(fields, "cert"), key: textOf(fields, "key") };
}

function fieldsOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`${name} is not an object`);
  return { ...value };
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new Error(`fleet.json: ${name} is missing`);
  return value;
}
