/**
 * A home: the product's wristband and box, on a body, an air, a disk and a line that can fail.
 *
 * Its own time may still be in the past; its connection always lives in the world's. While it catches up, what it says
 * drains like the backlog of an outage; once both times have met, a cut line is a cut line. Its wristband loses its box,
 * its battery and its charger, and its box its mains, at any time of its life.
 */
import { type Box, openBox } from "#devices/box/box.ts";
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import type { OutboxLimits } from "#devices/box/limits.ts";
import type { RecordService } from "#devices/box/modem/contacts.ts";
import type { EmergencyKind } from "#devices/box/modem/emergency-text.ts";
import type { Line as ModemLine } from "#devices/box/modem/line.ts";
import type { Tally } from "#devices/box/outbox.ts";
import { createMemoryPanel, type MemoryPanel } from "#devices/box/panel/memory.ts";
import type { Network, Watched } from "#devices/box/ports.ts";
import { createRadio, type Radio, type Weather } from "#devices/link/radio.ts";
import type { Broker, BrokerAddress } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import { type ProfileName, profiles } from "#wire/cadence.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import type { Power } from "#wire/messages.ts";
import { Millis } from "#wire/units.ts";

import { Band } from "./band.ts";
import { type Battery, wornBattery } from "./battery.ts";
import type { Living } from "./driver.ts";
import type { FaultPlan, Faults } from "./faults.ts";
import type { Fidelity } from "./fidelity.ts";
import { HomeRadio } from "./home-radio.ts";
import { createLine, type Line } from "./line.ts";
import type { Connecting } from "./opening.ts";
import { OwnClock } from "./own-clock.ts";
import { showing } from "./pace.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import { clockError, misconnected, misfelt, misfortune, type Sin } from "./sins.ts";
import type { Resident } from "./wearers/wearer.ts";

/** Everything that makes a home what it is. */
export interface HomeSetup extends Resident {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly wristband: Serial;
  readonly seed: number;
  readonly faults: FaultPlan;
  readonly sin: Sin | undefined;
  readonly profile: ProfileName;
  /** When its life begins, ms UTC. */
  readonly start: number;
  /** The wristband's battery then; what its wear has left of it unless given. */
  readonly battery?: Battery;
  /** How far the clock of its box is ahead of the world's, ms; negative when behind. */
  readonly skew?: number;
}

/** The world around a home. */
export interface HomePorts {
  readonly broker: Broker;
  readonly address: BrokerAddress;
  /** The second way of emergencies; without it they go by MQTT alone. */
  readonly postEmergency?: PostEmergency;
  /** A database of the outbox's schema; many homes may share it. */
  readonly sql: Sql;
  /** The world's time. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How much its box keeps, if not what a box does. */
  readonly limits?: OutboxLimits;
  /** What becomes of frames between wristband and box. */
  readonly weather?: Weather;
  /** The line to the modem, on the home's own clock, and whom to tell; without them nobody is told by SMS. */
  readonly modem?: (clock: Clock) => ModemLine;
  readonly record?: RecordService;
}

/** Where the wristband is, metres from its box. */
const distance = { near: 1, away: 60 };

/** One home. */
export class Home implements Living, Connecting {
  readonly #setup: HomeSetup;
  readonly #ports: HomePorts;
  readonly #clock: OwnClock;
  readonly #line: Line;
  readonly #air: Radio;
  readonly #radio: HomeRadio;
  readonly #band: Band;
  readonly #panel: MemoryPanel;
  readonly #power = new Switch<Power>("mains");
  readonly #modem: ModemLine | undefined;
  #box: Box | undefined;
  #faults: Faults;
  #isLit = false;
  #isKilled = false;
  #isConnecting = false;
  #hasMet = false;
  /** Of the lives of its box that have ended. */
  #before: Tally = { appended: 0, received: 0, refused: 0, dropped: 0 };

  constructor(setup: HomeSetup, ports: HomePorts) {
    const { seed, sin, start, wristband } = setup;
    this.#setup = { ...setup, faults: misfortune(sin, setup.faults) };
    this.#ports = ports;
    this.#clock = new OwnClock(start, ports.clock);
    this.#line = createLine(misconnected(sin, ports.broker));
    this.#panel = createMemoryPanel(this.#clock);
    this.#modem = ports.modem?.(this.#clock);
    const body = misfelt(sin, setup.body);
    const random = ports.random.fork(setup.box);
    const { weather } = ports;
    const clock = this.#clock;
    this.#air = createRadio({ clock, random, ...(weather && { weather }) });
    const signal = -48 - Math.round(34 * chance(seed, channels.radio, -1));
    this.#radio = new HomeRadio({ end: this.#air.box, wristband, signal });
    this.#band = new Band({
      ...{ ...setup, serial: wristband, body, clock, random, radio: this.#air.band },
      battery: setup.battery ?? wornBattery(seed, start, (t) => setup.body.wear(t) === "charging"),
      advertise: (state) => this.#radio.advertise(state),
    });
    this.#faults = this.#setup.faults(start);
    this.#clock.after(Millis(0), "a home begins", () => this.#begin());
  }

  get fidelity(): Fidelity {
    return this.#setup.fidelity;
  }

  get lived(): number {
    return this.#clock.now();
  }

  get connected(): boolean {
    return this.#box?.uplink === "online";
  }

  /** Connects, unless a fault of this moment forbids it. */
  open(): void {
    const { clock } = this.#ports;
    this.#clock.advance(this.#setup.start);
    this.#isConnecting = true;
    this.#line.set({ cut: this.#setup.faults(clock.now()).line });
    this.#box?.connect();
  }

  advance(to: number): void {
    this.#clock.advance(to);
  }

  meet(): void {
    this.#hasMet = true;
    this.#look();
    this.#clock.meet();
    if (!this.#faults.dark) this.#box?.beat();
  }

  /** The box's process ends as it stands; its wristband lives on. */
  kill(): void {
    this.#isKilled = true;
    this.#look();
  }

  /** The box starts again with what is on its disk. */
  start(): void {
    this.#isKilled = false;
    this.#look();
  }

  /** The wristband is switched off, or on. */
  wear(isOn: boolean): void {
    this.#band.switch(isOn);
    this.#look();
  }

  /** Something happens to whoever wears the wristband. */
  call(kind: EmergencyKind): void {
    this.#band.call(kind);
  }

  setWeather(weather: Weather): void {
    this.#air.setWeather(weather);
  }

  /** What became of what its box said since this home was made, in messages, and how many still wait. */
  tally(): Tally & { readonly waiting: number } {
    const now = this.#box?.tally() ?? { ...nothing, waiting: 0 };
    return { ...sumOf(this.#before, now), waiting: now.waiting };
  }

  /** How many numbers its counters have given out in all their life. */
  given(): number {
    return (this.#box?.sent() ?? []).reduce((sum, { seq }) => sum + seq, 0);
  }

  /** Ends: with a farewell or, when `abrupt`, as a power cut would. */
  async close(options: { abrupt?: boolean } = {}): Promise<void> {
    this.#isConnecting = false;
    this.#clock.stop();
    await this.#box?.close(options);
  }

  #begin(): void {
    const { profile } = this.#setup;
    const look = (): void => {
      this.#look();
      this.#foresee();
    };
    look();
    this.#clock.every(profiles[profile].contact, "a home is looked at", look);
  }

  /** Power, line, battery and reach are as they are now. */
  #look(): void {
    this.#faults = this.#setup.faults(this.#clock.now());
    const { mains, line, radio } = this.#faults;
    if (this.#hasMet) this.#line.set({ cut: line });
    this.#power.set(mains ? "battery" : "mains");
    this.#lookAtBox();
    this.#band.live();
    const isNear = !radio && this.#isLit && this.#band.alive;
    this.#air.move(isNear ? distance.near : distance.away);
    if (isNear && !this.#radio.wasAsked) this.#pair();
  }

  #lookAtBox(): void {
    const isDark = this.#faults.dark || this.#isKilled;
    if (isDark && this.#isLit) this.#die();
    if (!isDark && !this.#isLit) this.#live();
  }

  /** A fall happens at its own instant, not at the next look. */
  #foresee(): void {
    const { profile, body } = this.#setup;
    const from = this.#clock.now();
    const fall = body.fall({ from, to: from + profiles[profile].contact });
    if (fall === undefined) return;
    this.#clock.after(Millis(Math.ceil(fall - from)), "a fall", () => this.#band.call("fall"));
  }

  /** Both buttons, as the people of the home press them when the devices come. */
  #pair(): void {
    this.#panel.touch(true);
    this.#panel.touch(false);
    this.#band.pair();
  }

  /** The box starts, with what is on its disk. */
  #live(): void {
    this.#before = this.tally();
    this.#isLit = true;
    this.#box = this.#openBox();
    if (this.#isConnecting) this.#box.connect();
  }

  /** The power is gone: whatever was not on the disk is lost. */
  #die(): void {
    this.#isLit = false;
    // A cut: there is nobody to wait for, and its failure tells nothing.
    void this.#box?.close({ abrupt: true }).catch(() => undefined);
  }

  #restart(): void {
    this.#die();
    this.#live();
  }

  #openBox(): Box {
    const { address, clock, random, log, sql, record, postEmergency, limits } = this.#ports;
    const { tenant, box, sin, profile, seed, skew = 0 } = this.#setup;
    const error = skew + clockError(sin);
    const modem = this.#modem;
    return openBox({
      ...{ tenant, box, profile, sql, random, log, address },
      firmware: {
        version: chance(seed, channels.boxFirmware, 0) < 0.9 ? "1.6.0" : "1.5.3",
        slot: "A",
      },
      clock: error === 0 ? this.#clock : showing(this.#clock, (now) => now + error),
      lineClock: error === 0 ? clock : showing(clock, (now) => now + error),
      broker: this.#line.broker,
      radio: this.#radio,
      panel: this.#panel,
      power: this.#power,
      network: networkOf(seed),
      restart: () => this.#restart(),
      ...(postEmergency && { postEmergency: this.#line.through(postEmergency) }),
      ...(limits && { limits }),
      ...(modem && { modem }),
      ...(record && { record }),
    });
  }
}

const nothing: Tally = { appended: 0, received: 0, refused: 0, dropped: 0 };

function sumOf(before: Tally, now: Tally): Tally {
  return {
    appended: before.appended + now.appended,
    received: before.received + now.received,
    refused: before.refused + now.refused,
    dropped: before.dropped + now.dropped,
  };
}

/** By what a home is connected: most by a cable. */
function networkOf(seed: number): Network {
  const isCable = chance(seed, channels.network, 0) < 0.7;
  return new Switch(isCable ? { link: "ethernet" } : { link: "cellular", signal: -70 });
}

/** Something that is so until it is set otherwise. */
class Switch<T> implements Watched<T> {
  state: T;
  #changed: (state: T) => void = () => {};

  constructor(state: T) {
    this.state = state;
  }

  onChange(changed: (state: T) => void): void {
    this.#changed = changed;
  }

  set(state: T): void {
    if (state === this.state) return;
    this.state = state;
    this.#changed(state);
  }
}
