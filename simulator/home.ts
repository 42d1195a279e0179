/**
 * A home on its wire: the household, and the box's real outbox and uplink.
 *
 * Its own time may still be in the past; its connection always lives in the world's. While it catches up, what it says
 * drains like the backlog of an outage; once both times have met, its faults reach the wire: a dark box falls silent and comes
 * back from its disk, a cut line is a cut line.
 */
import { createEmergencyPost } from "#devices/box/emergency-post.ts";
import { outboxLimits } from "#devices/box/limits.ts";
import { openOutbox, type Outbox, type Tally } from "#devices/box/outbox.ts";
import { type HomeStatus, openUplink, type Uplink } from "#devices/box/uplink.ts";
import type { Broker, BrokerAddress } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Https } from "#platform/https/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import type { Tenant } from "#wire/identity.ts";
import { Instant, Seconds } from "#wire/units.ts";

import type { Living } from "./driver.ts";
import { Household, type HouseholdSetup, type HouseholdState } from "./household.ts";
import { createLine, type Line } from "./line.ts";
import type { Connecting } from "./opening.ts";
import { showing } from "./pace.ts";
import { draftOf } from "./said.ts";
import { clockError, misconnected, misfortune, misspoken, type Sin } from "./sins.ts";

/** A household with a tenant, perhaps a sin, and a past that it has already told. */
export interface HomeSetup extends HouseholdSetup {
  readonly tenant: Tenant;
  readonly sin: Sin | undefined;
  /** What happened from `start` up to here was said in an earlier run; ms UTC. */
  readonly until: number;
}

/** The world around a home. */
export interface HomePorts {
  readonly broker: Broker;
  readonly address: BrokerAddress;
  /** The emergency door, `https://host:port`, and how to reach it; without it emergencies go by MQTT alone. */
  readonly door?: { readonly url: string; readonly https: Https };
  /** A database of the outbox's schema; many homes may share it. */
  readonly sql: Sql;
  /** The world's time. */
  readonly clock: Clock;
  /** The home's own time, ms UTC, when it is `now` in the world. */
  readonly ownTime: (now: number) => number;
  readonly random: Random;
  readonly log: Log;
}

/** One home. */
export class Home implements Living, Connecting {
  readonly #setup: HomeSetup;
  readonly #ports: HomePorts;
  readonly #household: Household;
  readonly #line: Line;
  #outbox: Outbox;
  #uplink: Uplink | undefined;
  #shown: HouseholdState;
  #isOpen = false;
  #hasMet = false;
  /** Of the outboxes that this home had before its box went dark. */
  #before: Tally = { appended: 0, received: 0, refused: 0, dropped: 0 };

  constructor(setup: HomeSetup, ports: HomePorts) {
    const faults = misfortune(setup.sin, setup.faults);
    this.#setup = { ...setup, faults };
    this.#ports = ports;
    this.#line = createLine(misconnected(setup.sin, ports.broker));
    this.#household = new Household(this.#setup);
    if (setup.until > setup.start) this.#household.advance(setup.until);
    this.#shown = this.#household.state;
    this.#outbox = this.#openOutbox();
  }

  get nextDue(): number {
    return this.#household.nextDue;
  }

  get connected(): boolean {
    return this.#uplink?.state === "online";
  }

  /** Connects, unless a fault of this moment forbids it. */
  open(): void {
    this.#isOpen = true;
    const { dark, line } = this.#setup.faults(this.#ports.clock.now());
    this.#line.set({ cut: line });
    if (!dark) this.#uplink = this.#openUplink();
  }

  advance(to: number): void {
    const said = this.#household.advance(to);
    if (this.#hasMet) this.#show(this.#household.state);
    if (said.length === 0) return;
    const drafts = said.map((one) => draftOf(misspoken(this.#setup.sin, one)));
    if (this.#uplink === undefined) this.#outbox.append(drafts);
    else this.#uplink.offer(drafts);
  }

  meet(): void {
    this.#hasMet = true;
    this.#show(this.#household.state);
    this.#sayWhenDrained();
  }

  /** What became of what this home said since it was opened, in messages, and how many still wait. */
  tally(): Tally & { readonly waiting: number } {
    const now = this.#outbox.tally();
    return {
      appended: this.#before.appended + now.appended,
      received: this.#before.received + now.received,
      refused: this.#before.refused + now.refused,
      dropped: this.#before.dropped + now.dropped,
      waiting: this.#outbox.depth().depth,
    };
  }

  /** How many numbers its counters have given out in all their life. */
  given(): number {
    return this.#outbox.sent().reduce((sum, { seq }) => sum + seq, 0);
  }

  /** Ends: with a farewell or, when `abrupt`, as a power cut would. */
  async close(options: { abrupt?: boolean } = {}): Promise<void> {
    this.#isOpen = false;
    await this.#disconnect(options);
  }

  async #disconnect(options: { abrupt?: boolean }): Promise<void> {
    const uplink = this.#uplink;
    this.#uplink = undefined;
    await uplink?.close(options);
  }

  /** The next heartbeat may be half a minute away; that the past has been told is worth one of its own. */
  #sayWhenDrained(): void {
    if (!this.#isOpen) return;
    const { clock } = this.#ports;
    if (this.#outbox.depth().depth === 0) this.#uplink?.changed();
    else clock.after(Seconds(1), "home drains", () => this.#sayWhenDrained());
  }

  /** Lets the wire feel how the home stands. */
  #show(state: HouseholdState): void {
    const { heard, power } = this.#shown;
    this.#shown = state;
    if (!this.#isOpen) return;
    this.#line.set(state);
    if (state.dark && this.#uplink !== undefined) this.#die();
    else if (!state.dark && this.#uplink === undefined) this.#revive();
    else if (state.heard !== heard || state.power !== power) this.#uplink?.changed();
  }

  /** The power is gone: whatever was not on the disk is lost. */
  #die(): void {
    // A cut: there is nobody to wait for, and its failure tells nothing.
    void this.#disconnect({ abrupt: true }).catch(() => undefined);
  }

  #revive(): void {
    this.#before = this.tally();
    this.#outbox = this.#openOutbox();
    this.#uplink = this.#openUplink();
  }

  #openOutbox(): Outbox {
    const { sql, clock, ownTime, random } = this.#ports;
    const { box, profile, sin } = this.#setup;
    const error = clockError(sin);
    return openOutbox({
      sql,
      box,
      clock: showing(clock, (now) => ownTime(now) + error),
      random,
      limits: outboxLimits(profile),
    });
  }

  #openUplink(): Uplink {
    const { address, clock, random, log, door } = this.#ports;
    const { tenant, box, sin } = this.#setup;
    const error = clockError(sin);
    return openUplink({
      broker: this.#line.broker,
      address,
      outbox: this.#outbox,
      clock: error === 0 ? clock : showing(clock, (now) => now + error),
      random,
      log,
      tenant,
      box,
      status: () => this.#status(error),
      ...(door && { postEmergency: this.#line.through(createEmergencyPost(door.https, door.url)) }),
    });
  }

  #status(error: number): HomeStatus {
    const { heard, heardAt, power } = this.#household.state;
    const at = heardAt === null ? null : Instant(heardAt + error);
    return { power, links: [{ device: this.#setup.wristband, up: heard, heardAt: at }] };
  }
}
