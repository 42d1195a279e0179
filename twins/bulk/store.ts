/**
 * Bulk changes in Redis, where a device's item is written in the very commit that writes its twin: after a crash at any
 * point each device either has the change and what to put back, or neither. In SQL it could only be nearly so.
 *
 * A change is a hash in its tenant's partition; its members and their items lie beside their twins, one hash a partition.
 * Whatever is over is kept 30 days.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Check, Unit, Write } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import { parseSerial, parseTenant, type Serial, type Tenant } from "#wire/identity.ts";

import {
  type BulkChange,
  bulkLimits,
  type BulkPlan,
  type BulkStanding,
  type BulkStep,
  hasEnded,
  isAtWork,
} from "./change.ts";
import { type BulkItem, decodeItem, encodeItem } from "./item.ts";
import { draft, type Stepped, takeStep } from "./steps.ts";

/** What a store is made of. */
export interface BulkStoreDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
}

/** What became of a new change. `same`: it was made before, by an equal request. */
export type Made =
  | { readonly kind: "made" | "same"; readonly change: BulkChange }
  | { readonly kind: "other" | "too_many" };

/** Names a change. */
export interface BulkName {
  readonly tenant: Tenant;
  readonly id: string;
}

/** The changes. Throws Trouble of the cells. */
export interface BulkStore {
  readonly get: (name: BulkName) => Promise<BulkChange | undefined>;
  /** Newest first. */
  readonly list: (tenant: Tenant) => Promise<readonly BulkChange[]>;
  readonly make: (plan: BulkPlan, members: readonly Serial[]) => Promise<Made>;
  /** Takes a step; undefined when there is no such change. */
  readonly step: (name: BulkName, step: BulkStep) => Promise<Stepped | undefined>;
  /** Those of every tenant that a runner has something to do for. */
  readonly atWork: () => Promise<readonly BulkChange[]>;
  /** Notes the count; undefined when the standing has moved since. */
  readonly note: (
    change: BulkChange,
    tally: BulkStanding["tally"],
  ) => Promise<BulkChange | undefined>;
  readonly members: (id: string) => Promise<readonly Serial[]>;
  /** Members of one partition with their items, in the order of serials; null for one not written yet. */
  readonly items: (id: string, q: number) => Promise<ReadonlyMap<Serial, BulkItem | null>>;
}

/** Seconds: while it waits to be started, while it runs, once it is over. */
const kept = { draft: 30 * 86_400, started: 400 * 86_400, ended: 30 * 86_400 } as const;
/** Tries of a step while others take theirs. */
const triesMost = 8;
/** Lines kept in each audit stream, as the doors keep theirs. */
const auditLines = 10_000;
/** Fields of an items hash that are no serial. */
const membersField = "#members";

/** A store over the cells. */
export function createBulkStore(deps: BulkStoreDeps): BulkStore {
  const { cells, keys } = deps;
  const get: BulkStore["get"] = async (name) => decode(await cells.getAll(keyOf(keys, name)));
  const list: BulkStore["list"] = async (tenant) => {
    const ids = Object.keys(await cells.getAll(keys.bulk(tenant)));
    const all = await cells.getAllOf(ids.map((id) => keys.bulkChange(tenant, id)));
    const found = all.flatMap((fields) => decode(fields) ?? []);
    return found.toSorted((a, b) => b.plan.at - a.plan.at || (a.plan.id < b.plan.id ? -1 : 1));
  };
  return {
    get,
    list,
    make: async (plan, members) => {
      const known = await get(plan);
      if (known !== undefined) return known.plan.digest === plan.digest ? same(known) : other;
      if (!(await makeRoom(deps, await list(plan.tenant)))) return { kind: "too_many" };
      await putMembers(deps, plan.id, members);
      await announce(deps, plan.tenant);
      const change = draft(plan);
      if (await write(deps, null, change)) return { kind: "made", change };
      const quicker = await get(plan);
      return quicker?.plan.digest === plan.digest ? same(quicker) : other;
    },
    step: async (name, step) => {
      for (let tries = 0; tries < triesMost; tries++) {
        const before = await get(name);
        if (before === undefined) return undefined;
        const stepped = takeStep(before, step);
        if (stepped.kind === "refused" || stepped.change === before) return stepped;
        if (await write(deps, before, stepped.change)) return stepped;
      }
      return { kind: "refused", code: "wrong_state" };
    },
    atWork: async () => {
      const tenants = Object.keys(await cells.getAll(keys.bulkTenants()));
      const all = await Promise.all(tenants.flatMap((text) => parseTenant(text) ?? []).map(list));
      return all.flat().filter(({ standing }) => isAtWork(standing.state));
    },
    note: async (before, tally) => {
      const after = { ...before, standing: { ...before.standing, tally }, rev: before.rev + 1 };
      return (await write(deps, before, after)) ? after : undefined;
    },
    members: async (id) => {
      const texts = await Promise.all(
        partitionsOf(keys).map((q) => cells.get(keys.bulkItems(q, id), membersField)),
      );
      return texts.flatMap(serialsOf);
    },
    items: async (id, q) => {
      const fields = await cells.getAll(keys.bulkItems(q, id));
      const members = serialsOf(fields[membersField] ?? null);
      return new Map(
        members.map((serial) => {
          const field = fields[serial];
          return [serial, field === undefined ? null : decodeItem(field)] as const;
        }),
      );
    },
  };
}

/** What writes an item, and tells whoever follows the results; goes beside the write of the twin. */
export function itemWrites(
  keys: Keys,
  { id, serial, item }: { readonly id: string; readonly serial: Serial; readonly item: BulkItem },
): Write[] {
  const q = keys.of(serial);
  const value = encodeItem(item);
  return [
    { op: "HSET", key: keys.bulkItems(q, id), field: serial, value },
    {
      op: "XADD",
      key: keys.bulkResults(q),
      fields: { id, serial, item: value },
      atMost: resultsKept,
    },
  ];
}

/** Results kept per partition for whoever follows them; the items keep all. */
export const resultsKept = 5000;

const other: Made = { kind: "other" };

function same(change: BulkChange): Made {
  return { kind: "same", change };
}

function keyOf(keys: Keys, { tenant, id }: BulkName): string {
  return keys.bulkChange(tenant, id);
}

function partitionsOf({ partitions }: Keys): number[] {
  return Array.from({ length: partitions }, (_, q) => q);
}

function serialsOf(text: string | null): Serial[] {
  return (text ?? "").split(" ").flatMap((word) => parseSerial(word) ?? []);
}

/** Writes the change with the audit line of its latest step, if nobody moved it since it was read. */
async function write(
  { cells, keys }: BulkStoreDeps,
  before: BulkChange | null,
  after: BulkChange,
): Promise<boolean> {
  const { plan, standing, rev } = after;
  const key = keyOf(keys, plan);
  const check: Check = { key, field: "rev", expected: before === null ? null : String(before.rev) };
  const hset = (field: string, value: string): Write => ({ op: "HSET", key, field, value });
  const isMoved = before?.standing.state !== standing.state;
  const [outcome] = await cells.commit([
    {
      checks: [check],
      writes: [
        hset("rev", String(rev)),
        hset("standing", JSON.stringify(standing)),
        ...(before === null ? [hset("plan", JSON.stringify(plan)), indexed(keys, plan)] : []),
        ...(isMoved ? [{ op: "EXPIRE", key, seconds: keptFor(standing) } as const] : []),
        ...(isMoved ? auditOf(keys, after) : []),
      ],
    },
  ]);
  if (outcome?.kind !== "committed") return false;
  if (isMoved && before !== null) await keepItems({ cells, keys }, after);
  return true;
}

function indexed(keys: Keys, { tenant, id }: BulkName): Write {
  return { op: "HSET", key: keys.bulk(tenant), field: id, value: "" };
}

function keptFor({ state }: BulkStanding): number {
  if (state === "draft") return kept.draft;
  return hasEnded(state) ? kept.ended : kept.started;
}

/** The items are kept as long as their change. */
async function keepItems(
  { cells, keys }: Pick<BulkStoreDeps, "cells" | "keys">,
  { plan, standing }: BulkChange,
): Promise<void> {
  const seconds = keptFor(standing);
  await Promise.all(
    partitionsOf(keys).map((q) =>
      cells.commit([
        { checks: [], writes: [{ op: "EXPIRE", key: keys.bulkItems(q, plan.id), seconds }] },
      ]),
    ),
  );
}

/** Who did what and why, as the doors write who connected. */
function auditOf(keys: Keys, { plan, standing }: BulkChange): Write[] {
  const step = standing.steps.at(-1);
  assert(step !== undefined, "every change begins with a step");
  const { act, at, by, why = "" } = step;
  const fields = {
    at: String(at),
    what: `change_${act}`,
    tenant: plan.tenant,
    box: "",
    detail: `${plan.id} ${by} ${why}`.slice(0, 256),
  };
  return [{ op: "XADD", key: keys.audit(keys.of(plan.tenant)), fields, atMost: auditLines }];
}

/** Members go first: without its change nobody sees them, and they expire by themselves. */
async function putMembers(
  { cells, keys }: BulkStoreDeps,
  id: string,
  members: readonly Serial[],
): Promise<void> {
  const byPartition = new Map<number, Serial[]>();
  for (const serial of members) {
    const q = keys.of(serial);
    const some = byPartition.get(q);
    if (some === undefined) byPartition.set(q, [serial]);
    else some.push(serial);
  }
  const units = [...byPartition].map(([q, some]): Unit => {
    const key = keys.bulkItems(q, id);
    const value = some.toSorted().join(" ");
    return {
      checks: [],
      writes: [
        { op: "HSET", key, field: membersField, value },
        { op: "EXPIRE", key, seconds: kept.draft },
      ],
    };
  });
  await Promise.all(units.map((unit) => cells.commit([unit])));
}

/** Runners look where changes were ever made. */
async function announce({ cells, keys }: BulkStoreDeps, tenant: Tenant): Promise<void> {
  const key = keys.bulkTenants();
  await cells.commit([{ checks: [], writes: [{ op: "HSET", key, field: tenant, value: "" }] }]);
}

/** Whether there is room for one more; the oldest that is over gives way. */
async function makeRoom(
  { cells, keys }: BulkStoreDeps,
  newestFirst: readonly BulkChange[],
): Promise<boolean> {
  if (newestFirst.length < bulkLimits.perTenant) return true;
  const oldest = newestFirst.findLast(({ standing }) => hasEnded(standing.state));
  if (oldest === undefined) return false;
  const { tenant, id } = oldest.plan;
  const writes: Write[] = [
    { op: "HDEL", key: keys.bulk(tenant), field: id },
    { op: "DEL", key: keys.bulkChange(tenant, id) },
  ];
  await cells.commit([{ checks: [], writes }]);
  return true;
}

function decode(fields: Readonly<Record<string, string>>): BulkChange | undefined {
  const { plan, standing, rev } = fields;
  if (plan === undefined || standing === undefined) return undefined;
  return { plan: JSON.parse(plan), standing: JSON.parse(standing), rev: Number(rev) };
}
