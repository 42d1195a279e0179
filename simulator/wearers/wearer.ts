/**
 * Whoever wears a wristband, as its program meets them: a layer of the program, and what feeds it.
 */
import type { EmergencyKind } from "#devices/box/modem/emergency-text.ts";
import type { Layer } from "#devices/wristband/program/layer.ts";

import type { Fidelity } from "../fidelity.ts";
import type { Body } from "../physiology/body.ts";

/** A wristband on a wrist, from its start on. */
export interface Worn {
  readonly layer: Layer;
  /** Something happens to the wearer at `t`, ms since the start; for whoever's samples do not say so themselves. */
  readonly befalls?: (kind: Exclude<EmergencyKind, "sos">, t: number) => void;
}

/** Puts on a wristband that starts at `start`, ms UTC. */
export type Wearer = (body: Body, start: number) => Worn;

/** Who lives in a home, and how much of them is simulated. */
export interface Resident {
  readonly fidelity: Fidelity;
  readonly body: Body;
  readonly wearer: Wearer;
}

/** How clearly what is told, not felt, counts as seen, 0–100. */
export const toldQuality = 92;

/** A layer whose body says every `periodMs` what has been since it was last asked: before anybody looks at it. */
export function fed<L extends Layer>(
  layer: L,
  { periodMs, feed }: { readonly periodMs: number; readonly feed: (t: number) => void },
): L {
  return {
    ...layer,
    begin: (host) => {
      const run = (t: number): boolean => {
        feed(t);
        return false;
      };
      host.add({ name: "wearer", periodMs, run });
      layer.begin(host);
    },
  };
}
