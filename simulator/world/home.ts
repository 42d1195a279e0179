/**
 * A home of the world: a household with the box's real outbox and uplink, whose process may be killed at any instant.
 *
 * The household lives by the home's own clock, which may be wrong. What it says while its box is dead waits, as it would in
 * the wristband. Of all that was given a number a ledger is kept, for the checkers.
 */
import { type Draft, isEmergency } from "#devices/box/draft.ts";
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import { type Appended, openOutbox, type Outbox, type Tally } from "#devices/box/outbox.ts";
import { openUplink, type Uplink } from "#devices/box/uplink.ts";
import type { Broker } from "#platform/broker/port.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import { faultsOf } from "#simulator/faults.ts";
import { Household } from "#simulator/household.ts";
import { showing } from "#simulator/pace.ts";
import { createMeansBody } from "#simulator/physiology/means.ts";
import { draftOf, type Said } from "#simulator/said.ts";
import { misconnected, misspoken } from "#simulator/sins.ts";
import { counterField } from "#twins/mark.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import type { EntryChannel } from "#wire/messages.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { copyOf, type CounterOnDisk, countersOn, emergenciesOn, putBack } from "./disk.ts";
import type { Call, HomePlan } from "./draw.ts";

/** A message that was given a number. */
export interface Given {
  readonly device: Serial;
  readonly channel: EntryChannel;
  readonly payload: Uint8Array;
  /** Of an event: its id. */
  readonly event: string | undefined;
}

/** An emergency that the box has taken. */
export interface Emergency {
  readonly id: string;
  readonly at: Instant;
}

/** When a wristband that has not heard its box's acknowledgement tells an emergency again. */
const stutterAfter = Seconds(4);
/** When what a full outbox did not take is offered again. */
const tryAgain = Seconds(10);

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
  readonly #household: Household;
  readonly #clock: Clock;
  #outbox: Outbox;
  #uplink: Uplink | undefined;
  /** Said while the box was dead, or while its outbox was full of emergencies. */
  #unsaid: Said[] = [];
  #timer: Timer | undefined;
  #calls = 0;
  #lives = 0;
  /** Of the box's earlier lives. */
  #before: Tally = { appended: 0, received: 0, refused: 0, dropped: 0 };

  constructor(plan: HomePlan, around: HomeSurroundings) {
    this.plan = plan;
    this.box = around.box;
    this.devices = [around.box, around.wristband];
    this.#around = around;
    this.#clock = showing(around.clock, (now) => now + plan.skew);
    const faults = faultsOf(plan.body);
    this.#household = new Household({
      ...around,
      seed: plan.body,
      body: createMeansBody(plan.body),
      // What cuts the line or kills the box is the world's to draw.
      faults: (t) => ({ ...faults(t), line: false, dark: false }),
      start: this.#clock.now(),
    });
    this.#outbox = this.#openOutbox();
    this.#uplink = this.#openUplink();
    this.#live();
  }

  /** The box's process is killed. */
  kill(): void {
    const uplink = this.#uplink;
    this.#uplink = undefined;
    // There is nobody left to wait for the end of a cut connection.
    void uplink?.close({ abrupt: true });
  }

  /** The box starts again with what is on its disk. */
  start(): void {
    if (this.#uplink !== undefined) return;
    this.#before = this.tally();
    this.#lives += 1;
    this.#outbox = this.#openOutbox();
    this.#uplink = this.#openUplink();
    this.#offer([]);
  }

  /** Nothing more is said, but for heartbeats. */
  quieten(): void {
    this.#timer?.cancel();
  }

  /** Somebody calls for help. */
  call(kind: Call["kind"]): void {
    const { wristband: device } = this.#around;
    this.#calls += 1;
    const id = `call-${this.box}-${this.#calls}`;
    const said: Said = { channel: "event", id, kind, device, t: this.#clock.now() };
    this.#offer([said]);
    if (!this.plan.stutters) return;
    this.#around.clock.after(stutterAfter, "a stutter", () => this.#offer([said]));
  }

  /** What it still has to tell, or why it cannot. */
  restlessness(): string[] {
    const { depth } = this.#outbox.depth();
    const unsaid = this.#unsaid.length;
    const state = this.#uplink?.state ?? "dead";
    return [
      ...(depth > 0 ? [`${depth} messages wait in ${this.box}`] : []),
      ...(unsaid > 0 ? [`${unsaid} messages are unsaid in ${this.box}`] : []),
      ...(state === "online" ? [] : [`${this.box} is ${state}`]),
    ];
  }

  /** What became of its messages, in all lives of its box. */
  tally(): Tally {
    const now = this.#outbox.tally();
    return {
      appended: this.#before.appended + now.appended,
      received: this.#before.received + now.received,
      refused: this.#before.refused + now.refused,
      dropped: this.#before.dropped + now.dropped,
    };
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
      const isRunning = this.#uplink !== undefined;
      this.kill();
      const before = this.#emergenciesOnDisk();
      putBack(sql, this.box, copy);
      const after = this.#emergenciesOnDisk();
      for (const id of before) if (!after.has(id)) this.forgotten.add(id);
      this.isSetBack = true;
      if (isRunning) this.start();
    };
  }

  #emergenciesOnDisk(): Set<string> {
    const found = emergenciesOn(this.#around.sql, this.box).flatMap(({ field, seq }) =>
      (this.ledger.get(field)?.get(seq) ?? []).flatMap(({ event }) => event ?? []),
    );
    return new Set(found);
  }

  /** Lives up to its next due time, again and again. */
  #live(): void {
    const { clock } = this.#around;
    const due = this.#household.nextDue;
    const wait = Math.max(0, due - this.plan.skew - clock.now());
    this.#timer = clock.after(Millis(wait), "a home", () => {
      const before = this.#household.state;
      const said = this.#household.advance(due);
      const { heard, power } = this.#household.state;
      if (heard !== before.heard || power !== before.power) this.#uplink?.changed();
      this.#offer(said.map((one) => misspoken(this.plan.sin ?? undefined, one)));
      this.#live();
    });
  }

  #offer(more: readonly Said[]): void {
    const said = [...this.#unsaid.splice(0), ...more];
    if (this.#uplink === undefined) this.#unsaid = said;
    if (said.length === 0 || this.#uplink === undefined) return;
    const drafts = said.map((one) => this.#noted(one));
    for (const [index, appended] of this.#uplink.offer(drafts).entries()) {
      const one = said[index];
      if (one !== undefined) this.#note(one, appended);
    }
    if (this.#unsaid.length === 0) return;
    this.#around.clock.after(tryAgain, "a full outbox", () => this.#offer([]));
  }

  #note(said: Said, appended: Appended): void {
    if (said.channel !== "event" || !isEmergency(said.kind)) return;
    if (appended.kind === "full") this.#unsaid.push(said);
    else if (!this.emergencies.some(({ id }) => id === said.id)) {
      this.emergencies.push({ id: said.id, at: this.#around.clock.now() });
    }
  }

  /** The draft of what was said, entered into the ledger once it has its number. */
  #noted(said: Said): Draft {
    const draft = draftOf(said);
    const { device, channel } = draft;
    const event = said.channel === "event" ? said.id : undefined;
    return {
      ...draft,
      encode: (given) => {
        const payload = draft.encode(given);
        const field = counterField(device, given.epoch);
        const counter = this.ledger.get(field) ?? new Map<number, Given[]>();
        this.ledger.set(field, counter);
        const same = counter.get(given.seq) ?? [];
        counter.set(given.seq, [...same, { device, channel, payload, event }]);
        return payload;
      },
    };
  }

  #openOutbox(): Outbox {
    const { sql, box, random } = this.#around;
    const messages = this.plan.outbox;
    const limits = { messages, bytes: 100_000 + messages * 1_024 };
    return openOutbox({
      sql,
      box,
      clock: this.#clock,
      random: random.fork(`outbox ${this.#lives}`),
      limits,
    });
  }

  #openUplink(): Uplink {
    const { broker, post, random, wristband } = this.#around;
    return openUplink({
      ...this.#around,
      broker: misconnected(this.plan.sin ?? undefined, broker),
      address: { url: "mqtt://cloud" },
      outbox: this.#outbox,
      clock: this.#clock,
      random: random.fork(`uplink ${this.#lives}`),
      status: () => {
        const { power, heard, heardAt } = this.#household.state;
        const at = heardAt === null ? null : Instant(Math.floor(heardAt));
        return { power, links: [{ device: wristband, up: heard, heardAt: at }] };
      },
      ...(this.plan.posts && { postEmergency: post }),
    });
  }
}
