/**
 * What the people of a home see and hear of their box: its light, its screen, and one buzz for each new warning.
 *
 * The screen is paper: it is drawn when what stands on it changes, and not otherwise.
 * @source catalogue BX-14, PE-11
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import { Millis, Minutes } from "#wire/units.ts";

import type { Light, Panel } from "../panel/port.ts";
import type { Screen } from "../ports.ts";
import {
  type FaultKind,
  faultKinds,
  screenCodes,
  type ScreenModel,
  type WarningKind,
  warningKinds,
} from "./screen.ts";
import { timeOfDay } from "./zone.ts";

/** What a front needs. */
interface FrontPorts {
  readonly clock: Clock;
  readonly zone: () => string;
  readonly panel?: Panel;
  readonly screen?: Screen;
}

/** See above. */
export class Front {
  readonly #ports: FrontPorts;
  readonly #faults = new Set<FaultKind>();
  readonly #warnings = new Set<WarningKind>();
  #isPairing = false;
  #isTelling = false;
  #lit: Light | undefined;
  #drawn = "";
  #timer: Timer | undefined;

  constructor(ports: FrontPorts) {
    this.#ports = ports;
  }

  open(): void {
    this.show();
    if (this.#ports.screen !== undefined) this.#nextMinute();
  }

  close(): void {
    this.#timer?.cancel();
  }

  get faults(): readonly FaultKind[] {
    return faultKinds.filter((kind) => this.#faults.has(kind));
  }

  /** Something of the box works, or does not. Answers whether that is new. */
  fault(kind: FaultKind, isWrong: boolean): boolean {
    const changes = this.#faults.has(kind) !== isWrong;
    if (isWrong) this.#faults.add(kind);
    else this.#faults.delete(kind);
    if (changes) this.show();
    return changes;
  }

  /** Something is to be looked after, or has been: heard once, until it has been. */
  warn(kind: WarningKind, isWanted: boolean): void {
    if (this.#warnings.has(kind) === isWanted) return;
    if (isWanted) {
      this.#warnings.add(kind);
      this.#ports.panel?.buzz("warning");
    } else this.#warnings.delete(kind);
    this.show();
  }

  /** The pairing window is open, or closed. */
  pairing(isOpen: boolean): void {
    this.#isPairing = isOpen;
    this.show();
  }

  /** People are being told of an emergency. */
  telling(isTelling: boolean): void {
    if (isTelling) this.#ports.panel?.buzz("emergency");
    this.#isTelling = isTelling;
    this.show();
  }

  /** Shows what is so now, where that is not what is shown. */
  show(): void {
    const light = this.#light();
    if (light !== this.#lit) this.#ports.panel?.light(light);
    this.#lit = light;
    this.#draw();
  }

  #light(): Light {
    if (this.#isTelling) return "emergency";
    if (this.#isPairing) return "pairing";
    return this.#faults.size > 0 ? "fault" : "well";
  }

  #draw(): void {
    const { screen, clock, zone } = this.#ports;
    if (screen === undefined) return;
    const model: ScreenModel = {
      time: timeOfDay(clock.now(), zone()),
      codes: this.faults.map((kind) => screenCodes[kind]),
      warnings: warningKinds.filter((kind) => this.#warnings.has(kind)),
    };
    const drawn = JSON.stringify(model);
    if (drawn !== this.#drawn) screen.draw(model);
    this.#drawn = drawn;
  }

  #nextMinute(): void {
    const { clock } = this.#ports;
    const wait = Minutes(1) - (clock.now() % Minutes(1));
    this.#timer = clock.after(Millis(wait), "screen", () => {
      this.#draw();
      this.#nextMinute();
    });
  }
}
