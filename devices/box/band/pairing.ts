/**
 * Which wristband is this box's, and how another one comes to be: a pure machine.
 *
 * A wristband is bonded only while both windows are open, the box's by its button and the wristband's by its own. A box has
 * one. A short press lets the same wristband bond again, as after a change of the radio's key; a long press gives the old
 * one up. Whoever bears the serial of the bonded wristband under another address is a clone: refused at any time, and told
 * of once.
 * @source catalogue BX-04, WB-14; spec/clinical.md F13
 */
import type { Serial } from "#wire/identity.ts";
import { type Duration, Minutes } from "#wire/units.ts";

import type { Press } from "../panel/port.ts";
import type { Bonded, SeenBand } from "./port.ts";

/** A wristband that this box is bonded with. */
export interface Bond {
  readonly serial: Serial;
  readonly address: string;
}

/** How pairing stands; times on a monotonic clock. */
export interface Pairing {
  readonly bond?: Bond;
  readonly window?: { readonly until: number; readonly replaces: boolean };
  /** It bonds with this one; nobody else is bonded meanwhile. */
  readonly bonding?: Bond;
}

/** What is to be done. */
export type PairingAct =
  | { readonly kind: "bond"; readonly band: Bond }
  /** This is the one bond from now on; `gone` is given up. */
  | { readonly kind: "bonded"; readonly bond: Bond; readonly gone?: Bond }
  | { readonly kind: "clone"; readonly band: Bond }
  /** A wristband asks to be bonded, and is not. */
  | { readonly kind: "refused"; readonly band: Bond; readonly why: Refusal };
export type Refusal = "window_closed" | "another_bonded" | "not_bonded";

/** The state after something happened, and what is to be done. */
interface Paired {
  readonly state: Pairing;
  readonly act?: PairingAct;
}

/** How long the box's window stays open; ours: time to put the wristband on its charger and press. */
export const pairingWindow: Duration = Minutes(2);

/** Whether the box's window is open. */
export function isOpen({ window }: Pairing, now: number): boolean {
  return window !== undefined && now < window.until;
}

/** The button was pressed. */
export function pressed(state: Pairing, press: Press, now: number): Pairing {
  return { ...state, window: { until: now + pairingWindow, replaces: press === "long" } };
}

/** A wristband was seen. */
export function seen(state: Pairing, found: SeenBand, now: number): Paired {
  const { bond, bonding, window } = state;
  const { serial, address } = found;
  const band = { serial, address };
  const mayReplace = isOpen(state, now) && window?.replaces === true;
  const isClone = bond?.serial === serial && bond.address !== address;
  if (isClone && !mayReplace) return { state, act: { kind: "clone", band } };
  if (!found.pairing || bonding !== undefined) return { state };
  const why = refusal(state, band, now);
  if (why !== undefined) return { state, act: { kind: "refused", band, why } };
  return { state: { ...state, bonding: band }, act: { kind: "bond", band } };
}

/** The radio has tried to bond. */
export function tried({ bonding, ...state }: Pairing, result: Bonded): Paired {
  if (bonding === undefined) return { state };
  if (result.kind === "refused") {
    return { state, act: { kind: "refused", band: bonding, why: "not_bonded" } };
  }
  const { bond: before } = state;
  const gone = before !== undefined && before.address !== bonding.address ? { gone: before } : {};
  return { state: { bond: bonding }, act: { kind: "bonded", bond: bonding, ...gone } };
}

function refusal(state: Pairing, band: Bond, now: number): Refusal | undefined {
  const { bond, window } = state;
  if (!isOpen(state, now)) return "window_closed";
  const isAnother = bond !== undefined && bond.serial !== band.serial;
  return isAnother && window?.replaces !== true ? "another_bonded" : undefined;
}
