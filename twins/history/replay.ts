/**
 * A table of the fleet as it was: the nearest frames before, then every record since, in the order they were made.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { ChangedLeaf } from "#twins/document.ts";
import { createFleetTable, type FleetTable } from "#twins/fleet-table.ts";
import type { Keys } from "#twins/keys.ts";
import { cellsOf, follow } from "#twins/twin-row.ts";
import { createTwin } from "#twins/twin.ts";
import { kindOf, type Serial, type Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { Frame, HistoryBook } from "./book.ts";
import { framedIn } from "./frames.ts";
import type { PastState } from "./past-state.ts";
import { classOf, keptFrom } from "./policy.ts";
import { type HistoryRecord, parseRecord } from "./record.ts";

/** The fleet at a time. */
export interface Replayed {
  readonly table: FleetTable;
  /** Twins that existed and of which nobody knows what they were. */
  readonly unknown: number;
}

/** What is replayed, and how. */
export interface ReplayDeps {
  readonly book: HistoryBook;
  readonly keys: Pick<Keys, "of" | "partitions">;
  readonly clock: Pick<Clock, "now">;
  /** Lets others go on. */
  readonly pause: () => Promise<void>;
}

/** Records read between two pauses: some 10 ms. */
const atOnce = 2000;

/** A twin on the way through the records. */
interface Passed {
  readonly serial: Serial;
  /** Records up to this one are in the frame that it began with. */
  readonly framedTo: number;
  isKnown: boolean;
}

/** The twins of a tenant as they were. Throws Trouble of the book. */
export async function replay(deps: ReplayDeps, tenant: Tenant, at: Instant): Promise<Replayed> {
  const table = createFleetTable();
  // What is left of the technical leaves of that time is no longer all of them, and frames hold more than is left.
  const isOld = at < keptFrom("technical", deps.clock.now());
  const route = isOld ? wholeRoute(deps) : routeTo(deps, at);
  const twins = await chainsOf(deps, tenant, route);
  for await (const some of toldOn(deps, route)) {
    for (const { id, chain, text } of some) {
      const twin = twins.get(chain);
      if (twin === undefined || id <= twin.framedTo) continue;
      const record = parseRecord(text);
      if (record === undefined) continue;
      pass(table, twin, { record: isOld ? lastingOf(record) : record, tenant, at });
    }
  }
  const unknown = [...twins.values()].filter(({ isKnown }) => !isKnown).length;
  return { table, unknown };
}

/** A record on the way. */
interface Told {
  /** What a frame tells comes before all, and is in no frame. */
  readonly id: number;
  readonly chain: number;
  readonly text: string;
}

/** What frames tell, then the records since, some at a time. */
async function* toldOn(
  { book, pause }: ReplayDeps,
  { frames, from, to }: Route,
): AsyncGenerator<readonly Told[]> {
  for (const frame of new Set(frames.filter((each) => each !== undefined))) {
    for (const page of framedIn(book, frame)) {
      const own = page.filter(({ partition }) => frames[partition] === frame);
      yield own.map(({ chain, text }) => ({ id: Number.POSITIVE_INFINITY, chain, text }));
      await pause();
    }
  }
  for (let after = from; after < to;) {
    const some = book.textsAfter(after, atOnce);
    yield some;
    after = some.at(-1)?.id ?? to;
    if (some.length === atOnce) await pause();
  }
}

/** The way through the records to a time. */
interface Route {
  /** The frame that each partition begins with; none where it begins with its first record. */
  readonly frames: readonly (Frame | undefined)[];
  /** Records after this one matter, up to and with that one. */
  readonly from: number;
  readonly to: number;
}

function wholeRoute({ book, keys }: ReplayDeps): Route {
  const frames = Array.from({ length: keys.partitions }, () => undefined);
  return { frames, from: 0, to: book.lastRecord() };
}

/** Begins with the newest frames that hold nothing later, ends with the first after which nothing earlier comes. */
function routeTo(deps: ReplayDeps, at: Instant): Route {
  const { frames: none, to: last } = wholeRoute(deps);
  const all = deps.book.frames();
  const frames = none.map((_, q) => all.findLast((frame) => holds(frame, q) && frame.until <= at));
  const ends = none.map((_, q) => all.find((frame) => holds(frame, q) && frame.since > at)?.upTo);
  return {
    frames,
    from: Math.min(...frames.map((frame) => frame?.upTo ?? 0)),
    to: Math.max(...ends.map((end) => end ?? last)),
  };
}

function holds({ partitions }: Frame, partition: number): boolean {
  return partitions.includes(partition);
}

async function chainsOf(
  { book, keys, pause }: ReplayDeps,
  tenant: Tenant,
  { frames }: Route,
): Promise<Map<number, Passed>> {
  const twins = new Map<number, Passed>();
  let seen = 0;
  for (const { no, serial, tenant: owner } of book.chains()) {
    const framedTo = frames[keys.of(serial)]?.upTo ?? 0;
    if (owner === tenant) twins.set(no, { serial, framedTo, isKnown: true });
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
