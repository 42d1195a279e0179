/**
 * What the light's states look like and the buzzer's patterns sound like, as Johnny-Five plays them.
 * @source IEC 60601-1-8: high priority 1.4–2.8 Hz and two sets of five pulses, medium 0.4–0.8 Hz and three pulses
 */
import type { PiezoTune } from "johnny-five";

import type { Buzz, Light } from "./port.ts";

/** Half of the light's period, ms; `off` and `well` stand still. */
export const blinks: Readonly<Record<Exclude<Light, "off" | "well">, number>> = {
  emergency: 250,
  fault: 800,
  // Quicker than what is wrong: a box that pairs is in somebody's hands.
  pairing: 100,
};

type Song = [note: string | null, beats: number][];

/** Beats a minute: a beat is 120 ms. */
const tempo = 500;

function pulses(count: number, beats: number): Song {
  return Array.from({ length: count }, (): Song => [
    ["a5", beats],
    [null, 1],
  ]).flat();
}

/** Rising is good, falling is not. Below 1000 Hz, where old ears hear. */
export const tunes: Readonly<Record<Buzz, PiezoTune & { readonly song: Song }>> = {
  accepted: {
    tempo,
    song: [
      ["a4", 1],
      ["a5", 1],
    ],
  },
  refused: {
    tempo,
    song: [
      ["a5", 1],
      ["a4", 1],
    ],
  },
  warning: { tempo, song: pulses(3, 2) },
  emergency: { tempo, song: [...pulses(5, 1), [null, 2], ...pulses(5, 1)] },
};
