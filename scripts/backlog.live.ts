/**
 * A region comes back after a day: a thousand homes connect at once, each with the product's own outbox full of 24 hours,
 * while they and others go on measuring.
 *
 * Every message must be stored once, and whoever follows the changes must never see a leaf go back. How long the others'
 * readings took meanwhile is printed beside DESIGN's bound, and not asserted: it is the machine's as much as ours.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Draft, readingsDraft } from "#devices/box/draft.ts";
import { outboxLimits } from "#devices/box/limits.ts";
import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { openOutbox, type Outbox } from "#devices/box/outbox.ts";
import { openUplink, type Uplink } from "#devices/box/uplink.ts";
import { realBroker } from "#platform/broker/real.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { realRandom } from "#platform/random/real.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import { parseRoster, type Roster, type RosterHome } from "#simulator/roster.ts";
import { readAccounting } from "#twins/accounting.ts";
import { createTwinStore } from "#twins/store.ts";
import { cadence } from "#wire/cadence.ts";
import type { Serial } from "#wire/identity.ts";
import type { Reading } from "#wire/messages.ts";
import type { Metric } from "#wire/metrics.ts";
import { type Duration, Hours, Instant, Minutes } from "#wire/units.ts";

import { ChangeWatcher } from "./change-watcher.ts";
import { startVigie, type Vigie } from "./running.ts";
import { attachState, type State } from "./state.ts";
import { until } from "./until.ts";

const returning = Number(process.env["VIGIE_HOMES"] ?? 1000);
/** Homes that were never away. */
const present = 50;
/** DESIGN §13 `outage-return`. */
const boundMs = 1000;
const folder = mkdtempSync(join(tmpdir(), "vigie-backlog-"));
const dir = join(folder, "state");
const random = createSeededRandom("backlog");
const sql = openMemorySql();
migrate(sql, outboxSchema);

let vigie: Vigie;

beforeAll(async () => {
  const fleet = ["--fleet", "roster", "--homes", String(returning + present)];
  const ports = ["--port", "--mqtt-port", "--door-port", "--plain-port"].flatMap((p) => [p, "0"]);
  vigie = await startVigie(dir, [...ports, ...fleet]);
}, 60_000);
afterAll(async () => {
  await vigie.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

interface Rhythm {
  readonly window: Duration;
  readonly batch: Duration;
  readonly perBatch: number;
}

/** The plan's, but for the heart: twice as many means together make the hundred batches a day of DESIGN §13. */
const rhythms: readonly (readonly [Metric, Rhythm, { low: number; high: number }])[] = [
  [
    "heart-rate",
    { ...cadence.heartRate, batch: Minutes(20), perBatch: 10 },
    { low: 50, high: 110 },
  ],
  ["spo2", cadence.spo2, { low: 92, high: 99 }],
  ["steps", cadence.steps, { low: 0, high: 900 }],
];

/** Time and value of the latest reading that each wristband told of each metric. */
const told = new Map<Serial, Partial<Record<Metric, Reading>>>();

function packOf(device: Serial, readings: readonly Reading[]): Draft {
  const latest = told.get(device) ?? {};
  told.set(device, latest);
  for (const reading of readings) {
    if (reading.t >= (latest[reading.metric]?.t ?? 0)) latest[reading.metric] = reading;
  }
  return readingsDraft({ device, battery: 80, firmware: "2.3.0", readings });
}

/** What a wristband measured since `since`, by the plan, and when its box had it. */
function dayOf(device: Serial, since: number): { at: Instant; draft: Draft }[] {
  const packs = rhythms.flatMap(([metric, { window, batch, perBatch }, range]) =>
    Array.from({ length: Math.floor(Hours(24) / batch) }, (_, n) => {
      const at = Instant(since + (n + 1) * batch);
      const readings = Array.from({ length: perBatch }, (_none, k) => {
        const t = Instant(at - (perBatch - 1 - k) * window);
        return { metric, value: random.integer(range), t, window };
      });
      return { at, draft: packOf(device, readings) };
    }),
  );
  return packs.toSorted((a, b) => a.at - b.at);
}

/** A home, its outbox, and its line once it has one. */
class Home {
  readonly names: RosterHome;
  readonly outbox: Outbox;
  #now: Instant | undefined;
  #uplink: Uplink | undefined;

  constructor(names: RosterHome) {
    this.names = names;
    const clock = { ...realClock, now: () => this.#now ?? realClock.now() };
    const ports = { sql, box: names.box, clock, random: realRandom };
    this.outbox = openOutbox({ ...ports, limits: outboxLimits("seed") });
  }

  /** Lives that long without a line. */
  livedAlone(since: number): void {
    for (const { at, draft } of dayOf(this.names.wristband, since)) {
      this.#now = at;
      this.outbox.append([draft]);
    }
    this.#now = undefined;
  }

  connect({ mqtt }: Roster, ca: string): void {
    const { box, tenant, cert, key } = this.names;
    this.#uplink = openUplink({
      ...{ clock: realClock, random: realRandom, log: silent, broker: realBroker },
      ...{ address: { url: mqtt, tls: { ca, cert, key } }, outbox: this.outbox, tenant, box },
      status: () => ({ power: "mains", links: [] }),
    });
  }

  /** Measures a pulse; answers when. */
  say(): Instant {
    const t = realClock.now();
    const value = random.integer({ low: 50, high: 110 });
    const pulse = { metric: "heart-rate", value, t, window: 120_000 } as const;
    this.#uplink?.offer([packOf(this.names.wristband, [pulse])]);
    return t;
  }

  async close(): Promise<void> {
    await this.#uplink?.close();
  }
}

/** Lets the homes speak in turn, 50 a second; `heard` gets each with the time of what it said. */
function converse(homes: readonly Home[], heard: (home: Home, t: Instant) => void = () => {}) {
  let turn = 0;
  return setInterval(() => {
    const home = homes[(turn += 1) % homes.length];
    if (home !== undefined) heard(home, home.say());
  }, 20);
}

/** Leaves of the wristbands that are not the latest that was told. */
async function staleLeaves({ cells, keys }: State): Promise<string[]> {
  const twins = await createTwinStore({ cells, keys, clock: realClock }).readMany([...told.keys()]);
  return [...told].flatMap(([device, latest], n) => {
    const vitals = twins[n]?.parts.vitals;
    return Object.values(latest)
      .filter(({ metric, value, t }) => {
        return vitals?.reported[metric] !== value || vitals.meta[metric]?.t !== t;
      })
      .map(({ metric }) => `${device} ${metric}`);
  });
}

function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.ceil(sorted.length * share) - 1];
}

test(`TW-04, BX-25: a day of ${returning} homes told at once is stored once, and no leaf goes back`, async () => {
  const roster = parseRoster(readFileSync(join(dir, "fleet.json"), "utf8"));
  const ca = readFileSync(roster.ca, "utf8");
  const homes = roster.homes.map((names) => new Home(names));
  const [back, here] = [homes.slice(0, returning), homes.slice(returning)];
  for (const home of back) home.livedAlone(realClock.now() - Hours(24));
  const backlog = back.reduce((sum, { outbox }) => sum + outbox.depth().depth, 0);
  expect(backlog).toBeGreaterThanOrEqual(100 * returning);
  const state = await attachState(dir, { log: silent });
  const watcher = ChangeWatcher.open(state);

  for (const home of here) home.connect(roster, ca);
  const isFollowed = ({ names: { wristband } }: Home, t: Instant): void =>
    watcher.expect(`${wristband} vitals/heart-rate`, t);
  const talks = [converse(here, isFollowed)];
  await until(() => watcher.delays.length > 2 * present, { what: "those who stayed are heard" });
  const from = watcher.delays.length;

  const began = performance.now();
  for (const home of back) home.connect(roster, ca);
  talks.push(converse(back));
  await until(() => back.every(({ outbox }) => outbox.depth().depth <= 1), {
    what: "every outbox holds no more than what is said now",
    withinMs: 200_000,
  });
  const seconds = (performance.now() - began) / 1000;
  for (const talk of talks) clearInterval(talk);
  await until(() => homes.every(({ outbox }) => outbox.depth().depth === 0), {
    what: "every outbox is empty",
  });
  await until(async () => watcher.outstanding === 0 && (await staleLeaves(state)).length === 0, {
    what: "every twin is as the latest readings tell it",
  });
  const delays = watcher.delays.slice(from).toSorted((a, b) => a - b);
  const settled = (performance.now() - began) / 1000;
  const { messages, readings, holds } = await readAccounting(state.cells, state.keys);
  await watcher.close();
  await Promise.all(homes.map((home) => home.close()));
  await state.close();

  console.log(
    `${backlog} messages stored in ${seconds.toFixed(1)} s, folded after ${settled.toFixed(1)} s, ` +
      `${watcher.changes} changes; ${delays.length} readings of others took ` +
      `${quantile(delays, 0.5)} ms at p50, ${quantile(delays, 0.99)} ms at p99 (bound: ${boundMs})`,
  );
  expect(watcher.wrong).toEqual([]);
  const said = homes.reduce((sum, { outbox }) => sum + outbox.tally().appended, 0);
  expect({ holds, ...messages }).toMatchObject({
    ...{ holds: true, sent: said, stored: said },
    ...{ refused: 0, duplicate: 0, lost: 0, inFlight: 0 },
  });
  expect(readings).toMatchObject({ quarantined: 0 });
}, 300_000);
