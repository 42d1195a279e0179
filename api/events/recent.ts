/**
 * The latest events of each tenant, until an alerts processor exists that answers for them.
 *
 * Every event is kept for 30 days under its id, and passes through its partition's critical stream. The kept ones are
 * read once; after that the streams are followed, at each question and once a minute.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { origin, type Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import { parseEntry } from "#wire/entry.ts";
import type { Tenant } from "#wire/identity.ts";
import { Minutes } from "#wire/units.ts";

import type { EventRow } from "./contract.ts";
import { parseEvent } from "./event.ts";
import { createShelf, type Shelf } from "./shelf.ts";

/** What is read. */
export interface RecentDeps {
  readonly cells: Pick<Cells, "keys" | "getAllOf">;
  readonly streams: Pick<Streams, "range">;
  readonly keys: Keys;
  readonly registry: Pick<Registry, "device">;
  readonly clock: Pick<Clock, "now" | "monotonic">;
}

/** The latest events. */
export interface RecentEvents {
  /** Reads what is new, one asker at a time. */
  readonly refresh: () => Promise<void>;
  /** What is known of a tenant's. */
  readonly of: (tenant: Tenant) => Shelf;
}

/** Read at once. */
const handful = 500;
/** Streams keep at least an hour: whoever has not read for half of that reads everything anew. */
const forgetsAfter = Minutes(30);

/** No events yet; the first refresh reads all there are. */
export function createRecentEvents(deps: RecentDeps): RecentEvents {
  const { keys, clock, registry } = deps;
  const shelves = new Map<string, Shelf>();
  const positions = Array.from({ length: keys.partitions }, () => origin);
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;

  const shelfOf = (tenant: string): Shelf => {
    const shelf = shelves.get(tenant) ?? createShelf(clock);
    shelves.set(tenant, shelf);
    return shelf;
  };
  const readKept = async (): Promise<void> => {
    for await (const event of keptEvents(deps)) {
      const device = registry.device(event.device);
      if (device !== undefined) shelfOf(device.tenant).put({ ...event, box: device.box });
    }
  };
  const readPassing = async (p: number): Promise<void> => {
    for await (const { id, tenant, event } of passingEvents(deps, p, positions[p] ?? origin)) {
      if (event !== undefined) shelfOf(tenant).put(event);
      positions[p] = id;
    }
  };
  const refresh = async (): Promise<void> => {
    const start = clock.monotonic();
    try {
      if (start - refreshedAt > forgetsAfter) await readKept();
      for (const p of positions.keys()) await readPassing(p);
      refreshedAt = start;
    } finally {
      refreshing = undefined;
    }
  };
  return {
    refresh: () => (refreshing ??= refresh()),
    of: shelfOf,
  };
}

/** Every event that is kept under its id, in no order. */
async function* keptEvents({ cells, keys }: RecentDeps): AsyncGenerator<EventRow> {
  const prefixes = Array.from({ length: keys.partitions }, (_, p) => keys.event(p, ""));
  const all = await cells.keys(keys.prefix);
  const found = all.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  for (let from = 0; from < found.length; from += handful) {
    for (const { body } of await cells.getAllOf(found.slice(from, from + handful))) {
      const event = parseEvent(body ?? "", { box: null, receivedAt: null });
      if (event !== undefined) yield event;
    }
  }
}

/** What passed through a partition's critical stream after an entry. */
async function* passingEvents(
  { streams, keys }: RecentDeps,
  p: number,
  from: string,
): AsyncGenerator<{ id: string; tenant: string; event: EventRow | undefined }> {
  for (let after = from; ;) {
    const entries = await streams.range(keys.critical(p), { after, limit: handful });
    for (const { id, fields } of entries) {
      const entry = parseEntry(fields);
      if (entry === undefined) continue;
      const { tenant, body, box, receivedAt } = entry;
      yield { id, tenant, event: parseEvent(body, { box, receivedAt }) };
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < handful) return;
    after = last.id;
  }
}
