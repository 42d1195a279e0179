/**
 * The box's side of the radio, as BlueZ or the simulated air give it: who is near, who is bonded, and one
 * connection that carries frames.
 *
 * Keys of a bond are the radio's own: neither side of this port ever sees one.
 * @source spec/firmware.md §5; catalogue WB-14, BX-04
 */
import type { RadioEnd } from "#devices/link/radio.ts";
import type { Serial } from "#wire/identity.ts";

/** A wristband that advertises our service. */
export interface SeenBand {
  /** The radio's own name of it, such as `C4:3D:…`; a clone has another one. */
  readonly address: string;
  /** Who it says that it is. */
  readonly serial: Serial;
  /** dBm. */
  readonly signal: number;
  /** Its pairing button was pressed: its window is open. */
  readonly pairing: boolean;
}

/** What became of an attempt to bond; `refused` by the other side or by its window. */
export type Bonded =
  { readonly kind: "bonded" } | { readonly kind: "refused"; readonly why: string };

/** One connection to one bonded wristband. */
export interface BandConnection extends RadioEnd {
  readonly address: string;
  close(): Promise<void>;
}

/** The radio. Throws Trouble `radio-unreachable` (safe) when there is no adapter or it does not answer. */
export interface BandRadio {
  /** Tells of each wristband whenever it is seen, until stopped. */
  scan(seen: (band: SeenBand) => void): { stop(): void };
  /** Makes a bond: from then on only the holder of its key is connected under that address. */
  bond(address: string): Promise<Bonded>;
  /** Addresses that a bond exists with. */
  bonds(): Promise<readonly string[]>;
  /** Gives a bond up. */
  forget(address: string): Promise<void>;
  /** Connects, encrypted, to a bonded wristband. Throws Trouble `band-unreachable` (safe) when it is not near. */
  connect(address: string): Promise<BandConnection>;
}
