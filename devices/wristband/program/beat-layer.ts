/**
 * A simulated body that gives beats and steps: the detectors are left out, all above them is the
 * firmware's.
 */
import type { Wear } from "#devices/wristband/signals/report.ts";
import type { Measure } from "#devices/wristband/signals/windows.ts";

import type { Layer, LayerHost } from "./layer.ts";
import { createSaturations } from "./saturations.ts";
import { createToldFall, type ToldFall } from "./told-fall.ts";
import { createVitals, pulsePeriod, type Vitals, vitalsBytes } from "./vitals.ts";

/** One heartbeat: when, how long after the one before, ms, and how clearly it was seen, 0–100. */
export interface Beat {
  readonly t: number;
  readonly interval: number;
  readonly quality: number;
}

/** The layer, and where what the body does goes; times since the start, never going back. */
export interface BeatLayer extends Layer {
  beat(beat: Beat): void;
  steps(t: number, count: number): void;
  oximetry(measure: Measure): void;
  /** The wrist is still, or moves. */
  still(still: boolean): void;
  /** Where the wristband is. */
  wear(t: number, wear: Wear): void;
  /** A fall struck at `t`. */
  fall(fall: Parameters<ToldFall["struck"]>[0]): void;
}

/** Beats that make a rate: those of the last so many ms, as the detector's memory. */
const memoryMs = 10_000;
const beatsMost = 40;
/** What a pulse that is there measures; and one that is not, counts. */
const amplitude = { there: 100, gone: 0 };
const beatBytes = 2 * 8 * beatsMost;

/** A layer of beats. */
export function createBeatLayer(): BeatLayer {
  let vitals: Vitals | undefined;
  let fall: ToldFall | undefined;
  let still = true;
  let worn: Wear = "off";
  const beats = createBeats();
  return {
    vitals: ["heart-rate", "spo2"],
    bytes: beatBytes + vitalsBytes,
    begin: (host) => {
      vitals = createVitals(host, createSaturations);
      vitals.still(still);
      fall = createToldFall(host, () => worn === "worn");
      beginPulse(host, vitals, beats);
    },
    beat: (beat) => beats.push(beat),
    steps: (t, count) => vitals?.steps(t, count),
    oximetry: (measure) => vitals?.oximetry(measure),
    still: (now) => {
      still = now;
      vitals?.still(still);
    },
    wear: (t, wear) => {
      if (wear === worn) return;
      worn = wear;
      vitals?.wear({ kind: "wear", t, wear });
    },
    fall: (struck) => fall?.struck(struck),
    replan: (now) => vitals?.replan(now),
    dismiss: () => fall?.dismiss(),
    sense: (vital, now) => vitals?.sense(vital, now),
    gravity: () => ({ mg: 1000, still }),
  };
}

function beginPulse(host: LayerHost, vitals: Vitals, beats: Beats): void {
  let next = 0;
  host.add({
    name: "beats",
    periodMs: 1000,
    run: (t) => {
      if (t < next) return false;
      next = t + pulsePeriod(host.plan());
      vitals.pulse({ t, ...beats.rate(t) });
      return false;
    },
  });
}

interface Beats {
  push(beat: Beat): void;
  rate(now: number): { rate: number; quality: number; amplitude: number };
}

/** The last beats, oldest first. */
function createBeats(): Beats {
  let beats: Beat[] = [];
  return {
    push: (beat) => {
      beats.push(beat);
      if (beats.length > beatsMost) beats.shift();
    },
    rate: (now) => {
      beats = beats.filter(({ t }) => t > now - memoryMs);
      let intervals = 0;
      let qualities = 0;
      beats.forEach((beat) => {
        intervals += beat.interval;
        qualities += beat.quality;
      });
      const newest = beats[beats.length - 1];
      // Two of the longest pauses without a beat: there is none.
      if (newest === undefined || now - newest.t > 2 * (intervals / beats.length) + 1000) {
        return { rate: 0, quality: 0, amplitude: amplitude.gone };
      }
      return {
        rate: Math.round((600_000 * beats.length) / intervals) / 10,
        quality: Math.round(qualities / beats.length),
        amplitude: amplitude.there,
      };
    },
  };
}
