/** What a device's serial tells without asking. */

const kinds: Readonly<Record<string, string>> = {
  B: "wristband",
  X: "box",
  T: "blood-pressure",
  G: "glucose",
  S: "scale",
};

/** The kind of a device, by the first letter of its serial; undefined for a serial of no known kind. */
export function kindOf(serial: string): string | undefined {
  return serial.charAt(1) === "-" ? kinds[serial.charAt(0)] : undefined;
}
