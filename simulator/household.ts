/**
 * A home before any wire: a person, their wristband, and the box that collects and batches what it hears.
 *
 * `advance` lives the time up to an instant and answers what was said in it. It does the same whether that time is lived
 * in one stride or in a thousand: everything happens at due times of the home's own, shifted by its seed so that a
 * hundred thousand homes do not speak in the same second.
 *
 * The box acknowledges to the wristband only what it has put in a message: what a dying box had not yet sent, the
 * wristband still holds (BX-10).
 */
import { type Profile, type ProfileName, profiles, type Rhythm } from "#wire/cadence.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { JsonObject, PartName, Power } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { type Battery, wornBattery } from "./battery.ts";
import type { FaultPlan, Faults } from "./faults.ts";
import type { Body } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import type { Said } from "./said.ts";
import { type Flow, Wristband } from "./wristband.ts";

/** Everything that makes a home what it is. */
export interface HouseholdSetup {
  readonly box: BoxSerial;
  readonly wristband: Serial;
  readonly seed: number;
  readonly body: Body;
  readonly faults: FaultPlan;
  readonly profile: ProfileName;
  /** When its life begins, ms UTC. */
  readonly start: number;
  /** The wristband's battery then; what its wear has left of it unless given. */
  readonly battery?: Battery;
}

/** What its box can tell of a home at one instant. */
export interface HouseholdState {
  /** The box hears the wristband. */
  readonly heard: boolean;
  /** When it last did, ms UTC; null when never. */
  readonly heardAt: number | null;
  readonly power: Power;
  /** The box is off. */
  readonly dark: boolean;
  /** The line to the cloud is cut. */
  readonly cut: boolean;
}

/** Something the home does again and again. */
interface Duty {
  due: number;
  readonly period: number;
  readonly run: (t: number) => void;
}

/** A home. Times are ms UTC and never go back. */
export class Household {
  readonly #setup: HouseholdSetup;
  readonly #wristband: Wristband;
  readonly #firmware: string;
  /** In the order in which they run when due together. */
  readonly #duties: readonly Duty[];
  #fallDue = Number.POSITIVE_INFINITY;
  #nextDue = 0;
  #faults: Faults;
  #heard = false;
  #heardAt: number | null = null;
  #said: Said[] = [];

  constructor(setup: HouseholdSetup) {
    const { seed, start } = setup;
    const profile: Profile = profiles[setup.profile];
    this.#setup = setup;
    this.#wristband = new Wristband({
      ...setup,
      serial: setup.wristband,
      battery: setup.battery ?? wornBattery(seed, start, (t) => setup.body.wear(t) === "charging"),
    });
    this.#firmware = chance(seed, channels.boxFirmware, 0) < 0.9 ? "1.6.0" : "1.5.3";
    this.#faults = setup.faults(start);
    const grid = { start, phase: Math.floor(chance(seed, channels.phase, 0) * profile.contact) };
    this.#duties = [
      duty({ ...grid, period: profile.contact }, (t) => this.#look(t)),
      ...this.#flowDuties("heart-rate", profile.heartRate, grid),
      ...this.#flowDuties("spo2", profile.spo2, grid),
      ...this.#flowDuties("steps", profile.steps, grid),
    ];
    if (!this.#faults.dark) this.#bootBox(start);
    this.#meetWristband(start);
    this.#foresee(start);
  }

  /** When something next happens or is to be said, ms UTC. */
  get nextDue(): number {
    return this.#said.length > 0 ? this.#setup.start : this.#nextDue;
  }

  /** How things stand. */
  get state(): HouseholdState {
    return {
      heard: this.#heard,
      heardAt: this.#heardAt,
      power: this.#faults.mains ? "battery" : "mains",
      dark: this.#faults.dark,
      cut: this.#faults.line,
    };
  }

  /** Lives up to and including `to`; what was said meanwhile, oldest first. */
  advance(to: number): readonly Said[] {
    while (this.#nextDue <= to) this.#runNext();
    if (this.#said.length === 0) return this.#said;
    const said = this.#said;
    this.#said = [];
    return said;
  }

  #runNext(): void {
    const t = this.#nextDue;
    if (this.#fallDue === t) {
      this.#fallDue = Number.POSITIVE_INFINITY;
      this.#wristband.fall(t);
      this.#meetWristband(t);
    }
    for (const each of this.#duties) {
      if (each.due !== t) continue;
      each.due += each.period;
      each.run(t);
    }
    this.#nextDue = this.#duties.reduce((next, { due }) => Math.min(next, due), this.#fallDue);
  }

  /** One metric is measured at the end of each window and collected at the end of each batch. */
  #flowDuties(flow: Flow, rhythm: Rhythm, grid: { start: number; phase: number }): Duty[] {
    const draw = chance(this.#setup.seed, channels.batchPhase, rhythm.window);
    const shift = Math.floor(draw * rhythm.perBatch) * rhythm.window;
    const window = { ...grid, period: rhythm.window };
    const batch = { start: grid.start, phase: grid.phase + shift, period: rhythm.batch };
    const measure = duty(window, (to) =>
      this.#wristband.measure(flow, { from: to - rhythm.window, to }),
    );
    // A window that had begun before the home did is not one.
    if (measure.due - rhythm.window < grid.start) measure.due += rhythm.window;
    return [measure, duty(batch, () => this.#collect(flow))];
  }

  /** The regular look around: power, line, reach, wear. */
  #look(t: number): void {
    const before = this.#faults;
    this.#faults = this.#setup.faults(t);
    this.#wristband.live(t);
    this.#noticePower(before, t);
    this.#meetWristband(t);
    this.#foresee(t);
  }

  #noticePower(before: Faults, t: number): void {
    const { mains, dark } = this.#faults;
    if (dark) return;
    if (before.dark) this.#bootBox(t);
    if (before.mains === mains) return;
    const { box } = this.#setup;
    const kind = mains ? "power_lost" : "power_back";
    const id = `${box}-${kind.replace("_", "-")}-${Math.floor(t).toString(36)}`;
    this.#said.push({ channel: "event", id, kind, device: box, t: Instant(t) });
    if (!before.dark) this.#sayParts({ power: this.#powerPart() }, t);
  }

  /** The box takes what the wristband has to tell, if it hears it. */
  #meetWristband(t: number): void {
    this.#heard = this.#wristband.alive && !this.#faults.radio && !this.#faults.dark;
    if (!this.#heard) return;
    this.#heardAt = t;
    for (const news of this.#wristband.takeNews()) this.#said.push(news);
  }

  #collect(flow: Flow): void {
    if (!this.#heard) return;
    for (const said of this.#wristband.takeReadings(flow)) this.#said.push(said);
  }

  /** A fall happens at its own instant, not at the next look. */
  #foresee(t: number): void {
    const to = t + profiles[this.#setup.profile].contact;
    this.#fallDue = this.#setup.body.fall({ from: t, to }) ?? Number.POSITIVE_INFINITY;
    this.#nextDue = this.#duties.reduce((next, { due }) => Math.min(next, due), this.#fallDue);
  }

  /** At a start a device reports everything. */
  #bootBox(t: number): void {
    const network = chance(this.#setup.seed, channels.network, 0);
    this.#sayParts(
      {
        firmware: { version: this.#firmware, slot: "A" },
        power: this.#powerPart(),
        radio: network < 0.7 ? { link: "ethernet" } : { link: "cellular", signal: -70 },
        sensors: { bluetooth: "ok" },
        clock: { synchronised: true },
        config: { profile: this.#setup.profile },
      },
      t,
    );
  }

  #powerPart(): JsonObject {
    return { source: this.#faults.mains ? "battery" : "mains" };
  }

  #sayParts(parts: Partial<Record<PartName, JsonObject>>, t: number): void {
    this.#said.push({ channel: "reported", device: this.#setup.box, t: Instant(t), parts });
  }
}

/** The first due time after `start` on the grid phase + n × period. */
function duty(
  grid: { start: number; phase: number; period: number },
  run: (t: number) => void,
): Duty {
  const passed = Math.floor((grid.start - grid.phase) / grid.period);
  return { due: grid.phase + (passed + 1) * grid.period, period: grid.period, run };
}
