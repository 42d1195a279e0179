/** A fleet against a cloud in memory, on a clock that the test moves: everything between is the product's. */
import { describe, expect, test } from "bun:test";

import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { createMemoryNetwork } from "#platform/broker/memory.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { fnv1a32 } from "#wire/partition.ts";
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { faultless, faultsOf } from "./faults.ts";
import { begun, homes } from "./home-scene.ts";
import { type Life, takeUp } from "./life.ts";
import { createMeansBody } from "./physiology/means.ts";
import { type FleetPlan, RunningFleet } from "./running-fleet.ts";
import { sinOf, sins } from "./sins.ts";
import { TrialCloud } from "./trial-cloud.ts";

interface Scene {
  readonly fleet: RunningFleet;
  readonly cloud: TrialCloud;
  readonly clock: VirtualClock;
  readonly sql: Sql;
}

/** A fleet of calm homes unless told otherwise; begins where `life` says, with what `sql` holds. */
function play(
  change: Partial<FleetPlan> & { count: number; seed?: string },
  before: Partial<Omit<Scene, "fleet">> & { life?: Life } = {},
): Scene {
  const { clock = createVirtualClock({ start: begun }), cloud = new TrialCloud() } = before;
  const sql = before.sql ?? openMemorySql();
  migrate(sql, outboxSchema);
  const random = createSeededRandom(`${clock.now()}`);
  const network = createMemoryNetwork({ clock, random: random.fork("network") });
  network.listen(cloud.accept);
  const { seed = "test" } = change;
  const life = takeUp(before.life, { seed, profile: "seed", since: Hours(24), now: clock.now() });
  const roster = { mqtt: "", door: "https://door", ca: "", homes: homes(change.count) };
  const calm = { faultsOf: () => faultless, sinOf: () => undefined };
  const plan = {
    ca: "",
    speed: 43_200,
    fidelity: "means",
    profile: "seed",
    recordings: [],
    ...calm,
  } as const;
  const fleet = RunningFleet.open(
    { ...plan, roster, life, ...change },
    {
      broker: network.broker,
      httpsOf: () => ({ post: async () => ({ status: 201, body: "" }) }),
      sql,
      clock,
      random,
      log: silent,
    },
  );
  return { fleet, cloud, clock, sql };
}

/** A seed by which whoever lives in the first home falls within the day, with the wristband on. */
function seedOfFall(): string {
  const hours = Array.from({ length: 22 }, (_, hour) => begun - Hours(hour + 1));
  for (let n = 0; n < 1000; n++) {
    const body = createMeansBody(fnv1a32(`fall ${n}:X-0`));
    const falls = hours.flatMap((from) => body.fall({ from, to: from + Hours(1) }) ?? []);
    if (falls.some((t) => body.wear(t) === "worn")) return `fall ${n}`;
  }
  throw new Error("nobody falls");
}

/** How much of its time the cloud has heart rates of, ms. */
function spanOf({ readings }: TrialCloud, device: string): number {
  return [...readings]
    .filter(([key]) => key.startsWith(`${device} heart-rate`))
    .reduce((sum, [, { window }]) => sum + window, 0);
}

/** Ends the fleet; its farewells take a little of the clock's time. */
async function end({ fleet, clock }: Scene): Promise<void> {
  await Promise.all([fleet.close(), clock.advance({ by: Seconds(3) })]);
}

/** Every number that was given out and is not the cloud's still waits or was dropped. */
function expectAccounted({ fleet, cloud }: Scene): void {
  const { waiting, dropped } = fleet.status();
  expect(cloud.received).toBeLessThanOrEqual(fleet.given());
  expect(fleet.given() - cloud.received).toBeLessThanOrEqual(waiting + dropped);
}

describe("a fleet that begins a day ago", () => {
  test("meets the world in two seconds and has then told the cloud the whole day", async () => {
    const scene = play({ count: 8 });
    await scene.clock.advance({ by: Seconds(5) });
    const status = scene.fleet.status();
    expect(status).toMatchObject({ homes: 8, connected: 8, met: true, waiting: 0, dropped: 0 });
    expect(scene.cloud.received).toBe(scene.fleet.given());
    expect(scene.cloud.repeatedReadings).toBe(0);
    const reported = scene.cloud.taken.filter(({ topic }) => topic.channel === "reported");
    const reporters = new Set(reported.map(({ topic }) => topic.device));
    expect(reporters.size).toBe(16);
    const oldest = Math.min(...[...scene.cloud.readings.values()].map(({ t }) => t));
    expect(oldest).toBeWithin(begun - Hours(24.2), begun - Hours(23.9));
    const hearts = [...scene.cloud.readings.keys()].filter((key) => key.includes("heart-rate"));
    expect(hearts.length / 8).toBeWithin(500, 726);
    await end(scene);
  });

  test("says alive in the world's time, at once when it meets it", async () => {
    const scene = play({ count: 1 });
    const { cloud, clock } = scene;
    await clock.advance({ by: Seconds(5) });
    const last = cloud.heartbeats.at(-1)!;
    expect(last.t).toBeWithin(begun + 2000, begun + 4100);
    expect(last.links).toMatchObject([{ device: "B-0", up: true }]);
    expect(last.t - last.links[0]!.heardAt!).toBeLessThan(Minutes(2));
    expect(last.buffer.depth).toBe(0);
    await end(scene);
  });

  test("says the same with the same seed", async () => {
    const said = async (seed: string): Promise<string[]> => {
      const scene = play({ count: 3, seed });
      await scene.clock.advance({ by: Minutes(30) });
      await end(scene);
      return scene.cloud.taken.map(({ text }) => text);
    };
    expect(await said("a")).toEqual(await said("a"));
    expect(await said("a")).not.toEqual(await said("b"));
  });
});

describe("a fleet that sins and breaks", () => {
  test.each([...sins, undefined])("loses no number, even if each home sins by %p", async (sin) => {
    const scene = play({ count: 4, faultsOf, sinOf: () => sin });
    for (let hour = 0; hour < 4; hour++) {
      await scene.clock.advance({ by: Hours(1) });
      expectAccounted(scene);
    }
    expect(scene.cloud.repeatedReadings).toBe(0);
    if (sin === "garbles") expect(scene.cloud.unreadable).toBeGreaterThan(0);
    if (sin === "repeats") expect(scene.cloud.repeated).toBeGreaterThan(scene.cloud.received / 2);
    await end(scene);
  });

  test("tells the cloud each fall once", async () => {
    const scene = play({ count: 1, seed: seedOfFall(), sinOf });
    await scene.clock.advance({ by: Minutes(1) });
    const falls = scene.cloud.events.filter(({ kind }) => kind === "fall").map(({ id }) => id);
    expect(falls.length).toBeGreaterThan(0);
    expect(new Set(falls).size).toBe(falls.length);
    await end(scene);
  });
});

describe("a fleet that is ended and started again", () => {
  test("goes on where it was: none comes twice, and missing are the windows under way alone", async () => {
    const first = play({ count: 5 });
    await first.clock.advance({ by: Minutes(40) });
    await end(first);
    await first.clock.advance({ by: Minutes(50) });
    const second = play({ count: 5 }, { ...first, life: first.fleet.life() });
    await second.clock.advance({ by: Minutes(30) });
    await end(second);
    const through = play({ count: 5 });
    await through.clock.advance({ by: Minutes(120) });
    await end(through);
    expect(second.cloud.repeatedReadings).toBe(0);
    for (let home = 0; home < 5; home++) {
      const device = `B-${home}`;
      const [known, all] = [second, through].map(({ cloud }) => spanOf(cloud, device));
      expect(all! - known!).toBeWithin(0, Minutes(6));
    }
  });
});
