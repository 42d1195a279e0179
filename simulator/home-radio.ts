/**
 * The box's radio in a simulated home: one wristband, over the air of `devices/link`.
 */
import type { BandConnection, BandRadio, Bonded, SeenBand } from "#devices/box/band/port.ts";
import type { RadioEnd } from "#devices/link/radio.ts";
import { Trouble } from "#platform/trouble.ts";
import type { Serial } from "#wire/identity.ts";

/** What it stands between. */
interface RadioSetup {
  /** The box's end of the air. */
  readonly end: RadioEnd;
  readonly wristband: Serial;
  /** dBm at the usual place in the home. */
  readonly signal: number;
}

/** See above. */
export class HomeRadio implements BandRadio {
  readonly #setup: RadioSetup;
  readonly #address: string;
  #isPairing = false;
  #wasAsked = false;
  #seen: (band: SeenBand) => void = () => {};
  #changed: (up: boolean) => void = () => {};

  constructor(setup: RadioSetup) {
    this.#setup = setup;
    this.#address = `air:${setup.wristband}`;
    setup.end.onLink((up) => {
      this.#changed(up);
      if (up) this.#show();
    });
  }

  /** Whether a box has asked for its wristband: then it is bonded with it. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** The wristband says whether it may be bonded. */
  advertise({ pairing }: { readonly pairing: boolean }): void {
    this.#isPairing = pairing;
    this.#show();
  }

  scan(seen: (band: SeenBand) => void): { stop(): void } {
    this.#seen = seen;
    return { stop: () => (this.#seen = () => {}) };
  }

  async bond(): Promise<Bonded> {
    const isOpen = this.#isPairing && this.#setup.end.up;
    return isOpen ? { kind: "bonded" } : { kind: "refused", why: "its window is closed" };
  }

  async bonds(): Promise<readonly string[]> {
    return this.#wasAsked ? [this.#address] : [];
  }

  async forget(): Promise<void> {
    this.#wasAsked = false;
  }

  async connect(address: string): Promise<BandConnection> {
    const { end } = this.#setup;
    this.#wasAsked = true;
    if (!end.up || address !== this.#address) {
      throw new Trouble("band-unreachable", { retry: "safe" });
    }
    return {
      address,
      get up() {
        return end.up;
      },
      send: (bytes) => end.send(bytes),
      onFrame: (take) => end.onFrame(take),
      onLink: (changed) => {
        this.#changed = changed;
      },
      close: async () => {},
    };
  }

  #show(): void {
    const { end, wristband: serial, signal } = this.#setup;
    if (!end.up) return;
    this.#seen({ address: this.#address, serial, signal, pairing: this.#isPairing });
  }
}
