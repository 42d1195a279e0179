/**
 * A wristband at fidelity `means`: it measures a body window by window and holds everything until its box has it.
 *
 * It holds what the radio cannot carry, an hour of it even at one a second, so 30 minutes out of reach lose nothing (WB-38); a
 * longer loss costs the oldest windows. A charger or a shower leaves gaps that it announces. An empty battery stops it.
 */
import { isEmergency } from "#devices/box/draft.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { Serial } from "#wire/identity.ts";
import type { EventKind, JsonObject, PartName, Reading } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type Battery, batteryAfter } from "./battery.ts";
import type { Body, Measure, Wear, Window } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import type { SaidEvent, SaidReadings, SaidReported } from "./said.ts";

/** What a wristband measures by itself. */
export const flows = ["heart-rate", "spo2", "steps"] as const;
export type Flow = (typeof flows)[number];

/** How a wristband begins. */
export interface WristbandSetup {
  readonly serial: Serial;
  readonly seed: number;
  readonly body: Body;
  readonly profile: ProfileName;
  /** ms UTC. */
  readonly start: number;
  readonly battery: Battery;
}

/** Windows of one metric held while the box does not hear: five days of two-minute means, an hour of seconds. */
const heldMost = 3600;
/** Readings of one message: with its other records well below the door's limits of 1,000 records and 64 KiB. */
const packMost = 500;
/** News held likewise; emergencies are the last to be forgotten. */
const newsMost = 64;

/** Two five-minute means under `alarm` are an emergency; it is over above `clear`. @source clinical §2.7: <85 % */
const hypoxia = { alarm: 85, clear: 90, means: 2 };

/** What the radio brings the box besides readings, oldest first. */
export type News = SaidEvent | SaidReported;

/** One wristband. Times are ms UTC and never go back. */
export class Wristband {
  readonly #setup: WristbandSetup;
  readonly #firmware: string;
  readonly #held: Record<Flow, Reading[]> = { "heart-rate": [], spo2: [], steps: [] };
  #news: News[] = [];
  #battery: Battery;
  #wear: Wear;
  #at: number;
  #hypoxic = 0;

  constructor(setup: WristbandSetup) {
    this.#setup = setup;
    this.#firmware = firmwareOf(setup.seed);
    this.#battery = setup.battery;
    this.#wear = setup.body.wear(setup.start);
    this.#at = setup.start;
    this.#tellAll();
  }

  /** Whether it has power. */
  get alive(): boolean {
    return !this.#battery.flat;
  }

  /** Lives until `t`: drains or charges, is taken off or put on. */
  live(t: number): void {
    const wasFlat = this.#battery.flat;
    const charging = this.#wear === "charging";
    const battery = batteryAfter(this.#battery, { ms: t - this.#at, charging });
    const newlyLow = !charging && battery.level <= 20 && this.#battery.level > 20;
    this.#battery = battery;
    this.#at = t;
    if (newlyLow) this.#tellEvent("low_battery", t);
    if (wasFlat && !battery.flat) this.#tellAll();
    this.#wearAs(this.#setup.body.wear(t));
  }

  /** The person fell at `t`: an emergency if the wristband was there to see it. */
  fall(t: number): void {
    if (this.alive && this.#setup.body.wear(t) === "worn") this.#tellEvent("fall", t);
  }

  /** Measures one window of one metric that ends now, if there is anything to measure. */
  measure(flow: Flow, window: Window): void {
    if (!this.alive) return;
    const measure = flow === "steps" ? this.#countSteps(window) : this.#senseVital(flow, window);
    if (measure === undefined) return;
    const held = this.#held[flow];
    held.push({
      metric: flow,
      ...measure,
      t: Instant(window.to),
      window: window.to - window.from,
    });
    if (held.length > heldMost) held.shift();
    if (flow === "spo2") this.#watchSaturation(measure, window.to);
  }

  /** Hands over the readings of a metric that the box does not have yet, in as few messages as may carry them. */
  takeReadings(flow: Flow): SaidReadings[] {
    const held = this.#held[flow];
    const said: SaidReadings[] = [];
    for (let first = 0; first < held.length; first += packMost) {
      said.push({
        channel: "readings",
        device: this.#setup.serial,
        battery: Math.round(this.#battery.level),
        firmware: this.#firmware,
        readings: held.slice(first, first + packMost),
      });
    }
    if (held.length > 0) this.#held[flow] = [];
    return said;
  }

  /** Hands over what else the box does not know, oldest first, emergencies before all else. */
  takeNews(): readonly News[] {
    if (this.#news.length === 0) return this.#news;
    const news = this.#news;
    this.#news = [];
    return [...news.filter(isUrgent), ...news.filter((one) => !isUrgent(one))];
  }

  #senseVital(flow: "heart-rate" | "spo2", window: Window): Measure | undefined {
    const { body } = this.#setup;
    if (this.#wear !== "worn" || body.wear(window.from) !== "worn") return undefined;
    return flow === "heart-rate" ? body.heartRate(window) : body.spo2(window);
  }

  #countSteps(window: Window): Measure {
    if (this.#wear !== "worn") return { value: 0, quality: 0, flags: ["off_wrist"] };
    return { value: this.#setup.body.steps(window), quality: 90 };
  }

  #watchSaturation(measure: Measure, t: number): void {
    if (measure.value >= hypoxia.clear) this.#hypoxic = 0;
    else if (measure.value < hypoxia.alarm && measure.quality >= 50) this.#hypoxic += 1;
    else return;
    if (this.#hypoxic === hypoxia.means) this.#tellEvent("respiratory", t);
  }

  #wearAs(wear: Wear): void {
    if (wear === this.#wear) return;
    this.#wear = wear;
    if (!this.alive) return;
    if (wear === "off") this.#tellEvent("off_wrist", this.#at);
    this.#tellParts({ wear: this.#wearPart(), power: this.#powerPart() });
  }

  /** At a start a device reports everything. */
  #tellAll(): void {
    this.#tellParts({
      firmware: { version: this.#firmware, slot: "A" },
      power: this.#powerPart(),
      radio: { link: "bluetooth", signal: signalOf(this.#setup.seed) },
      sensors: { ppg: "ok", accelerometer: "ok" },
      buffer: { heldMost },
      clock: { synchronised: true },
      wear: this.#wearPart(),
      config: { profile: this.#setup.profile },
    });
  }

  #wearPart(): JsonObject {
    return { worn: this.#wear === "worn" };
  }

  #powerPart(): JsonObject {
    return { battery: Math.round(this.#battery.level), charging: this.#wear === "charging" };
  }

  #tellParts(parts: Partial<Record<PartName, JsonObject>>): void {
    const { serial } = this.#setup;
    this.#tell({ channel: "reported", device: serial, t: Instant(this.#at), parts });
  }

  #tellEvent(kind: EventKind, t: number): void {
    const { serial } = this.#setup;
    const id = `${serial}-${kind.replace("_", "-")}-${Math.floor(t).toString(36)}`;
    this.#tell({ channel: "event", id, kind, device: serial, t: Instant(Math.floor(t)) });
  }

  #tell(news: News): void {
    this.#news.push(news);
    if (this.#news.length <= newsMost) return;
    const oldest = this.#news.findIndex((one) => !isUrgent(one));
    this.#news.splice(Math.max(0, oldest), 1);
  }
}

/** Whether people must hear of it at once. */
function isUrgent(news: News): boolean {
  return news.channel === "event" && isEmergency(news.kind);
}

/** Most of a fleet has the newest firmware; some have not. */
function firmwareOf(seed: number): string {
  const draw = chance(seed, channels.wristbandFirmware, 0);
  if (draw < 0.78) return "2.4.1";
  return draw < 0.94 ? "2.4.0" : "2.3.2";
}

/** dBm at the usual place in the home. */
function signalOf(seed: number): number {
  return -48 - Math.round(34 * chance(seed, channels.radio, -1));
}
