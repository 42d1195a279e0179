/** What may be done to a bulk change where it stands; pure. */
import {
  type BulkAct,
  type BulkChange,
  bulkLimits,
  type BulkState,
  type BulkStep,
} from "./change.ts";
import { emptyTally } from "./tally.ts";

/** A change after a step; the very same one when it stood there already. */
export type Stepped =
  | { readonly kind: "stepped"; readonly change: BulkChange }
  | { readonly kind: "refused"; readonly code: "wrong_state" | "own_change" };

/** From where a step leads where, and where whoever asks again finds it done. */
interface Move {
  readonly from: readonly BulkState[];
  readonly to: BulkState;
  readonly done: readonly BulkState[];
}

const moves: Readonly<Record<BulkStep["act"], Move>> = {
  create: { from: [], to: "draft", done: [] },
  approve: { from: ["draft"], to: "approved", done: ["approved"] },
  start: { from: ["approved"], to: "canary", done: ["canary", "running"] },
  pass: { from: ["canary"], to: "running", done: [] },
  pause: { from: ["canary", "running"], to: "paused", done: ["paused"] },
  resume: { from: ["paused"], to: "running", done: ["canary", "running"] },
  settle: { from: ["running"], to: "settling", done: [] },
  finish: { from: ["settling"], to: "done", done: [] },
  abort: {
    from: ["draft", "approved", "canary", "running", "paused"],
    to: "aborted",
    done: ["aborted"],
  },
  undo: {
    from: ["paused", "settling", "done", "aborted"],
    to: "undoing",
    done: ["undoing", "undone"],
  },
  undone: { from: ["undoing"], to: "undone", done: [] },
};

/** The change once `step` is taken, or why it may not be. */
export function takeStep(change: BulkChange, step: BulkStep): Stepped {
  const { plan, standing, rev } = change;
  const { state } = standing;
  const { from, to, done } = moves[step.act];
  if (done.includes(state)) return { kind: "stepped", change };
  if (!from.includes(state)) return { kind: "refused", code: "wrong_state" };
  if (step.act === "approve" && plan.needsOther && step.by === plan.by) {
    return { kind: "refused", code: "own_change" };
  }
  const { resumesTo, ...rest } = standing;
  const steps = [...standing.steps, step].slice(-bulkLimits.steps);
  const next = { ...rest, steps, state: step.act === "resume" ? (resumesTo ?? to) : to };
  const paused =
    step.act === "pause" && (state === "canary" || state === "running") ? { resumesTo: state } : {};
  return { kind: "stepped", change: { plan, standing: { ...next, ...paused }, rev: rev + 1 } };
}

/** A change just made. */
export function draft(plan: BulkChange["plan"]): BulkChange {
  const step = { act: "create", at: plan.at, by: plan.by, why: plan.why } as const;
  return { plan, standing: { state: "draft", steps: [step], tally: emptyTally }, rev: 1 };
}

/** Acts that would not be refused where the change stands, whoever asks. */
export function actsFor(change: BulkChange): BulkAct[] {
  const { state } = change.standing;
  const acts: readonly BulkAct[] = ["approve", "start", "pause", "resume", "abort", "undo"];
  return acts.filter((act) => moves[act].from.includes(state));
}
