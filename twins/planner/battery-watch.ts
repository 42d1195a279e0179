/**
 * Looks at every battery that is heard of, every quarter of an hour, and keeps how fast it empties.
 *
 * Trends lie in Redis, so that a restart forgets nothing. Every process looks; they see the same and write the same.
 */
import type { Cells, Write } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { eachRow } from "#twins/bits.ts";
import { declared } from "#twins/columns.ts";
import { type FleetTable, idOf } from "#twins/fleet-table.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Keys } from "#twins/keys.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import { type Instant, Millis, Minutes } from "#wire/units.ts";

import { type BatteryTrend, decodeTrend, encodeTrend, seeLevel } from "./battery-trend.ts";

/** What it takes. */
export interface BatteryWatchDeps {
  readonly cells: Pick<Cells, "getAll" | "commit">;
  readonly keys: Keys;
  readonly fleet: Pick<Fleet, "table" | "tenants" | "isBuilt">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

/** The trends that are known. */
export interface BatteryWatch {
  readonly trend: (device: Serial) => BatteryTrend | undefined;
  readonly close: () => Promise<void>;
}

const every = Minutes(15);
/** Devices looked at before others get their turn. */
const handful = 5000;

const battery = declared("power.battery");
const charging = declared("power.charging");
const state = declared("presence.state");

type Trends = Map<Serial, BatteryTrend>;

/** Watches until closed. */
export function openBatteryWatch(deps: BatteryWatchDeps): BatteryWatch {
  const { fleet, clock, log } = deps;
  let trends: Trends | undefined;
  const life = { isOpen: true };
  let turn: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (!fleet.isBuilt()) return;
    trends ??= await loadTrends(deps);
    for (const tenant of fleet.tenants()) {
      const levels = levelsIn(fleet.table(tenant), clock.now());
      while (life.isOpen && levels.length > 0) {
        const moved = seeAll(trends, levels.splice(-handful), clock.now());
        await saveTrends(deps, trends, moved);
        await clock.sleep(Millis(0));
      }
    }
  };
  const timer = clock.every(every, "batteries", () => {
    turn ??= carefully(log, look).finally(() => {
      turn = undefined;
    });
  });
  return {
    trend: (device) => trends?.get(device),
    close: async () => {
      life.isOpen = false;
      timer.cancel();
      await turn;
    },
  };
}

/** One device as it is heard; no level of one that is being charged. */
interface Seen {
  readonly device: Serial;
  readonly level: number | null;
}

/** Brings the trends up to what is seen; answers whose moved. */
function seeAll(trends: Trends, seen: readonly Seen[], at: Instant): Serial[] {
  return seen.flatMap(({ device, level }) => {
    const held = trends.get(device);
    if (level === null) return trends.delete(device) ? [device] : [];
    const next = seeLevel(held, { at, level });
    trends.set(device, next);
    return next === held ? [] : [device];
  });
}

/** The devices that are heard and have told a level. */
function levelsIn(table: FleetTable, now: Instant): Seen[] {
  const levels: Seen[] = [];
  eachRow(table.matching(undefined, now), (row) => {
    const level = table.get(row, battery);
    const stands = table.get(row, state);
    if (typeof level !== "number" || stands === "silent" || stands === "in_stock") return;
    const device = parseSerial(idOf(table, row));
    if (device === undefined) return;
    levels.push({ device, level: table.get(row, charging) === 1 ? null : level });
  });
  return levels;
}

async function loadTrends({ cells, keys }: BatteryWatchDeps): Promise<Trends> {
  const trends: Trends = new Map();
  for (let q = 0; q < keys.partitions; q++) {
    for (const [name, field] of Object.entries(await cells.getAll(keys.trends(q)))) {
      const [serial, trend] = [parseSerial(name), decodeTrend(field)];
      if (serial !== undefined && trend !== undefined) trends.set(serial, trend);
    }
  }
  return trends;
}

async function saveTrends(
  { cells, keys }: BatteryWatchDeps,
  trends: Trends,
  moved: readonly Serial[],
): Promise<void> {
  const units = new Map<number, Write[]>();
  for (const field of moved) {
    const [q, trend] = [keys.of(field), trends.get(field)];
    const key = keys.trends(q);
    const writes = units.get(q) ?? [];
    units.set(q, writes);
    writes.push(
      trend === undefined
        ? { op: "HDEL", key, field }
        : { op: "HSET", key, field, value: encodeTrend(trend) },
    );
  }
  await Promise.all([...units.values()].map((writes) => cells.commit([{ checks: [], writes }])));
}

/** What the world interrupted is seen the next time. */
async function carefully(log: Pick<Log, "warn">, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    log.warn("batteries not looked at", { code: error.code });
  }
}
