/** Devices of homes, as the planner reads them off the columns. */
import { eachRow } from "#twins/bits.ts";
import { declared } from "#twins/columns.ts";
import type { Judged } from "#twins/filter.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import { type BoxSerial, isBox, parseBox, parseSerial, type Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

/** One device that hangs on a box, or is one, and is not in stock. */
export interface HomeDevice {
  readonly device: Serial;
  readonly home: BoxSerial;
  readonly isBox: boolean;
  readonly isWristband: boolean;
  readonly state: string;
  readonly cause: string | null;
  readonly since: number;
  readonly heardAt: number | null;
  readonly createdAt: number;
  readonly readingAt: number | null;
  readonly battery: number | null;
  readonly isCharging: boolean;
  readonly isOffWrist: boolean;
  readonly status: string | null;
  readonly calibrationDue: number | null;
}

/** The devices that pass a filter, read as they are asked for: to be used up before the next change. */
export function* homeDevices(
  table: FleetTable,
  { filter, now }: { readonly filter: Judged | undefined; readonly now: Instant },
): Iterable<HomeDevice> {
  const read = readerOf(table);
  const rows: number[] = [];
  eachRow(table.matching(filter, now), (row) => rows.push(row));
  for (const row of rows) {
    const device = read(row);
    if (device !== undefined) yield device;
  }
}

function readerOf(table: FleetTable): (row: number) => HomeDevice | undefined {
  const textOf = (name: Parameters<typeof declared>[0]) => {
    const cells = table.cells(declared(name));
    return (row: number): string | null => {
      const value = cells.get(row);
      return typeof value === "string" ? value : null;
    };
  };
  const numberOf = (name: Parameters<typeof declared>[0]) => {
    const cells = table.cells(declared(name));
    return (row: number): number | null => {
      const value = cells.get(row);
      return typeof value === "number" ? value : null;
    };
  };
  const [id, kind, box] = [textOf("id"), textOf("kind"), textOf("box")];
  const [state, cause, status] = [
    textOf("presence.state"),
    textOf("presence.cause"),
    textOf("identity.status"),
  ];
  const [since, heardAt, createdAt] = [
    numberOf("presence.since"),
    numberOf("presence.heardAt"),
    numberOf("createdAt"),
  ];
  const [battery, charging, worn] = [
    numberOf("power.battery"),
    numberOf("power.charging"),
    numberOf("wear.worn"),
  ];
  const [readingAt, calibrationDue] = [numberOf("readingAt"), numberOf("identity.calibrationDue")];
  return (row) => {
    const stands = state(row);
    const device = parseSerial(id(row) ?? "");
    const home = parseBox(box(row) ?? "");
    if (device === undefined || home === undefined) return undefined;
    if (stands === null || stands === "in_stock") return undefined;
    return {
      device,
      home,
      isBox: isBox(device),
      isWristband: kind(row) === "wristband",
      state: stands,
      cause: cause(row),
      since: since(row) ?? 0,
      heardAt: heardAt(row),
      createdAt: createdAt(row) ?? 0,
      readingAt: readingAt(row),
      battery: battery(row),
      isCharging: charging(row) === 1,
      isOffWrist: worn(row) === 0,
      status: status(row),
      calibrationDue: calibrationDue(row),
    };
  };
}
