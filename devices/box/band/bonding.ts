/**
 * Carries out what pairing decides: bonds, keeps the bond on disk, refuses in the open.
 *
 * @source catalogue BX-04, WB-14; spec/clinical.md F13
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { type BoxSerial, parseSerial } from "#wire/identity.ts";
import { fields, fits, parsed, type Shape, textOf } from "#wire/shape.ts";

import type { Deeds } from "../deeds.ts";
import { eventDraft } from "../draft.ts";
import type { Facts } from "../facts.ts";
import type { Journal } from "../journal.ts";
import type { Panel } from "../panel/port.ts";
import {
  type Bond,
  isOpen,
  type Pairing,
  type PairingAct,
  pairingWindow,
  pressed,
  seen,
  tried,
} from "./pairing.ts";
import type { BandRadio } from "./port.ts";

/** What bonding needs. */
interface BondingPorts {
  readonly box: BoxSerial;
  readonly radio: BandRadio;
  readonly panel?: Panel;
  readonly facts: Facts;
  /** Of kind `clone`. */
  readonly clones: Deeds;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This is the wristband from now on; called at the start too, when there is one. */
  readonly bonded: (bond: Bond) => void;
  /** The bonded wristband was seen. */
  readonly near: () => void;
  /** The window was opened or closed. */
  readonly windowed: (isOpen: boolean) => void;
}

const factName = "bond";
const bondShape: Shape<Bond> = fields<Bond>({
  serial: parsed("a serial", parseSerial),
  address: textOf(64),
});

/** See above. */
export class Bonding {
  readonly #ports: BondingPorts;
  #state: Pairing = {};
  #scan: { stop(): void } | undefined;
  #window: Timer | undefined;
  /** Addresses that were refused aloud since the last press: one buzz each. */
  #refused: readonly string[] = [];

  constructor(ports: BondingPorts) {
    this.#ports = ports;
  }

  /** Begins with the bond of the disk. Throws the database's Trouble. */
  open(): void {
    const { facts, radio, panel, clock, bonded, near } = this.#ports;
    const kept = facts.read(factName);
    if (fits(bondShape, kept)) {
      this.#state = { bond: kept };
      bonded(kept);
    }
    panel?.onPress((press) => {
      this.#state = pressed(this.#state, press, clock.monotonic());
      this.#openWindow();
    });
    this.#scan = radio.scan((band) => {
      if (band.address === this.#state.bond?.address) near();
      const { state, act } = seen(this.#state, band, clock.monotonic());
      this.#state = state;
      if (act !== undefined) this.#act(act);
    });
  }

  get bond(): Bond | undefined {
    return this.#state.bond;
  }

  get isWindowOpen(): boolean {
    return isOpen(this.#state, this.#ports.clock.monotonic());
  }

  close(): void {
    this.#scan?.stop();
    this.#window?.cancel();
  }

  #openWindow(): void {
    const { clock, windowed } = this.#ports;
    this.#refused = [];
    this.#window?.cancel();
    this.#window = clock.after(pairingWindow, "pairing window", () => windowed(false));
    windowed(true);
  }

  #act(act: PairingAct): void {
    switch (act.kind) {
      case "bond":
        void this.#bond(act.band);
        break;
      case "bonded":
        this.#bonded(act.bond, act.gone);
        break;
      case "clone":
        this.#reportClone(act.band);
        break;
      case "refused":
        this.#refuse(act.band, act.why);
    }
  }

  async #bond(band: Bond): Promise<void> {
    const { radio, log } = this.#ports;
    const result = await radio.bond(band.address).catch((error: unknown) => {
      if (!isTrouble(error)) throw error;
      return { kind: "refused" as const, why: error.code };
    });
    log.info("bonding", { wristband: band.serial, outcome: result.kind });
    const { state, act } = tried(this.#state, result);
    this.#state = state;
    if (act !== undefined) this.#act(act);
  }

  #bonded(bond: Bond, gone: Bond | undefined): void {
    const { facts, journal, panel, bonded, windowed } = this.#ports;
    this.#window?.cancel();
    journal.commit({ write: () => facts.write(factName, { ...bond }) });
    if (gone !== undefined) void this.#forget(gone.address);
    panel?.buzz("accepted");
    windowed(false);
    bonded(bond);
  }

  /** Once for each clone, over all restarts. */
  #reportClone({ address, serial }: Bond): void {
    const { clones, journal, clock, random, box, log } = this.#ports;
    if (clones.find(address) !== undefined) return;
    log.error("clone refused", { wristband: serial });
    const id = `${box}-clone-${random.letters(12)}`;
    const detail = `clone of ${serial} refused`;
    const event = { id, kind: "device_error" as const, device: box, t: clock.now(), detail };
    journal.commit({
      drafts: [eventDraft(event)],
      write: () => clones.write(address, { done: true }),
    });
  }

  #refuse({ address, serial }: Bond, why: string): void {
    if (!this.isWindowOpen || this.#refused.includes(address)) return;
    this.#refused = [...this.#refused, address];
    this.#ports.log.warn("wristband refused", { wristband: serial, why });
    this.#ports.panel?.buzz("refused");
  }

  async #forget(address: string): Promise<void> {
    try {
      await this.#ports.radio.forget(address);
    } catch (error) {
      if (!isTrouble(error)) throw error;
    }
  }
}
