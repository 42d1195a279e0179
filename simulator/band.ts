/**
 * A wristband of a simulated home: the product's program on a body, a battery and a flash that are not.
 *
 * An empty battery stops the program; once its charger has given it enough it starts again, as after a cut of power.
 */
import type { EmergencyKind } from "#devices/box/modem/emergency-text.ts";
import type { RadioEnd } from "#devices/link/radio.ts";
import type { BandPower, BandStaging, BandStore } from "#devices/wristband/program/ports.ts";
import { bandNumbers } from "#devices/wristband/program/settings.ts";
import { createWristband, type Wristband } from "#devices/wristband/program/wristband.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { type ProfileName, profiles } from "#wire/cadence.ts";
import type { Serial } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";

import { type Battery, batteryAfter } from "./battery.ts";
import type { Body } from "./physiology/body.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import type { Wearer, Worn } from "./wearers/wearer.ts";

/** What makes a wristband. */
export interface BandSetup {
  readonly serial: Serial;
  readonly seed: number;
  readonly body: Body;
  readonly wearer: Wearer;
  readonly profile: ProfileName;
  readonly battery: Battery;
  /** The home's own. */
  readonly clock: Clock;
  readonly random: Random;
  /** Its end of the air. */
  readonly radio: RadioEnd;
  readonly advertise: (state: { readonly pairing: boolean }) => void;
}

/** A program that runs. */
interface Running {
  readonly program: Wristband;
  readonly worn: Worn;
  /** When it started, ms UTC. */
  readonly from: number;
}

/** One wristband. */
export class Band {
  readonly #setup: BandSetup;
  readonly #store = createFlash();
  #battery: Battery;
  #livedTo: number;
  #isPlugged = false;
  #isOn = true;
  #running: Running | undefined;
  #timer: Timer | undefined;

  constructor(setup: BandSetup) {
    this.#setup = setup;
    this.#battery = setup.battery;
    this.#livedTo = setup.clock.now();
  }

  /** Whether it has power. */
  get alive(): boolean {
    return this.#running !== undefined;
  }

  /** Lives up to now: drains or charges, stops or starts. */
  live(): void {
    this.#power();
    const runs = this.#isOn && !this.#battery.flat;
    if (!runs && this.alive) this.#stop();
    if (runs && !this.alive) this.#start();
  }

  /** It is switched off, or on. */
  switch(isOn: boolean): void {
    this.#isOn = isOn;
    this.live();
  }

  /** Something happens to its wearer just now, who may press its button. */
  call(kind: EmergencyKind): void {
    const { clock } = this.#setup;
    if (this.#running === undefined) return;
    const { program, worn, from } = this.#running;
    if (kind !== "sos") return worn.befalls?.(kind, clock.now() - from);
    program.press("call", true);
    const letGo = (): void => program.press("call", false);
    clock.after(Millis(bandNumbers.button.longMs + 100), "a button is let go", letGo);
  }

  /** Somebody presses its pairing button. */
  pair(): void {
    this.#running?.program.press("pair", true);
    this.#running?.program.press("pair", false);
  }

  #start(): void {
    const { serial, seed, profile, clock, random, radio, advertise, body, wearer } = this.#setup;
    const from = clock.now();
    const worn = wearer(body, from);
    const { layer } = worn;
    const program = createWristband(
      {
        clock: {
          now: () => clock.now() - from,
          wake: (at) => this.#wake(at + from),
        },
        ...{ radio, advertise, store: this.#store, staging: noStaging },
        power: () => this.#power(),
        draw: () => {},
        buzz: () => {},
        random: () => random.integer({ low: 0, high: 0xff_ff_ff_ff }),
        restart: () => this.#restart(),
        recover: () => {},
      },
      { ...bandNumbers, serial, profile, profiles, layer, firmware: firmwareOf(seed) },
    );
    this.#running = { program, worn, from };
  }

  #stop(): void {
    const { radio } = this.#setup;
    this.#timer?.cancel();
    this.#running = undefined;
    radio.onFrame(() => {});
    radio.onLink(() => {});
  }

  #restart(): void {
    this.#stop();
    this.#start();
  }

  #wake(at: number): void {
    const { clock } = this.#setup;
    this.#timer?.cancel();
    const wait = Millis(Math.max(0, at - clock.now()));
    this.#timer = clock.after(wait, "wristband", () => this.#running?.program.step());
  }

  #power(): BandPower {
    const { body, clock } = this.#setup;
    const now = clock.now();
    this.#battery = batteryAfter(this.#battery, {
      ms: now - this.#livedTo,
      charging: this.#isPlugged,
    });
    this.#livedTo = now;
    this.#isPlugged = body.wear(now) === "charging";
    return { level: this.#battery.level, plugged: this.#isPlugged };
  }
}

function createFlash(): BandStore {
  const records = new Map<string, Uint8Array>();
  return {
    read: (name) => records.get(name),
    write: (name, bytes) => records.set(name, bytes.slice()),
  };
}

/** A wristband that takes no image. */
const noStaging: BandStaging = {
  judge: () => "unconfirmed",
  clear: () => true,
  write: () => "staged",
  request: () => {},
  confirmed: () => true,
  confirm: () => {},
};

/** Most of a fleet has the newest firmware; some have not. */
function firmwareOf(seed: number): string {
  const draw = chance(seed, channels.wristbandFirmware, 0);
  if (draw < 0.78) return "2.4.1";
  return draw < 0.94 ? "2.4.0" : "2.3.2";
}
