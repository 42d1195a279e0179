import type { RegisteredDevice } from "#twins/registry-port.ts";
/** The devices of a load test, by their number from 0. */
import { parseBox, parseSerial, parseTenant } from "#wire/identity.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

const name = parseTenant("load");
if (name === undefined) throw new TypeError("load is a tenant");

/** The tenant of all load tests. */
export const tenant = name;

/** Box number `k`. */
export function boxSerial(k: number): BoxSerial {
  const serial = parseBox(`X-L${String(k).padStart(6, "0")}`);
  if (serial === undefined) throw new RangeError("no such box");
  return serial;
}

/** The wristband that hangs on box number `k`. */
export function wristbandSerial(k: number): Serial {
  const serial = parseSerial(`B-L${String(k).padStart(6, "0")}`);
  if (serial === undefined) throw new RangeError("no such wristband");
  return serial;
}

/** The devices of home number `k` as the registry has them, the box first. */
export function registeredHome(k: number, at: Instant): RegisteredDevice[] {
  const box = boxSerial(k);
  const common = { tenant, box, fingerprint: null, enrolledAt: at, revokedAt: null };
  return [
    { serial: box, kind: "box", ...common },
    { serial: wristbandSerial(k), kind: "wristband", ...common },
  ];
}
