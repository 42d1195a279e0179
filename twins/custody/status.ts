/**
 * Whether a device may be used, and what may become of it; pure.
 * @source catalogue MD-36, FL-12
 */

/** In use; in stock; waiting for repair; ended for good. */
export const deviceStatuses = ["active", "inactive", "broken", "retired"] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/**
 * What each may become. What is broken is looked at in stock before anybody gets it again; what is retired never comes
 * back, nor does its serial.
 */
const allowed: Readonly<Record<DeviceStatus, readonly DeviceStatus[]>> = {
  active: ["inactive", "broken", "retired"],
  inactive: ["active", "broken", "retired"],
  broken: ["inactive", "retired"],
  retired: [],
};

/** Whether a device of that status may be given another. */
export function mayBecome(from: DeviceStatus, to: DeviceStatus): boolean {
  return allowed[from].includes(to);
}
