/**
 * How much of a home is simulated, the rest being the product's; every report of a simulation names it.
 *
 * `samples`: a body's raw acceleration and light, through the detectors. `beats`: its beats and steps; everything above the
 * detectors is the product's. `means`: the values of whole windows; the wristband's buffers and radio, the box, its batches
 * and its outbox are the product's.
 */
export const fidelities = ["means", "beats", "samples"] as const;
export type Fidelity = (typeof fidelities)[number];
