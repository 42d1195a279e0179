/**
 * `POST /v1/changes`: a dry run of what is wanted of many devices, kept as a draft that people may approve and start.
 */
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, json } from "#api/route.ts";
import { notYet } from "#api/twins/index-position.ts";
import { pointerTo } from "#api/twins/write/refusal.ts";
import type { Clock } from "#platform/clock/port.ts";
import { eachRow } from "#twins/bits.ts";
import { type BulkChange, type BulkLeaf, bulkLimits, type BulkPlan } from "#twins/bulk/change.ts";
import { type FleetSize, forecast } from "#twins/bulk/forecast.ts";
import { rivalsOf } from "#twins/bulk/rivals.ts";
import type { BulkStore } from "#twins/bulk/store.ts";
import { readLeaves } from "#twins/bulk/wording.ts";
import { idOf } from "#twins/fleet-table.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { TwinStore } from "#twins/store.ts";
import { isBox, kindOf, parseSerial, type Serial } from "#wire/identity.ts";

import { type BulkWish, invalid, readWish } from "./request.ts";
import { viewChange } from "./view.ts";

/** What making one needs. */
export interface MakeDeps {
  readonly store: BulkStore;
  readonly fleet: Fleet;
  readonly twins: Pick<TwinStore, "readMany">;
  readonly clock: Pick<Clock, "now">;
  /** With more devices than this, somebody else than its author has to approve it. */
  readonly approveAbove: number;
}

/** Makes one, or answers the one that the same request made before. */
export async function makeChange(deps: MakeDeps, asked: Asked): Promise<Response> {
  const wish = await readWish(asked, deps.clock.now());
  if (wish instanceof Response) return wish;
  const known = await deps.store.get(wish);
  if (known !== undefined) {
    return known.plan.digest === wish.digest ? created(known) : problem("key_reused");
  }
  const late = await notYet(deps.fleet, asked.request);
  if (late !== undefined) return late;
  const scope = scopeOf(deps.fleet, asked, wish);
  if (scope instanceof Response) return scope;
  const leaves = leavesFor(wish, scope.members);
  if (leaves instanceof Response) return leaves;
  const made = await deps.store.make(await dryRun(deps, { wish, leaves, ...scope }), scope.members);
  switch (made.kind) {
    case "made":
    case "same":
      return created(made.change);
    case "other":
      return problem("key_reused");
    case "too_many":
      return problem("too_many", {
        detail: `${bulkLimits.perTenant} changes are open: abort one, or see it through.`,
      });
    default:
      return made satisfies never;
  }
}

function created(change: BulkChange): Response {
  return json(viewChange(change), { location: `/v1/changes/${change.plan.id}` }, 201);
}

/** Whom it is for, out of how many. */
interface Scope {
  readonly members: readonly Serial[];
  readonly fleet: FleetSize;
}

function scopeOf(fleet: Fleet, asked: Asked, { judged }: BulkWish): Scope | Response {
  const table = fleet.table(askerOf(asked).tenant);
  const serialsIn = (filter: BulkWish["judged"] | undefined): Serial[] => {
    const serials: Serial[] = [];
    eachRow(table.matching(filter, fleet.now()), (row) => {
      const serial = parseSerial(idOf(table, row));
      if (serial !== undefined) serials.push(serial);
    });
    return serials;
  };
  const members = serialsIn(judged);
  if (members.length === 0) return invalid("/filter", "No twin passes this filter.");
  if (members.length > bulkLimits.devices) {
    return invalid("/filter", `${members.length} twins pass, ${bulkLimits.devices} at most may.`);
  }
  const all = serialsIn(undefined);
  return { members, fleet: { devices: all.length, homes: all.filter(isBox).length } };
}

/** What is written in each of the members, or the answer that refuses what is no patch for one of them. */
function leavesFor(
  { patch }: BulkWish,
  members: readonly Serial[],
): readonly BulkLeaf[] | Response {
  const leaves = readLeaves(patch, new Set(members.map(kindOf)));
  if (!("kind" in leaves)) return leaves;
  const { code, at, why } = leaves;
  const pointer = `/body/patch${pointerTo(at)}`;
  return problem(code === "personal" ? "not_writable" : code, { pointer, detail: why });
}

async function dryRun(
  { store, twins, approveAbove }: MakeDeps,
  { wish, leaves, members, fleet }: Scope & { wish: BulkWish; leaves: readonly BulkLeaf[] },
): Promise<BulkPlan> {
  const { judged: _judged, canary, ...said } = wish;
  const devices = members.length;
  const blank: BulkPlan = {
    ...said,
    leaves,
    devices,
    canary: canary && { devices: Math.ceil(canary.share * devices), success: canary.success },
    needsOther: devices > approveAbove,
    forecast: nothing,
  };
  const seen = await forecast(twins, { plan: blank, members, fleet, now: wish.at });
  const conflicts = await rivalsOf(store, blank, members);
  return { ...blank, forecast: { ...seen, conflicts } };
}

const nothing: BulkPlan["forecast"] = {
  changed: 0,
  unchanged: 0,
  impossible: 0,
  samples: [],
  conflicts: [],
  blast: {},
};
