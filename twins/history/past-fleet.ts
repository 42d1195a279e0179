/**
 * The fleet as it was: a table of columns as the live one, replayed from the records up to a time.
 *
 * The same filters, pages and aggregates run over it. Tables are kept for a while, so that pages of one question cost one
 * replay; a replay goes on in small steps, so that nobody waits for it but who asked.
 * @source spec twins 5.5 (6)
 */
import type { Clock } from "#platform/clock/port.ts";
import { type Column, columns } from "#twins/columns.ts";
import type { ChangedLeaf } from "#twins/document.ts";
import type { Judged } from "#twins/filter.ts";
import { createFleetTable, type FleetTable } from "#twins/fleet-table.ts";
import { cellsOf, follow, leafOf } from "#twins/twin-row.ts";
import { createTwin } from "#twins/twin.ts";
import { kindOf, type Serial, type Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { HistoryBook } from "./book.ts";
import type { PastState } from "./past-state.ts";
import { classOf, isRemembered, keptFrom } from "./policy.ts";
import { type HistoryRecord, parseRecord } from "./record.ts";

/** The fleet at a time. */
export interface PastTable {
  readonly table: FleetTable;
  /** Twins that existed and of which nobody knows what they were. */
  readonly unknown: number;
}

/** Fleets of the past. */
export interface PastFleet {
  /** The twins of a tenant as they were at that time. Throws Trouble of the book. */
  readonly at: (tenant: Tenant, at: Instant) => Promise<PastTable>;
}

/** What past fleets are made from. */
export interface PastFleetDeps {
  readonly book: HistoryBook;
  readonly clock: Pick<Clock, "now">;
  /** Lets others go on. */
  readonly pause: () => Promise<void>;
  /** Rows that may be kept, of all tables together: a row takes some 300 bytes. */
  readonly rowsMax?: number;
}

/** Records read between two pauses: some 10 ms. */
const atOnce = 2000;

/** Past fleets over a book. */
export function openPastFleet(deps: PastFleetDeps): PastFleet {
  const kept = new Map<string, Promise<PastTable>>();
  const sizes = new Map<string, number>();
  const rowsMax = deps.rowsMax ?? 1_000_000;
  const forgetOldest = (newest: string): void => {
    const total = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const key of kept.keys()) {
      if (key === newest || (total() <= rowsMax && kept.size <= tablesMax)) return;
      kept.delete(key);
      sizes.delete(key);
    }
  };
  return {
    at: async (tenant, at) => {
      const key = `${tenant} ${at}`;
      const known = kept.get(key) ?? replay(deps, tenant, at);
      kept.delete(key);
      kept.set(key, known);
      try {
        const found = await known;
        if (kept.has(key)) sizes.set(key, found.table.size());
        forgetOldest(key);
        return found;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
  };
}

/** Tables kept at most, however small. */
const tablesMax = 32;

/** What history can say of a column at a time. */
export type Knowledge = "known" | "trimmed" | "never";

/** Whether a column can be told as of `at`; what retention may have taken out by `now` cannot. */
export function knowledgeOf(column: Column, at: Instant, now: Instant): Knowledge {
  if (always.has(column.name)) return "known";
  const leaf = leafOf(columns[column.at]?.name ?? column.name);
  if (never.has(leaf) || !isRemembered(leaf)) return "never";
  return at < keptFrom(classOf(leaf), now) ? "trimmed" : "known";
}

/** Every column that a filter asks for. */
export function* columnsOf(filter: Judged | undefined): Iterable<Column> {
  if (filter?.kind === "condition") yield filter.column;
  else for (const part of filter?.of ?? []) yield* columnsOf(part);
}

const always: ReadonlySet<string> = new Set(["id", "kind", "rev", "createdAt", "modifiedAt"]);
/** What follows from vital signs and heartbeats. */
const never: ReadonlySet<string> = new Set(["lastSeen", "readingAt"]);

/** A twin on the way through the records. */
interface Passed {
  readonly serial: Serial;
  isKnown: boolean;
}

async function replay(deps: PastFleetDeps, tenant: Tenant, at: Instant): Promise<PastTable> {
  const { book, clock, pause } = deps;
  const table = createFleetTable();
  const twins = await chainsOf(deps, tenant);
  // What is left of the technical leaves of that time is no longer all of them.
  const isOld = at < keptFrom("technical", clock.now());
  for (let after = 0; ;) {
    const some = book.textsAfter(after, atOnce);
    for (const { chain, text } of some) {
      const twin = twins.get(chain);
      const record = twin === undefined ? undefined : parseRecord(text);
      if (twin === undefined || record === undefined) continue;
      pass(table, twin, { record: isOld ? lastingOf(record) : record, tenant, at });
    }
    const last = some.at(-1);
    if (last === undefined || some.length < atOnce) break;
    after = last.id;
    await pause();
  }
  const unknown = [...twins.values()].filter(({ isKnown }) => !isKnown).length;
  return { table, unknown };
}

async function chainsOf(
  { book, pause }: PastFleetDeps,
  tenant: Tenant,
): Promise<Map<number, Passed>> {
  const twins = new Map<number, Passed>();
  let seen = 0;
  for (const chain of book.chains()) {
    if (chain.tenant === tenant) twins.set(chain.no, { serial: chain.serial, isKnown: true });
    if ((seen += 1) % atOnce === 0) await pause();
  }
  return twins;
}

interface Passage {
  readonly record: HistoryRecord;
  readonly tenant: Tenant;
  readonly at: Instant;
}

/** Takes a record into the table, or learns from a later one that nothing is known. */
function pass(table: FleetTable, twin: Passed, { record, tenant, at }: Passage): void {
  const { serial } = twin;
  const isThere = table.row(serial) !== undefined;
  if (record.at > at) {
    twin.isKnown &&= !isUnknown(record, at, isThere);
    if (!twin.isKnown) table.retire(serial);
    return;
  }
  if (!isThere || isWhole(record)) table.put(cellsOf(bare(serial, tenant, record)));
  const row = table.row(serial);
  if (row !== undefined) move(table, row, { serial, tenant, record });
  if (record.kind === "retired" || record.whole?.["retiredAt"] !== undefined) table.retire(serial);
}

/** Whether a later record tells that nobody knows what the twin was. */
function isUnknown({ kind, since }: HistoryRecord, at: Instant, isThere: boolean): boolean {
  if (kind === "gap") return since !== undefined && since < at;
  return !isThere && (kind === "seen" || kind === "trimmed");
}

function move(
  table: FleetTable,
  row: number,
  { serial, tenant, record }: Omit<Passage, "at"> & { readonly serial: Serial },
): void {
  const { rev, at, whole, changed } = record;
  follow(
    {
      get: (column) => table.get(row, column),
      set: (column, cell) => table.set(row, column, cell),
    },
    {
      ...{ id: serial, tenant, rev, at, kind: "changed" },
      changed: isWhole(record) ? leavesOf(whole) : changed,
    },
  );
}

/** What of a record is remembered for long. */
function lastingOf(record: HistoryRecord): HistoryRecord {
  const { whole, changed } = record;
  const isLasting = (path: string): boolean => classOf(path) === "lasting";
  return {
    ...record,
    changed: changed.filter(({ path }) => isLasting(path)),
    ...(whole && {
      whole: Object.fromEntries(Object.entries(whole).filter(([path]) => isLasting(path))),
    }),
  };
}

/** Whether the record stands for all before it. */
function isWhole({ kind, whole }: HistoryRecord): boolean {
  return whole !== undefined && (kind === "seen" || kind === "gap" || kind === "trimmed");
}

function leavesOf(state: PastState = {}): ChangedLeaf[] {
  return Object.entries(state).map(([path, [value, t]]) => ({ path, value, t }));
}

function bare(serial: Serial, tenant: Tenant, { at }: HistoryRecord) {
  const device = {
    serial,
    tenant,
    kind: kindOf(serial),
    box: null,
    enrolledAt: at,
    revokedAt: null,
  };
  return { ...createTwin(device, at), rev: 0 };
}
