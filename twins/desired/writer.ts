/**
 * The one way in which people and jobs write twins: read, edit, commit if nobody wrote in between; else again.
 *
 * Writes that are asked for at the same time share a reading and, per partition, a commit; each stands on its own. A twin
 * is written once per round, so of many writers of one twin each sees what the one before it did.
 *
 * The first try starts from the twin as the store remembers it, unread: a commit holds only where that is still what is
 * stored. Whatever else an edit comes to, it comes to on a twin that was read for it.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Unit } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import type { Change, ChangedLeaf, Twin } from "#twins/document.ts";
import { revField, revText } from "#twins/encoding.ts";
import type { Keys } from "#twins/keys.ts";
import type { KnownTwins } from "#twins/known-twins.ts";
import type { ChangePosition, TwinOutcome, TwinStore, TwinWrite } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

/** What an edit makes of a twin; `after` is the very same twin when it changes nothing. */
export interface Edited extends Pick<Change, "by" | "why" | "cause"> {
  readonly kind: "edited";
  readonly after: Twin;
  readonly changed: readonly ChangedLeaf[];
  /** `changed` unless told: `created` and `retired` are for those who make and end twins. */
  readonly change?: Change["kind"];
  /** Written with it, also when nothing changes, and only if its checks hold. */
  readonly beside?: Unit;
}

/**
 * A pure edit; called again when somebody else wrote first. The twin is null when there is none. Whatever it answers
 * that is not `edited` is the answer of the write.
 */
export type Edit<Refusal extends { readonly kind: string }> = (
  twin: Twin | null,
  now: Instant,
) => Edited | Refusal;

/** What became of a write. */
export type Written =
  | {
      readonly kind: "written";
      readonly twin: Twin;
      readonly changed: readonly ChangedLeaf[];
      readonly position: ChangePosition;
    }
  | { readonly kind: "unchanged"; readonly twin: Twin }
  /** What it should be written with does not hold. */
  | { readonly kind: "beside" }
  /** Others wrote first, time after time. */
  | { readonly kind: "contended" };

/** Writes twins. Throws Trouble of the cells, and `writes-full` (safe) when too many wait. */
export interface TwinWriter {
  write<Refusal extends { readonly kind: string }>(
    id: Serial,
    edit: Edit<Refusal>,
  ): Promise<Written | Refusal>;
}

/** What a writer needs. */
export interface WriterDeps {
  readonly store: Pick<TwinStore, "readMany" | "commit"> & Partial<Pick<KnownTwins, "recall">>;
  readonly cells: Pick<Cells, "commit">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now" | "soon">;
  /** Told of each write, before the writer is. */
  readonly written?: (position: ChangePosition) => void;
}

/** Twins of one round, and rounds under way: while the store works at one, the next is read and edited. */
const roundMax = 512;
const roundsMost = 3;
/** Writes that may wait; more are turned away. */
const waitingMax = 20_000;
/** Tries of one write. */
const triesMax = 4;

interface Job {
  readonly id: Serial;
  /** What the edit comes to: something to commit, or how its writer is told why not. */
  readonly attempt: (twin: Twin | null, now: Instant) => Edited | (() => void);
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/** A job whose edit is to be committed. */
interface Draft {
  readonly job: Job;
  readonly before: Twin | null;
  readonly edited: Edited;
}

/** A writer; several may work side by side, in one process or in many. */
export function createTwinWriter(deps: WriterDeps): TwinWriter {
  let waiting: Job[] = [];
  /** Twins that a round is writing. */
  const busy = new Set<Serial>();
  let rounds = 0;
  const round = async (jobs: readonly Job[]): Promise<void> => {
    const again = await settle(deps, jobs);
    for (const { id } of jobs) busy.delete(id);
    waiting = [...again, ...waiting];
    rounds -= 1;
    start();
  };
  const start = (): void => {
    while (rounds < roundsMost && waiting.length > 0) {
      const { taken, left } = nextRound(waiting, busy);
      if (taken.length === 0) return;
      waiting = left;
      rounds += 1;
      void round(taken);
    }
  };
  const add = (job: Job): void => {
    waiting.push(job);
    // Not at once, so that whoever else asks now shares the round.
    if (waiting.length === 1) deps.clock.soon(start);
  };
  return {
    write: async <Refusal extends { readonly kind: string }>(id: Serial, edit: Edit<Refusal>) => {
      if (waiting.length >= waitingMax) throw new Trouble("writes-full", { retry: "safe" });
      return new Promise<Written | Refusal>((resolve, reject) => {
        const attempt: Job["attempt"] = (twin, now) => {
          try {
            const outcome = edit(twin, now);
            return isEdited(outcome) ? outcome : () => resolve(outcome);
          } catch (error) {
            return () => reject(error);
          }
        };
        add({ id, attempt, resolve, reject, tries: 0 });
      });
    },
  };
}

/** The jobs of the next round, each of another twin that becomes busy, and those that wait on. */
function nextRound(waiting: readonly Job[], busy: Set<Serial>): { taken: Job[]; left: Job[] } {
  const taken: Job[] = [];
  const left: Job[] = [];
  for (const job of waiting) {
    if (taken.length >= roundMax || busy.has(job.id)) left.push(job);
    else {
      busy.add(job.id);
      taken.push(job);
    }
  }
  return { taken, left };
}

/** Answers each job, but those that have to be done again. */
async function settle(deps: WriterDeps, jobs: readonly Job[]): Promise<readonly Job[]> {
  try {
    const guesses = jobs.map((job) => guessOf(deps, job));
    const others = jobs.filter((_, index) => guesses[index] === undefined);
    const twins = await deps.store.readMany(others.map(({ id }) => id));
    const drafts = others.map((job, index) => draftOf(deps, job, twins[index] ?? null));
    return await commitAll(
      deps,
      [...guesses, ...drafts].filter((draft) => draft !== undefined),
    );
  } catch (error) {
    for (const { reject } of jobs) reject(error);
    return [];
  }
}

/** An edit of the twin as it is remembered, when the commit will tell whether that is right. */
function guessOf({ store, clock }: WriterDeps, job: Job): Draft | undefined {
  const before = job.tries === 0 ? store.recall?.(job.id) : undefined;
  if (before === undefined) return undefined;
  const edited = job.attempt(before, clock.now());
  if (typeof edited === "function" || edited.after === before) return undefined;
  return { job, before, edited };
}

/** An edit of the twin as it was read; undefined when there is nothing to commit, and its writer has been told. */
function draftOf({ clock }: WriterDeps, job: Job, before: Twin | null): Draft | undefined {
  const edited = job.attempt(before, clock.now());
  if (typeof edited === "function") edited();
  else if (edited.after !== before || edited.beside !== undefined) return { job, before, edited };
  else job.resolve({ kind: "unchanged", twin: edited.after });
  return undefined;
}

/** Commits; answers the jobs that somebody else was quicker than. */
async function commitAll(deps: WriterDeps, drafts: readonly Draft[]): Promise<readonly Job[]> {
  const moving = drafts.filter(({ before, edited }) => edited.after !== before);
  const resting = drafts.filter(({ before, edited }) => edited.after === before);
  const [moved, rested] = await Promise.all([
    deps.store.commit(moving.map(writeOf)),
    Promise.all(resting.map((draft) => commitBeside(deps, draft))),
  ]);
  const outcomes = [...moved, ...rested];
  return [...moving, ...resting].flatMap((draft, index) => {
    const outcome = outcomes[index];
    assert(outcome !== undefined, "every draft has an outcome");
    return settled(deps, draft, outcome) ? [] : [draft.job];
  });
}

function writeOf({ before, edited }: Draft): TwinWrite {
  const { after, changed, change = "changed", by, why, cause = "api", beside } = edited;
  return {
    before,
    after,
    changed,
    kind: change,
    cause,
    ...(by === undefined ? {} : { by }),
    ...(why === undefined ? {} : { why }),
    ...(beside === undefined ? {} : { beside }),
  };
}

type Outcome = TwinOutcome | { readonly kind: "unchanged" };

/** Commits what comes with an edit that changes nothing, provided that the twin is still the one that was read. */
async function commitBeside({ cells, keys }: WriterDeps, draft: Draft): Promise<Outcome> {
  const { after: twin, beside = { checks: [], writes: [] } } = draft.edited;
  const same = { key: keys.twin(twin.id), field: revField, expected: revText(twin) };
  const [outcome] = await cells.commit([{ ...beside, checks: [same, ...beside.checks] }]);
  if (outcome?.kind === "committed") return { kind: "unchanged" };
  return { kind: outcome?.check === 0 ? "conflict" : "beside" };
}

/** Answers the job; false when it has to be done again. */
function settled(deps: WriterDeps, { job, edited }: Draft, outcome: Outcome): boolean {
  if (outcome.kind === "committed") {
    const { twin, position } = outcome;
    deps.written?.(position);
    job.resolve({ kind: "written", twin, changed: edited.changed, position });
    return true;
  }
  if (outcome.kind === "conflict" || outcome.kind === "fenced") {
    job.tries += 1;
    if (job.tries < triesMax) return false;
    job.resolve({ kind: "contended" });
    return true;
  }
  job.resolve(outcome.kind === "beside" ? outcome : { kind: "unchanged", twin: edited.after });
  return true;
}

function isEdited(outcome: { readonly kind: string }): outcome is Edited {
  return outcome.kind === "edited";
}
