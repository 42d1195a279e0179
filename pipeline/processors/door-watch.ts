/**
 * Tells of the homes that a dead door held, should no other door live to adopt them: to everybody they would look heard
 * for ever (`doors/holders.ts` does the same among doors).
 *
 * A door is dead when its beat in `vigie:state` does not change for half a minute in which this processor looked, so that
 * neither clocks that differ nor a store that was away for all make anybody dead. Of each of its homes a fact is written
 * then, in one commit with taking the home from it: the connection is cut, and the clock alone does the rest.
 */
import type { Cells, Write } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";
import { encodeEntry, presenceEntry, type PresenceFact } from "#wire/entry.ts";
import { type BoxSerial, parseBox } from "#wire/identity.ts";
import { Instant, Seconds } from "#wire/units.ts";

import type { Lease } from "./lease.ts";

/** What it works with. */
export interface DoorWatchDeps {
  readonly cells: Pick<Cells, "getAll" | "commit">;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  /** Partitions that are ours, whose homes are. */
  readonly leases: ReadonlyMap<number, Lease>;
}

/** A beat that has not changed for so long, while one looked, is of a dead door. */
const deadAfter = Seconds(30);
/** Who has not looked for so long begins anew. */
const blinkMost = Seconds(15);

/** Homes of one commit. */
const handful = 256;

/** A beat, and since when it has been seen unchanged. */
interface Beat {
  readonly at: string;
  readonly since: number;
}

/** Looks every 5 s. */
export function createDoorWatch(deps: DoorWatchDeps): { tick(): Promise<void> } {
  const { cells, keys, clock, leases } = deps;
  let beats: ReadonlyMap<string, Beat> = new Map();
  let lookedAt = -Infinity;
  /** Dead doors whose homes in a partition have been told of, by name of all three. */
  let told: ReadonlySet<string> = new Set();
  return {
    tick: async () => {
      const now = clock.monotonic();
      if (now - lookedAt < cadence.presence.sweep) return;
      const known = now - lookedAt > blinkMost ? new Map<string, Beat>() : beats;
      beats = beatsOf(await cells.getAll(keys.state()), known, now);
      lookedAt = now;
      const dead = [...beats].filter(([, { since }]) => now - since > deadAfter);
      const deaths = [...leases.values()].flatMap((lease) =>
        dead.map(([door, { at }]) => ({ lease, door, at: Number(at) })),
      );
      for (const death of deaths) if (!told.has(nameOf(death))) await tell(deps, death);
      told = new Set(deaths.map(nameOf));
    },
  };
}

/** The beats as they are, each since it has been seen so. */
function beatsOf(
  state: Readonly<Record<string, string>>,
  known: ReadonlyMap<string, Beat>,
  now: number,
): Map<string, Beat> {
  const beats = new Map<string, Beat>();
  for (const [field, at] of Object.entries(state)) {
    if (!field.startsWith(prefix)) continue;
    const door = field.slice(prefix.length);
    const before = known.get(door);
    beats.set(door, before?.at === at ? before : { at, since: now });
  }
  return beats;
}

const prefix = "door:";

/** A door that is dead, to a partition. */
interface Death {
  readonly lease: Lease;
  readonly door: string;
  /** When it last beat. */
  readonly at: number;
}

function nameOf({ lease, door, at }: Death): string {
  return `${lease.partition} ${lease.number} ${door} ${at}`;
}

async function tell(deps: DoorWatchDeps, death: Death): Promise<void> {
  const { cells, keys, log } = deps;
  const { lease, door } = death;
  const key = keys.doors(lease.partition);
  const homes = Object.entries(await cells.getAll(key)).flatMap(([field, holder]) => {
    const box = parseBox(field);
    return holder === door && box !== undefined ? [box] : [];
  });
  if (homes.length > 0) log.warn("a door is dead", { door, homes: homes.length });
  for (let from = 0; from < homes.length; from += handful) {
    const units = homes.slice(from, from + handful).map((box) => ({
      checks: [lease.fence(lease.partition), { key, field: box, expected: door }],
      writes: [{ op: "HDEL", key, field: box } as const, ...entryOf(deps, box, death)],
    }));
    await cells.commit(units);
  }
}

/** What nobody else tells: the box was heard until its door died, and its connection with the door. */
function entryOf({ keys, clock, registry }: DoorWatchDeps, box: BoxSerial, { at }: Death): Write[] {
  const device = registry.device(box);
  if (device === undefined) return [];
  const now = clock.now();
  const heardAt = Instant(Math.min(now, at));
  const fact: PresenceFact = { at: now, state: "heard", heardAt, ended: "cut" };
  const fields = encodeEntry(presenceEntry({ tenant: device.tenant, box, device: box }, fact));
  return [{ op: "XADD", key: keys.inbound(keys.of(box)), fields }];
}
