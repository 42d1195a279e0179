/**
 * Who speaks: tenants and the serials of devices. A device never knows its patient.
 *
 * @source DESIGN identity: `B-…` wristband, `X-…` box, `T-…` blood pressure, `G-…` glucose, `S-…` scale
 */

declare const identity: unique symbol;
/** Names are keys, not values: a box's serial carries two of them. */
type Identity<Name extends string> = string & {
  readonly [identity]: { readonly [name in Name]: true };
};

/** An organisation: 1–32 characters of a-z 0-9 and inner hyphens. */
export type Tenant = Identity<"tenant">;
/** Any device's serial, unique across tenants; it is also its twin's id. */
export type Serial = Identity<"serial">;
/** A box's serial; it also names the home. */
export type BoxSerial = Serial & Identity<"box">;
/** Random name of one life of a device's counter; 1–16 characters of a-z 0-9. */
export type Epoch = Identity<"epoch">;

/** The epoch of what doors say themselves. */
export const ofDoors = "door" as Epoch;

/** What a device is, told by the first letter of its serial. */
export type DeviceKind = "wristband" | "box" | "blood-pressure" | "glucose" | "scale";

const kinds: Readonly<Record<string, DeviceKind>> = {
  B: "wristband",
  X: "box",
  T: "blood-pressure",
  G: "glucose",
  S: "scale",
};

const tenantShape = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const serialShape = /^[BXTGS]-[A-Z0-9]{1,24}$/;
const epochShape = /^[a-z0-9]{1,16}$/;

/** The tenant that `text` names, or undefined when it has not the shape of one. */
export function parseTenant(text: string): Tenant | undefined {
  return tenantShape.test(text) ? (text as Tenant) : undefined;
}

/** The serial that `text` names, or undefined when it has not the shape of one. */
export function parseSerial(text: string): Serial | undefined {
  return serialShape.test(text) ? (text as Serial) : undefined;
}

/** The box's serial that `text` names, or undefined for any other device or text. */
export function parseBox(text: string): BoxSerial | undefined {
  return serialShape.test(text) && text.startsWith("X-") ? (text as BoxSerial) : undefined;
}

/** The epoch that `text` names, or undefined when it has not the shape of one. */
export function parseEpoch(text: string): Epoch | undefined {
  return epochShape.test(text) ? (text as Epoch) : undefined;
}

/** What kind of device carries this serial. */
export function kindOf(serial: Serial): DeviceKind {
  const kind = kinds[serial.charAt(0)];
  if (kind === undefined) throw new TypeError("a serial begins with B, X, T, G or S");
  return kind;
}

/** Whether this serial is a box's. */
export function isBox(serial: Serial): serial is BoxSerial {
  return serial.startsWith("X-");
}
