/**
 * Why a message did not go, and whether trying again may help.
 *
 * @source 3GPP TS 27.005 §3.2.5 (CMS); 3GPP TS 27.007 §9.2 (CME); 3GPP TS 24.011 annex E (CMS < 128)
 */
import type { Retry } from "#platform/trouble.ts";

import type { Refusal } from "./at.ts";

/** What is wrong, in a word. */
export type Reason =
  | "no_sim"
  | "sim_locked"
  | "no_network"
  /** The operator refuses: no credit, or a service that is not paid for. */
  | "barred"
  /** Something else, as a rule in the network; 500 when the modem knows no better. */
  | "failed"
  | "bad_number"
  | "bad_text"
  | "modem_silent"
  /** It was given the text, and never said what became of it. */
  | "unconfirmed"
  | "modem_restarted";

/** A reason, and what may be retried: see {@link Retry}. */
export interface Fault {
  readonly reason: Reason;
  readonly retry: Retry;
}

const failed: Fault = { reason: "failed", retry: "safe" };
/** The modem itself does not know what became of it. */
const unknown: Fault = { reason: "failed", retry: "ambiguous" };
const barred: Fault = { reason: "barred", retry: "safe" };
const noSim: Fault = { reason: "no_sim", retry: "safe" };
const simLocked: Fault = { reason: "sim_locked", retry: "safe" };
const noNetwork: Fault = { reason: "no_network", retry: "safe" };
const badNumber: Fault = { reason: "bad_number", retry: "never" };
const badText: Fault = { reason: "bad_text", retry: "never" };

/** Numbers that are not here are `failed`, and may be tried again. */
const faults: Readonly<Record<Refusal["family"], Readonly<Record<number, Fault>>>> = {
  plain: {},
  CMS: {
    ...{ 1: badNumber, 28: badNumber },
    ...{ 8: barred, 10: barred, 21: barred, 29: barred, 30: barred, 50: barred },
    ...{ 304: badText, 305: badText },
    ...{ 310: noSim, 313: noSim, 315: noSim },
    ...{ 311: simLocked, 312: simLocked, 316: simLocked, 317: simLocked, 318: simLocked },
    ...{ 331: noNetwork, 332: unknown },
  },
  CME: {
    ...{ 10: noSim, 13: noSim, 15: noSim },
    ...{ 11: simLocked, 12: simLocked, 17: simLocked, 18: simLocked },
    ...{ 30: noNetwork, 32: noNetwork, 31: unknown },
  },
};

/** What a modem's refusal means. */
export function faultOf({ family, number }: Refusal): Fault {
  return (number === undefined ? undefined : faults[family][number]) ?? failed;
}
