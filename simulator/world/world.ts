/**
 * The world: homes, network, door, streams and twins in one process, on a clock that stands still until it is moved.
 *
 * Safety first: faults happen, and checkers look on at every stride. Then liveness: everything is mended, standing faults
 * included, and the world must come to rest within a bounded time; what the checkers then find must be exactly right. One
 * seed is one run, to the last entry.
 *
 * @source STYLE §4.10; TigerBeetle's VOPR
 */
import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { assert } from "#platform/assert.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Random } from "#platform/random/port.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { type MessageCounts, readAccounting } from "#twins/accounting.ts";
import { streamsOf } from "#twins/checkpoint.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import { createRoster, type Roster } from "#twins/roster.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { type BoxSerial, kindOf, parseBox, parseSerial, parseTenant } from "#wire/identity.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import { Hours, Instant, Millis, Minutes, Seconds } from "#wire/units.ts";

import { AccountingChecker } from "./checkers/accounting.ts";
import { EmergencyChecker } from "./checkers/emergencies.ts";
import type { Checker, Complaint, Evidence, HealedAt, Mending } from "./checkers/evidence.ts";
import { RebuildChecker } from "./checkers/rebuild.ts";
import { TwinChecker } from "./checkers/twins.ts";
import { Cloud, type Planted } from "./cloud.ts";
import type { HomePlan, Plan } from "./draw.ts";
import { Faults } from "./faults.ts";
import { WorldHome } from "./home.ts";
import { Store } from "./store.ts";
import { unmeasured } from "./unmeasured.ts";
import { Wishes } from "./wishes.ts";
import { Witness } from "./witness.ts";

/** What became of a world. */
export interface Verdict {
  /** Empty when it passed. */
  readonly complaints: readonly Complaint[];
  /** Of all stream entries and twins: the same for the same seed. */
  readonly fingerprint: string;
  readonly entries: number;
  readonly emergencies: number;
  readonly messages: MessageCounts;
  /** From the mending to the rest, ms of the world's time; null when it never rested. */
  readonly restedAfter: number | null;
}

/** Midnight of some day. */
const midnight = 1_760_054_400_000;
/** At most so many looks of the checkers during the faults. */
const looks = 12;
/** From the mending, the world must have come to rest within this. */
const restWithin = Minutes(15);
const pollEvery = Seconds(5);
/** More than any world runs between two looks: beyond it something goes round in circles. */
const timersMost = 1_000_000;

/** Lives one world from its plan to its verdict. */
export async function live(plan: Plan, planted: Planted = {}): Promise<Verdict> {
  return new World(plan, planted).live();
}

class World {
  readonly #plan: Plan;
  readonly #clock: VirtualClock;
  readonly #redis: MemoryRedis;
  readonly #random: Random;
  readonly #keys: Keys;
  readonly #roster: Roster = createRoster();
  readonly #witness: Witness;
  readonly #twins: TwinStore;
  readonly #sql: Sql = openMemorySql();
  readonly #homes: WorldHome[] = [];
  readonly #accounting: AccountingChecker;
  readonly #checkers: readonly Checker[];
  readonly #broken: Complaint[] = [];
  readonly #planted: Planted;
  readonly #store: Store;
  readonly #wishes: Wishes;
  #cloud: Cloud | undefined;
  #healedAt: HealedAt = null;
  #restedAt: HealedAt = null;

  constructor(plan: Plan, planted: Planted) {
    this.#plan = plan;
    this.#planted = planted;
    this.#clock = createVirtualClock({ start: Instant(midnight + plan.hour * Hours(1)) });
    this.#random = createSeededRandom(plan.seed);
    this.#redis = createMemoryRedis(this.#clock);
    this.#keys = keysFor(plan.partitions);
    const [clock, keys] = [this.#clock, this.#keys];
    this.#witness = new Witness(this.#redis.cells, { clock, keys });
    const { cells } = this.#witness;
    const faces = { cells, streams: this.#redis.streams };
    this.#store = new Store(faces, { clock, random: this.#random.fork("store") });
    this.#twins = createTwinStore({ cells, keys, clock });
    this.#wishes = new Wishes({
      ...{ cells, keys, clock, twins: this.#twins, homes: this.#homes },
      failed: (error) => this.#broken.push(`broken: ${String(error)}`),
    });
    const evidence: Evidence = {
      wished: (device) => this.#wishes.of(device),
      keys,
      cells: this.#redis.cells,
      twins: this.#twins,
      registry: this.#roster,
      witness: this.#witness,
      homes: this.#homes,
    };
    this.#accounting = new AccountingChecker(evidence);
    this.#checkers = [
      this.#accounting,
      new EmergencyChecker(evidence, () => this.#mending),
      new TwinChecker(evidence),
      new RebuildChecker({
        ...evidence,
        streams: this.#redis.streams,
        checkpoint: () => (plan.processors === 1 ? this.#cloud?.checkpointOf(0) : undefined),
      }),
    ];
    migrate(this.#sql, outboxSchema);
  }

  async live(): Promise<Verdict> {
    let complaints: readonly Complaint[] = [];
    try {
      const cloud = await this.#build();
      complaints = await this.#pass(cloud);
    } catch (error) {
      this.#broken.push(`broken: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
    }
    return this.#verdict([...this.#broken, ...complaints]);
  }

  /** Enrols the homes, opens the cloud, and lets the homes begin. */
  async #build(): Promise<Cloud> {
    const homes = this.#plan.homes.map((plan, k) => ({ plan, ...namesOf(plan, k) }));
    for (const names of homes) this.#enrol(names);
    for (const device of this.#roster.all()) await this.#twins.create(device);
    const cloud = new Cloud({
      plan: this.#plan,
      keys: this.#keys,
      registry: this.#roster,
      store: this.#store,
      clock: this.#clock,
      random: this.#random.fork("cloud"),
      log: silent,
      metrics: unmeasured,
      planted: this.#planted,
      failed: (error) => this.#broken.push(`broken: ${String(error)}`),
    });
    this.#cloud = cloud;
    for (const home of homes) {
      const around = {
        ...home,
        profile: this.#plan.profile,
        clock: this.#clock,
        random: this.#random.fork(home.box),
        log: silent,
        sql: this.#sql,
        broker: cloud.doors.network.broker,
        post: cloud.doors.postFor(home.box),
      };
      this.#homes.push(new WorldHome(home.plan, around));
    }
    return cloud;
  }

  #enrol({ tenant, box, wristband }: Names): void {
    for (const serial of [box, wristband]) {
      this.#roster.put({
        serial,
        kind: kindOf(serial),
        tenant,
        box,
        fingerprint: serial === box ? `print of ${serial}` : null,
        enrolledAt: this.#clock.now(),
        revokedAt: null,
      });
    }
  }

  /** Both phases; answers as soon as something is wrong. */
  async #pass(cloud: Cloud): Promise<readonly Complaint[]> {
    const [plan, clock, store, redis] = [this.#plan, this.#clock, this.#store, this.#redis];
    const faults = new Faults({ plan, clock, cloud, store, redis, homes: this.#homes });
    for (const { at, home, kind } of plan.calls) {
      clock.after(at, "a call", () => this.#homes[home]?.call(kind));
    }
    for (const wished of plan.wishes) {
      clock.after(wished.at, "a wish", () => this.#wishes.wish(wished));
    }
    const unsafe = await this.#suffer();
    if (unsafe.length > 0) return unsafe;
    faults.heal();
    for (const home of this.#homes) home.heal();
    this.#healedAt = clock.now();
    const unsettled = await this.#settle();
    if (unsettled.length > 0) return unsettled;
    for (const home of this.#homes) home.quieten();
    const restless = await this.#comeToRest({ allHaveSpoken: false });
    if (restless.length > 0) return restless;
    this.#restedAt = clock.now();
    // All is well now: whoever calls is heard at once.
    for (const home of this.#homes) home.call("sos");
    const restlessAgain = await this.#comeToRest({ allHaveSpoken: true });
    return [...restlessAgain, ...(await this.#look()), ...(await this.#judge())];
  }

  /** Faults happen; the checkers look on. */
  async #suffer(): Promise<readonly Complaint[]> {
    const stride = Millis(Math.ceil(this.#plan.length / looks));
    for (let look = 0; look < looks; look += 1) {
      await this.#clock.advance({ by: stride }, { most: timersMost });
      const complaints = await this.#look();
      if (complaints.length > 0) return complaints;
    }
    return [];
  }

  /** Whatever people have wished is so in the end. */
  async #settle(): Promise<readonly Complaint[]> {
    for (let waited = 0; waited < restWithin; waited += pollEvery) {
      if ((await this.#wishes.unsettled()).length === 0) return [];
      await this.#clock.advance({ by: pollEvery }, { most: timersMost });
    }
    return [...(await this.#wishes.unsettled()), ...(await this.#look())];
  }

  async #comeToRest(speech: { allHaveSpoken: boolean }): Promise<readonly Complaint[]> {
    for (let waited = 0; waited < restWithin; waited += pollEvery) {
      await this.#clock.advance({ by: pollEvery }, { most: timersMost });
      const restless = await this.#restlessness(speech);
      if (restless.length === 0) return [];
    }
    return [
      "the world does not come to rest",
      ...(await this.#restlessness(speech)),
      ...(await this.#look()),
    ];
  }

  /** What is still under way. */
  async #restlessness(speech: { allHaveSpoken: boolean }): Promise<Complaint[]> {
    const complaints = this.#homes.flatMap((home) => home.restlessness());
    const underWay = await this.#accounting.underWay(speech);
    if (underWay > 0) complaints.push(`${underWay} messages are in flight`);
    const partitions = Array.from({ length: this.#keys.partitions }, (_, p) => p);
    for (const key of partitions.flatMap((p) => streamsOf(this.#keys, p))) {
      for (const { name, lag, pending } of await this.#redis.streams.groups(key)) {
        const behind = (lag ?? 0) + pending;
        if (behind > 0) complaints.push(`${name} is ${behind} entries behind in ${key}`);
      }
    }
    for (const { box } of this.#homes) {
      const state = (await this.#twins.read(box))?.presence.state;
      if (state !== "online") complaints.push(`the twin of ${box} is ${state}`);
    }
    return complaints;
  }

  async #look(): Promise<Complaint[]> {
    const all = await Promise.all(this.#checkers.map((checker) => checker.during()));
    return all.flat();
  }

  async #judge(): Promise<Complaint[]> {
    const all = await Promise.all(this.#checkers.map((checker) => checker.atRest()));
    return all.flat();
  }

  get #mending(): Mending {
    return { healedAt: this.#healedAt, restedAt: this.#restedAt };
  }

  async #verdict(complaints: readonly Complaint[]): Promise<Verdict> {
    const hash = new Bun.CryptoHasher("sha256");
    for (const { entry, at } of this.#witness.entries) hash.update(JSON.stringify([at, entry]));
    for (const { serial } of this.#roster.all()) {
      hash.update(JSON.stringify(await this.#redis.cells.getAll(this.#keys.twin(serial))));
    }
    this.#sql.close();
    const { healedAt, restedAt } = this.#mending;
    return {
      complaints,
      fingerprint: hash.digest("hex").slice(0, 16),
      entries: this.#witness.entries.length,
      messages: (await readAccounting(this.#redis.cells, this.#keys)).messages,
      emergencies: this.#homes.reduce((sum, { emergencies }) => sum + emergencies.length, 0),
      restedAfter: healedAt === null || restedAt === null ? null : restedAt - healedAt,
    };
  }
}

interface Names {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly wristband: Serial;
}

function namesOf({ tenant: name }: HomePlan, k: number): Names {
  const tenant = parseTenant(name);
  const box = parseBox(`X-W${k + 1}`);
  const wristband = parseSerial(`B-W${k + 1}`);
  assert(tenant !== undefined && box !== undefined, "the names of a world are names");
  assert(wristband !== undefined, "a wristband's name is a serial");
  return { tenant, box, wristband };
}
