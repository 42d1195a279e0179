import type { Cells } from "#platform/cells/port.ts";
/** A door in memory, for tests: two homes enrolled, a clock moved by hand, and what came out of it. */
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import type { Clock } from "#platform/clock/port.ts";
import { silent } from "#platform/log.ts";
import { createMetrics, type Metrics } from "#platform/metrics.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { origin } from "#platform/stream/port.ts";
import { type Accounting, readAccounting } from "#twins/accounting.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import { createRoster, type Roster } from "#twins/roster.ts";
import { parseEntry, type PresenceFact, type StreamEntry } from "#wire/entry.ts";
import {
  type BoxSerial,
  isBox,
  kindOf,
  parseBox,
  parseEpoch,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "#wire/identity.ts";
import type { Receipt } from "#wire/messages.ts";
import { type Duration, Instant, Seconds } from "#wire/units.ts";

import { type Door, type DoorSession, openDoor, type Peer, type Reception } from "./door.ts";

/** A message that came down, and how its box acknowledges it. */
export interface Descended {
  readonly topic: string;
  readonly payload: string;
  readonly acknowledge?: () => void;
}

/** What one box received and how its connection stands. */
export interface Box {
  readonly peer: Peer;
  readonly session: DoorSession;
  readonly down: Descended[];
  /** Why the door closed it; undefined while it did not. */
  closed: string | undefined;
  /** Publishes as JSON, or bytes as they are, on one of its own topics. */
  readonly publish: (topic: string, body: unknown) => Promise<Reception>;
}

/** A door and everything around it. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly redis: MemoryRedis;
  readonly keys: Keys;
  readonly roster: Roster;
  readonly door: Door;
  readonly metrics: Metrics;
  readonly connect: (box: string, tenant?: string) => Box;
  /** Entries of a kind of stream, all partitions, in order. */
  readonly entries: (kind: "critical" | "inbound") => Promise<StreamEntry[]>;
  readonly raw: (kind: "quarantine" | "audit") => Promise<Readonly<Record<string, string>>[]>;
  /** Presence facts about a device, in order. */
  readonly facts: (device: string) => Promise<PresenceFact[]>;
  readonly accounting: () => Promise<Accounting>;
  /** Lets time pass, with a sweep every 5 s. */
  readonly pass: (time: Duration) => Promise<void>;
  /** Another door on the same store and registry. */
  readonly open: (id: string, cells?: Cells) => Door;
}

/** The instant at which every stage begins. */
export const start = Instant(1_760_000_000_000);

/** Text that is a serial, a box, a tenant or an epoch, as its type. */
export const named = {
  serial: (text: string): Serial => known(parseSerial(text)),
  box: (text: string): BoxSerial => known(parseBox(text)),
  tenant: (text: string): Tenant => known(parseTenant(text)),
  epoch: (text: string) => known(parseEpoch(text)),
};

/** Two homes, `X-1` with `B-1` and `T-1` at `nice`, and `X-2` with `B-2` at `lyon`; four partitions. */
export function createStage(
  options: { cells?: (cells: Cells, clock: Clock) => Cells } = {},
): Stage {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(4);
  const roster = createRoster();
  const metrics = createMetrics();
  for (const serial of ["X-1", "B-1", "T-1"]) enrol(roster, serial, { box: "X-1", tenant: "nice" });
  for (const serial of ["X-2", "B-2"]) enrol(roster, serial, { box: "X-2", tenant: "lyon" });
  const { streams } = redis;
  const store = options.cells?.(redis.cells, clock) ?? redis.cells;
  const random = createSeededRandom("stage");
  const open = (id: string, cells = store): Door =>
    openDoor({ id, cells, streams, keys, registry: roster, clock, random, log: silent, metrics });
  const door = open("door");
  const raw = async (kind: "critical" | "inbound" | "quarantine" | "audit") => {
    const found = [];
    for (let p = 0; p < keys.partitions; p++) {
      const all = await streams.range(keys[kind](p), { after: origin, limit: 100_000 });
      found.push(...all.map(({ fields }) => fields));
    }
    return found;
  };
  const entries = async (kind: "critical" | "inbound"): Promise<StreamEntry[]> =>
    (await raw(kind)).map((fields) => known(parseEntry(fields)));
  return {
    clock,
    redis,
    keys,
    roster,
    door,
    metrics,
    connect: (box, tenant) => connectTo(door, box, tenant ?? (box === "X-1" ? "nice" : "lyon")),
    entries,
    raw,
    facts: async (device) =>
      (await entries("inbound"))
        .filter((entry) => entry.channel === "presence" && entry.device === device)
        .map(({ body }): PresenceFact => JSON.parse(body)),
    accounting: () => readAccounting(redis.cells, keys),
    pass: async (time) => {
      const sweeping = clock.every(Seconds(5), "sweep", () => void door.sweep());
      await clock.advance({ by: time });
      sweeping.cancel();
    },
    open,
  };
}

/** Connects a box to a door. */
export function connectTo(door: Door, box: string, tenant: string): Box {
  const peer = { tenant: named.tenant(tenant), box: named.box(box) };
  const down: Box["down"] = [];
  const session = door.connect(peer, {
    send: (topic, payload, acknowledge) =>
      void down.push({ topic, payload, ...(acknowledge === undefined ? {} : { acknowledge }) }),
    close: (reason) => {
      connected.closed = reason;
    },
  });
  const connected: Box = {
    peer,
    session,
    down,
    closed: undefined,
    publish: (topic, body) =>
      session.receive({
        topic: topic.startsWith("vigie/") ? topic : `vigie/v1/${tenant}/${box}/${topic}`,
        payload: body instanceof Uint8Array ? body : bytes(body),
        qos: 1,
      }),
  };
  return connected;
}

/** The receipts that a box was sent, oldest first. */
export function receiptsOf(box: Box): Receipt[] {
  return box.down
    .filter(({ topic }) => topic.endsWith("/down/stored"))
    .map(({ payload }): Receipt => JSON.parse(payload));
}

/** A fall of `B-1`, as its event's JSON. */
export function fall(id: string, seq: number, rest: object = {}): object {
  return { id, epoch: "e1", seq, kind: "fall", device: "B-1", t: start, ...rest };
}

/** Puts a device into a roster. */
export function enrol(
  roster: Roster,
  serial: string,
  home: { box: string | null; tenant: string; revoked?: boolean },
): void {
  const device = named.serial(serial);
  roster.put({
    serial: device,
    kind: kindOf(device),
    tenant: named.tenant(home.tenant),
    box: home.box === null ? null : named.box(home.box),
    fingerprint: isBox(device) ? `print-of-${serial}` : null,
    enrolledAt: start,
    revokedAt: home.revoked === true ? start : null,
  });
}

/** A SenML pack of heart rates, one a minute, the last at `t`. */
export function pack(
  device: string,
  number: { seq: number; epoch?: string },
  given: { rates?: readonly number[]; t?: number } = {},
): readonly object[] {
  const { rates = [70], t = start } = given;
  return [
    { bn: `urn:dev:vigie:${device}:`, n: "epoch", vs: number.epoch ?? "e1" },
    { n: "seq", v: number.seq },
    ...rates.map((v, at) => ({
      n: "heart-rate",
      u: "beat/min",
      v,
      t: t / 1000 - 60 * (rates.length - 1 - at),
      d: 60,
    })),
  ];
}

/** JSON in UTF-8. */
export function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("a stage is set with valid names");
  return value;
}
