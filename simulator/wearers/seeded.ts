/** Whoever a seed stands for. */
import type { Fidelity } from "../fidelity.ts";
import { createMeansBody } from "../physiology/means.ts";
import { beatsWearer } from "./beats.ts";
import { meansWearer } from "./means.ts";
import { samplesWearer } from "./samples.ts";
import type { Resident, Wearer } from "./wearer.ts";

const wearers: Readonly<Record<Fidelity, (seed: number) => Wearer>> = {
  means: () => meansWearer,
  beats: beatsWearer,
  samples: samplesWearer,
};

/** The resident of this seed; the same person at every fidelity. */
export function seededResident(fidelity: Fidelity, seed: number): Resident {
  return { fidelity, body: createMeansBody(seed), wearer: wearers[fidelity](seed) };
}
