/**
 * Falls: an impact that looks like one, and then a time to cancel.
 *
 * What looks like a fall is said at once (`suspected-fall`: the wristband may buzz) and confirmed only after the
 * patient could cancel, was not moving about all the time, and still wears the wristband. Only a confirmed `fall` is an
 * emergency.
 * @source S1 §6.1.2 (WB-26, WB-27), CF-08, CF-41; F05; docs/accuracy.md
 */
import { settledMs } from "./fall-features.ts";
import { createImpacts, type Impact } from "./fall-impact.ts";
import { type FallJudge, oddsOf } from "./fall-judge.ts";
import { fallWeights } from "./fall-weights.ts";
import { type FallReport, nothing } from "./report.ts";
import type { AccelerationSample } from "./sample.ts";

export interface FallSettings {
  /** An impact begins above this magnitude, mg. */
  readonly triggerMg: number;
  /** Suspected when the odds are for a fall. */
  readonly judge: FallJudge;
  /** How long the patient may cancel. */
  readonly cancelMs: number;
  /** A second is quiet when the acceleration changes by less than this per 20 ms, mg. */
  readonly quietMg: number;
  /** Quiet seconds, taken together, that the time to cancel must hold. */
  readonly quietMs: number;
}

/** The cancel time is CF-41's; the rest measures best (docs/accuracy.md). */
export const fallSettings: FallSettings = {
  judge: fallWeights,
  triggerMg: 2200,
  cancelMs: 30_000,
  quietMg: 60,
  quietMs: 5000,
};

export interface FallDetector {
  push(sample: AccelerationSample): readonly FallReport[];
  /** The patient says that all is well. */
  cancel(): readonly FallReport[];
  /**
   * What comes next has nothing to do with what came before: whoever keeps the last seconds may spare the detector all
   * that holds no sample above the trigger, and give it those seconds when one has come and settled.
   */
  restart(): void;
  /** Whether the wristband is on the wrist: one that is not has fallen alone. */
  wear(worn: boolean): void;
}

/** A detector of falls; any rate from 50 Hz up (100 Hz is the plan's), fixed memory of 2 KB. */
export function createFallDetector(settings: FallSettings = fallSettings): FallDetector {
  const suspicion = createSuspicion(settings);
  let worn = true;
  let reports: readonly FallReport[] = nothing;
  const impacts = createImpacts(settings.triggerMg, {
    moved: (t, mg) => {
      const report = suspicion.pending() ? suspicion.watch({ t, mg, worn }) : undefined;
      if (report !== undefined) reports = [...reports, report];
    },
    impact: (impact) => {
      const odds = suspicion.pending() ? -1 : oddsOf(settings.judge, impact.features);
      if (odds > 0) reports = [...reports, suspicion.begin(impact, percent(odds))];
    },
  });
  return {
    push: (sample) => {
      reports = nothing;
      impacts.push(sample);
      return reports;
    },
    restart: () => impacts.restart(),
    cancel: () => (suspicion.pending() ? [suspicion.dismiss("cancelled")] : nothing),
    wear: (now) => {
      worn = now;
    },
  };
}

function percent(odds: number): number {
  return Math.round(100 / (1 + Math.exp(-odds)));
}

type Dismissal = NonNullable<FallReport["why"]>;

interface Suspicion {
  pending(): boolean;
  begin(impact: Impact, quality: number): FallReport;
  /** One more cell; a report when the time to cancel is over. */
  watch(cell: { t: number; mg: number; worn: boolean }): FallReport | undefined;
  dismiss(why: Dismissal): FallReport;
}

/** What may still be dismissed: by the patient, by moving about, or because nobody wears the wristband. */
function createSuspicion(settings: FallSettings): Suspicion {
  const quiet = createQuiet(settings.quietMg);
  let pending = false;
  let struck = 0;
  let quality = 0;
  let began = 0;
  let at = 0;
  const report = (kind: FallReport["kind"]): FallReport => ({ kind, t: struck, at, quality });
  const dismiss = (why: Dismissal): FallReport => {
    pending = false;
    return { ...report("dismissed-fall"), why };
  };
  return {
    pending: () => pending,
    begin: (impact, likelihood) => {
      pending = true;
      struck = impact.t;
      quality = likelihood;
      began = at = impact.t + settledMs;
      quiet.restart(at);
      return report("suspected-fall");
    },
    watch: ({ t, mg, worn }) => {
      at = t;
      quiet.push(t, mg);
      if (t - began < settings.cancelMs) return undefined;
      if (!worn) return dismiss("off_wrist");
      if (quiet.total() < settings.quietMs) return dismiss("moving");
      pending = false;
      return report("fall");
    },
    dismiss,
  };
}

/** Adds up the quiet seconds. */
function createQuiet(quietMg: number): {
  push(t: number, mg: number): void;
  total(): number;
  restart(t: number): void;
} {
  let until = 0;
  let moved = 0;
  let cells = 0;
  let total = 0;
  const begin = (t: number): void => {
    until = t + 1000;
    moved = cells = 0;
  };
  return {
    push: (t, mg) => {
      moved += mg;
      cells += 1;
      if (t < until) return;
      if (moved < quietMg * cells) total += 1000;
      begin(t);
    },
    total: () => total,
    restart: (t) => {
      total = 0;
      begin(t);
    },
  };
}
