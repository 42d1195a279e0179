/**
 * A home of the world: the wristband's and the box's own program, whose box may be killed at any instant and its disk set
 * back.
 *
 * Its clocks may be wrong, its air bad. Of all that its box gave a number a ledger is kept, for the checkers.
 */
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import type { Tally } from "#devices/box/outbox.ts";
import { calmAir } from "#devices/link/radio.ts";
import type { Broker } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import { fullBattery } from "#simulator/battery.ts";
import { faultless, faultsOf } from "#simulator/faults.ts";
import { Home } from "#simulator/home.ts";
import { seededResident } from "#simulator/wearers/seeded.ts";
import { counterField } from "#twins/mark.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import { type Instant, Seconds } from "#wire/units.ts";

import { copyOf, type CounterOnDisk, countersOn, emergenciesOn, putBack } from "./disk.ts";
import type { Call, HomePlan } from "./draw.ts";
import { type Given, witnessing } from "./ledger.ts";

/** How much of each home is simulated. */
export const fidelity = "means";

/** An emergency that the box has taken. */
export interface Emergency {
  readonly id: string;
  readonly at: Instant;
}

/** What a home stands on. */
export interface HomeSurroundings {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly wristband: Serial;
  readonly profile: ProfileName;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of the outbox's schema; the disk of all boxes. */
  readonly sql: Sql;
  readonly broker: Broker;
  readonly post: PostEmergency;
}

/** See the file. */
export class WorldHome {
  readonly plan: HomePlan;
  readonly box: BoxSerial;
  /** Those that its box speaks for, itself first. */
  readonly devices: readonly Serial[];
  /** By the field of their counter, then by number; a box that was set back gives out numbers again. */
  readonly ledger = new Map<string, Map<number, Given[]>>();
  readonly emergencies: Emergency[] = [];
  /** Emergencies that went with a disk that was set back; they may have been heard before. */
  readonly forgotten = new Set<string>();
  /** Its disk was put back from a copy: what it says of its numbers is no longer the truth. */
  isSetBack = false;
  readonly #around: HomeSurroundings;
  readonly #home: Home;
  #isDead = false;
  #isHealed = false;
  #isQuiet = false;
  /** Somebody calls in the quiet, and has not been heard. */
  #isCalling = false;

  constructor(plan: HomePlan, around: HomeSurroundings) {
    const { box, wristband, clock, sql, post } = around;
    this.plan = plan;
    this.box = box;
    this.devices = [box, wristband];
    this.#around = around;
    const faults = faultsOf(plan.body);
    this.#home = new Home(
      {
        ...around,
        ...{ ...seededResident(fidelity, plan.body), seed: plan.body, skew: plan.skew },
        // What cuts the line or kills the box is the world's to draw.
        faults: (t) => (this.#isHealed ? faultless(t) : { ...faults(t), line: false, dark: false }),
        sin: plan.sin ?? undefined,
        start: clock.now(),
        battery: { ...fullBattery(plan.body), drain: 0 },
      },
      {
        ...{ ...around, address: { url: "mqtt://cloud" }, weather: plan.air },
        sql: witnessing(sql, (given) => this.#note(given)),
        limits: { messages: plan.outbox, bytes: 100_000 + plan.outbox * 1024 },
        ...(plan.posts && { postEmergency: post }),
      },
    );
    this.#home.open();
    this.#home.meet();
  }

  /** The box's process is killed. */
  kill(): void {
    this.#isDead = true;
    this.#home.kill();
  }

  /** The box starts again with what is on its disk. */
  start(): void {
    this.#isDead = false;
    this.#home.start();
  }

  /** Its wristband is near, and its air is good. */
  heal(): void {
    this.#isHealed = true;
    this.#home.setWeather(calmAir);
  }

  /** Nothing more is said, but for heartbeats: the wristband is switched off. */
  quieten(): void {
    this.#isQuiet = true;
    this.#home.wear(false);
  }

  /** Somebody calls for help. In the quiet, the wristband is on for as long as it takes. */
  call(kind: Call["kind"]): void {
    if (this.#isQuiet) {
      this.#isCalling = true;
      this.#home.wear(true);
    }
    this.#home.call(kind);
  }

  /** What it still has to tell, or why it cannot. */
  restlessness(): string[] {
    const { waiting } = this.#home.tally();
    return [
      ...(waiting > 0 ? [`${waiting} messages wait in ${this.box}`] : []),
      ...(this.#isCalling ? [`somebody calls at ${this.box}`] : []),
      ...(this.#home.connected ? [] : [`${this.box} is not connected`]),
    ];
  }

  /** What became of its messages, in all lives of its box. */
  tally(): Tally {
    return this.#home.tally();
  }

  /** What lies on the disk of its box, by the field of each counter. */
  disk(): ReadonlyMap<string, CounterOnDisk> {
    return countersOn(this.#around.sql, this.box);
  }

  /** Copies the disk of its box; what is answered sets it back. */
  remember(): () => void {
    const { sql } = this.#around;
    const copy = copyOf(sql, this.box);
    return () => {
      const wasDead = this.#isDead;
      this.kill();
      const before = this.#emergenciesOnDisk();
      putBack(sql, this.box, copy);
      const after = this.#emergenciesOnDisk();
      for (const id of before) if (!after.has(id)) this.forgotten.add(id);
      this.isSetBack = true;
      if (!wasDead) this.start();
    };
  }

  #emergenciesOnDisk(): Set<string> {
    const found = emergenciesOn(this.#around.sql, this.box).flatMap(({ field, seq }) =>
      (this.ledger.get(field)?.get(seq) ?? []).flatMap(({ event }) => event ?? []),
    );
    return new Set(found);
  }

  #note(given: Given): void {
    const field = counterField(given.device, given.epoch);
    const counter = this.ledger.get(field) ?? new Map<number, Given[]>();
    this.ledger.set(field, counter);
    counter.set(given.seq, [...(counter.get(given.seq) ?? []), given]);
    const { event: id } = given;
    if (id === undefined || this.emergencies.some((one) => one.id === id)) return;
    const { clock } = this.#around;
    this.emergencies.push({ id, at: clock.now() });
    if (!this.#isCalling) return;
    clock.after(Seconds(1), "quiet again", () => {
      this.#isCalling = false;
      this.#home.wear(false);
    });
  }
}
