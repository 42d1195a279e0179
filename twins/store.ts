/**
 * Twins in Redis: each a hash, committed with its change event in one unit, if its revision is still the one read.
 *
 * Merging happens before; here a commit holds or meets a conflict (TW-07). Twins of one partition share a call.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Check, Outcome, Unit } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Serial } from "#wire/identity.ts";
import { partNames } from "#wire/messages.ts";

import type { ChangedLeaf, Twin } from "./document.ts";
import { decodeTwin, revField, revText } from "./encoding.ts";
import type { Keys } from "./keys.ts";
import { leavesOf } from "./leaves.ts";
import type { RegisteredDevice } from "./registry-port.ts";
import { raised, type TwinWrite, unitOf } from "./twin-unit.ts";
import { createTwin } from "./twin.ts";

export type { TwinWrite } from "./twin-unit.ts";

/** A place in the change streams: entry `id` of partition `q`. */
export interface ChangePosition {
  readonly q: number;
  readonly id: string;
}

/**
 * What became of a write. `conflict`: somebody else wrote first; `fenced`: the writer has been replaced; `beside`: what
 * it should be written with does not hold.
 */
export type TwinOutcome =
  | { readonly kind: "committed"; readonly twin: Twin; readonly position: ChangePosition }
  | { readonly kind: "conflict" }
  | { readonly kind: "fenced" }
  | { readonly kind: "beside" };

/** A cell of partition `q` that must hold for a writer to be let in. */
export type Fence = (q: number) => Check;

/** Twins, read and written. Throws Trouble of the cells. */
export interface TwinStore {
  /** Makes the twin of a device unless it has one; a retired one stays retired, for no id is used twice (TW-01). */
  create(device: RegisteredDevice): Promise<{ kind: "created" | "exists" | "retired"; twin: Twin }>;
  read(id: Serial): Promise<Twin | null>;
  /** In the order asked for, in one round trip. */
  readMany(ids: readonly Serial[]): Promise<(Twin | null)[]>;
  /** Writes each twin once, on its own; answers in order. Raises `rev`, and `v` of each part that is another object. */
  commit(writes: readonly TwinWrite[], fence?: Fence): Promise<TwinOutcome[]>;
  /** Ends a twin: it stays readable, and takes in nothing more. Null when there is none. */
  retire(id: Serial): Promise<Twin | null>;
  /**
   * Puts a twin in the place of whatever is stored, in one go; false when that is no longer `stored` (null: nothing, or
   * nothing that can be read).
   */
  replace(twin: Twin, stored: Twin | null): Promise<boolean>;
}

/** What a store is made of. */
export interface StoreDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
}

/** The most units of one call. */
const unitsPerCall = 256;

/** The twins of a state. */
export function createTwinStore(deps: StoreDeps): TwinStore {
  const { cells, keys, clock } = deps;
  const read = async (id: Serial): Promise<Twin | null> =>
    decodeTwin(id, await cells.getAll(keys.twin(id)));
  return {
    read,
    readMany: async (ids) => {
      if (ids.length === 0) return [];
      const all = await cells.getAllOf(ids.map((id) => keys.twin(id)));
      return ids.map((id, index) => decodeTwin(id, all[index] ?? {}));
    },
    commit: (writes, fence) => commitAll(deps, writes, fence),
    create: async (device) => {
      const after = createTwin(device, clock.now());
      const [outcome] = await commitAll(deps, [
        { before: null, after, kind: "created", changed: [] },
      ]);
      if (outcome?.kind === "committed") return { kind: "created", twin: outcome.twin };
      const found = await read(device.serial);
      assert(found !== null, "a twin that may not be created exists");
      return { kind: found.retiredAt === null ? "exists" : "retired", twin: found };
    },
    replace: (twin, stored) => replace(deps, twin, stored),
    retire: async (id) => {
      for (;;) {
        const before = await read(id);
        if (before === null || before.retiredAt !== null) return before;
        const after = { ...before, retiredAt: clock.now() };
        const write = { before, after, kind: "retired", changed: [], cause: "api" } as const;
        const [outcome] = await commitAll(deps, [write]);
        if (outcome?.kind === "committed") return outcome.twin;
      }
    },
  };
}

async function replace(deps: StoreDeps, twin: Twin, stored: Twin | null): Promise<boolean> {
  const rev = Math.max(twin.rev, stored?.rev ?? 0) + 1;
  const after = { ...twin, rev, modifiedAt: deps.clock.now() };
  const unit = unitOf(deps.keys, { before: null, after, changed: allLeaves(after) });
  const key = deps.keys.twin(twin.id);
  const expected = stored === null ? [] : [{ key, field: revField, expected: revText(stored) }];
  const [outcome] = await deps.cells.commit([
    { checks: expected, writes: [{ op: "DEL", key }, ...unit.writes] },
  ]);
  return outcome?.kind === "committed";
}

function allLeaves(twin: Twin): ChangedLeaf[] {
  return partNames.flatMap((name) => {
    const part = twin.parts[name];
    if (part === undefined) return [];
    return [...leavesOf(part.reported)].map(({ path, value }) => ({
      path: `${name}/${path}`,
      value,
      t: part.meta[path]?.t ?? twin.modifiedAt,
    }));
  });
}

async function commitAll(
  deps: StoreDeps,
  writes: readonly TwinWrite[],
  fence?: Fence,
): Promise<TwinOutcome[]> {
  const at = deps.clock.now();
  const byPartition = new Map<number, Planned[]>();
  for (const [index, write] of writes.entries()) {
    const { before, after: wanted } = write;
    assert(before === null || before.id === wanted.id, "a write changes one twin");
    assert(before !== wanted, "a write changes something");
    const after = raised(before, wanted, at);
    const q = deps.keys.of(after.id);
    const unit = unitOf(deps.keys, { ...write, after });
    const fenced = fence === undefined ? unit : { ...unit, checks: [fence(q), ...unit.checks] };
    const units = byPartition.get(q) ?? [];
    units.push({ index, after, unit: fenced });
    byPartition.set(q, units);
  }
  const outcomes: TwinOutcome[] = [];
  const refusals = fence === undefined ? ownRefusals : (["fenced", ...ownRefusals] as const);
  const commitSome = async (q: number, some: readonly Planned[]) => {
    const results = await deps.cells.commit(some.map(({ unit }) => unit));
    for (const [place, { index, after }] of some.entries()) {
      outcomes[index] = outcomeOf(results[place], { q, twin: after, refusals });
    }
  };
  const calls: Promise<void>[] = [];
  for (const [q, units] of byPartition) {
    for (let from = 0; from < units.length; from += unitsPerCall) {
      calls.push(commitSome(q, units.slice(from, from + unitsPerCall)));
    }
  }
  await Promise.all(calls);
  return outcomes;
}

/** A write as it goes out. */
interface Planned {
  /** Its place among the writes asked for. */
  readonly index: number;
  readonly after: Twin;
  readonly unit: Unit;
}

type Refusal = Exclude<TwinOutcome["kind"], "committed">;

/** What it means that a check fails, check by check; the last stands for all after it. */
const ownRefusals: readonly Refusal[] = ["conflict", "beside"];

function outcomeOf(
  outcome: Outcome | undefined,
  about: { q: number; twin: Twin; refusals: readonly Refusal[] },
): TwinOutcome {
  assert(outcome !== undefined, "each unit has an outcome");
  if (outcome.kind === "conflict") return { kind: about.refusals[outcome.check] ?? "beside" };
  const [id] = outcome.ids;
  assert(id !== undefined, "a committed twin has its change in the stream");
  return { kind: "committed", twin: about.twin, position: { q: about.q, id } };
}
