/**
 * Reads every twin once, then every change, for as long as it is open; rides out trouble with Redis.
 *
 * Positions are taken before the twins are read: a change in between is read again, and its revision tells that it is
 * known already. Should changes be trimmed away before they were read, everything is read anew.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { type Batch, compareIds, origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { parseChange } from "./changes.ts";
import type { Change, Twin } from "./document.ts";
import type { Keys } from "./keys.ts";
import { type Positions, startPositions } from "./positions.ts";

/** What a reader reads from. */
export interface ReaderDeps {
  readonly cells: Pick<Cells, "keys">;
  readonly streams: Pick<Streams, "read" | "first" | "last">;
  readonly twins: { readMany(ids: readonly Serial[]): Promise<readonly (Twin | null)[]> };
  readonly keys: Keys;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Pick<Log, "warn" | "error">;
}

/** A change where it was read. */
export interface ReadChange {
  readonly change: Change;
  /** How far the reading has come with it: whoever knows it and all before it misses nothing from there. */
  readonly reached: Positions;
}

/** Who is told. */
export interface FleetListener {
  /** A whole reading begins; until `built`, `load` tells twins and `take` nothing. */
  readonly building: () => void;
  readonly load: (twins: readonly Twin[]) => void;
  /** Every twin there was has been told. */
  readonly built: () => void;
  /** Whether the twin must be read before its change can be taken, being unknown. */
  readonly lacks: (change: Change) => boolean;
  readonly take: (read: ReadChange) => void;
  /** Redis answered, and everything up to `positions` has been told. */
  readonly reached: (positions: Positions) => void;
}

/** Changes taken at once from one partition, and twins read at once. */
const handful = 512;
/** How long one read waits for news; also how long closing may take. */
const blockMs = 1000;
const pauseAfterTrouble = Seconds(1);

/** Starts reading; answers how to stop, which waits for the read under way. */
export function readFleet(deps: ReaderDeps, listener: FleetListener): () => Promise<void> {
  let positions: Positions | undefined;
  const life = { isOpen: true };

  const turn = async (): Promise<void> => {
    if (positions === undefined) {
      const start = await lastOf(deps);
      await build(deps, listener);
      positions = start;
      listener.reached(positions);
      return;
    }
    const batches = await readNews(deps, positions);
    const isBehind = batches.some(({ entries }) => entries.length === handful);
    if (isBehind && (await hasLost(deps, positions))) positions = undefined;
    else positions = await follow(deps, listener, { positions, batches });
  };

  const run = async (): Promise<void> => {
    while (life.isOpen) {
      try {
        await turn();
      } catch (error) {
        if (!isTrouble(error)) throw error;
        deps.log.warn("reading twins failed", { code: error.code });
        await deps.clock.sleep(pauseAfterTrouble);
        if (positions !== undefined && (await hasLostSafely(deps, positions)))
          positions = undefined;
      }
    }
  };
  const running = run();
  return async () => {
    life.isOpen = false;
    await running;
  };
}

async function lastOf({ streams, keys }: ReaderDeps): Promise<Positions> {
  return Promise.all(startPositions(keys.partitions).map((_, p) => streams.last(keys.changes(p))));
}

async function build(deps: ReaderDeps, listener: FleetListener): Promise<void> {
  const { cells, keys } = deps;
  listener.building();
  const ids = (await cells.keys(keys.prefix)).flatMap((key) => {
    const serial = parseSerial(key.slice(key.lastIndexOf(":") + 1));
    return serial !== undefined && keys.twin(serial) === key ? [serial] : [];
  });
  await load(deps, listener, ids);
  listener.built();
}

async function load(
  deps: ReaderDeps,
  listener: FleetListener,
  ids: readonly Serial[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += handful) {
    listener.load(await readTwins(deps, ids.slice(from, from + handful)));
  }
}

/** Those that exist; one that cannot be read is left out, and does not hide the others. */
export async function readTwins(
  deps: Pick<ReaderDeps, "twins" | "log">,
  ids: readonly Serial[],
): Promise<Twin[]> {
  try {
    return (await deps.twins.readMany(ids)).filter((twin) => twin !== null);
  } catch (error) {
    if (!isTrouble(error, "twin-damaged")) throw error;
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) {
      deps.log.error("twin damaged", { serial: only });
      return [];
    }
    const half = Math.ceil(ids.length / 2);
    const [some, others] = [ids.slice(0, half), ids.slice(half)];
    return [...(await readTwins(deps, some)), ...(await readTwins(deps, others))];
  }
}

async function readNews({ streams, keys }: ReaderDeps, positions: Positions): Promise<Batch[]> {
  const after = new Map(positions.map((id, p) => [keys.changes(p), id]));
  return streams.read(after, { limit: handful, blockMs });
}

/**
 * Tells the changes in order, after reading the twins that cannot be followed by changes alone; answers how far it has
 * come.
 */
async function follow(
  deps: ReaderDeps,
  listener: FleetListener,
  { positions, batches }: { positions: Positions; batches: readonly Batch[] },
): Promise<Positions> {
  const partitionOf = new Map(positions.map((_, p) => [deps.keys.changes(p), p]));
  let reached = positions;
  const news: ReadChange[] = [];
  for (const { key, entries } of batches) {
    const partition = partitionOf.get(key) ?? 0;
    for (const { id, fields } of entries) {
      const change = parseChange(fields);
      reached = reached.with(partition, id);
      if (change !== undefined) news.push({ change, reached });
    }
  }
  const unknown = news
    .filter(({ change }) => listener.lacks(change))
    .map(({ change }) => change.id);
  await load(deps, listener, [...new Set(unknown)]);
  for (const read of news) listener.take(read);
  listener.reached(reached);
  return reached;
}

/** Whether entries after these positions may be gone: trimmed unread, or the stream began anew. */
async function hasLost({ streams, keys }: ReaderDeps, positions: Positions): Promise<boolean> {
  const losses = positions.map(async (id, p) => {
    const key = keys.changes(p);
    const [first, last] = await Promise.all([streams.first(key), streams.last(key)]);
    const isTrimmed = first !== null && id !== origin && compareIds(first, id) > 0;
    return isTrimmed || compareIds(last, id) < 0;
  });
  return (await Promise.all(losses)).includes(true);
}

async function hasLostSafely(deps: ReaderDeps, positions: readonly string[]): Promise<boolean> {
  try {
    return await hasLost(deps, positions);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return false; // still unreachable: the next turn fails too, and asks again
  }
}
