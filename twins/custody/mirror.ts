/**
 * Twins show the custody that the registry holds: links, status, and until when they are calibrated.
 *
 * Whoever changes custody writes the twins at once; a follower in every process finds what was cut off in between, and
 * what was changed elsewhere. Showing again what is shown changes nothing.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { columnNamed } from "#twins/columns.ts";
import type { Edited, TwinWriter } from "#twins/desired/writer.ts";
import type { ChangedLeaf, Twin } from "#twins/document.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import type { ChangePosition } from "#twins/store.ts";
import { isBox, type Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { type Instant, Millis, Seconds } from "#wire/units.ts";

import type { CustodyAuthor, StandingRow } from "./rows.ts";

/** What showing takes. */
export interface ShowDeps {
  readonly registry: Pick<OpenRegistry, "keeping">;
  readonly writer: TwinWriter;
}

/**
 * Has the twin of a device show how it stands; answers the place of the change, when there was one to make. The standing
 * is read with the twin, so that of two who show at once the one who knows less meets a conflict.
 */
export async function showStanding(
  { registry, writer }: ShowDeps,
  serial: Serial,
  author: CustodyAuthor,
): Promise<ChangePosition | undefined> {
  const written = await writer.write(serial, (twin, now): Edited | Absent => {
    const standing = registry.keeping.standing.get({ serial });
    if (twin === null || twin.retiredAt !== null || standing === undefined) {
      return { kind: "absent" };
    }
    const { twin: after, changed } = shown(twin, standing, now);
    const change = after.retiredAt === null ? "changed" : "retired";
    return { kind: "edited", after, changed, change, ...author };
  });
  return written.kind === "written" ? written.position : undefined;
}

interface Absent {
  readonly kind: "absent";
}

/** The twin as it shows that standing; the very same when it does. */
function shown(
  twin: Twin,
  standing: StandingRow,
  now: Instant,
): { readonly twin: Twin; readonly changed: readonly ChangedLeaf[] } {
  const links = {
    box: isBox(twin.id) ? twin.id : standing.box,
    assignment: standing.assignment,
  };
  const identity = identityOf(standing);
  const retiredAt = standing.revokedAt === null ? null : now;
  const changed = [
    ...differing("links", twin.links, links),
    ...differing("identity", twin.identity, identity),
  ].map((leaf) => ({ ...leaf, t: now }));
  if (changed.length === 0 && retiredAt === null) return { twin, changed };
  // What was told of it on another box says nothing of it on this one.
  const { fact, ...rest } = twin;
  const kept = links.box === twin.links.box && fact !== undefined ? { fact } : {};
  return { twin: { ...rest, ...kept, links, identity, retiredAt }, changed };
}

function identityOf({ status, calibratedAt, calibrationDue }: StandingRow): JsonObject {
  return {
    ...(status === null ? {} : { status }),
    ...(calibratedAt === null ? {} : { calibratedAt }),
    ...(calibrationDue === null ? {} : { calibrationDue }),
  };
}

function differing(
  under: string,
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
): Omit<ChangedLeaf, "t">[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const value = after[name] ?? null;
    return value === (before[name] ?? null) ? [] : [{ path: `${under}/${name}`, value }];
  });
}

/** What a follower needs. */
export interface MirrorDeps extends ShowDeps {
  readonly fleet: Pick<Fleet, "table" | "isBuilt">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

/** How often the registry is looked at. */
const every = Seconds(5);
const itself: CustodyAuthor = { by: "vigie" };

/** Looks through the registry once, then follows it, writing the twins that do not show it, until closed. */
export function openCustodyMirror(deps: MirrorDeps): { readonly close: () => Promise<void> } {
  const { registry, fleet, clock, log } = deps;
  const life = { isOpen: true };
  let version: number | undefined;
  let turn: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    if (!fleet.isBuilt()) return;
    version ??= await lookThrough(deps, life);
    if (version === undefined) return;
    const touched = registry.keeping.standingsSince.all({ version });
    await showAll(deps, touched);
    version = touched.at(-1)?.version ?? version;
  };
  const timer = clock.every(every, "custody", () => {
    turn ??= carefully(log, look).finally(() => {
      turn = undefined;
    });
  });
  return {
    close: async () => {
      life.isOpen = false;
      timer.cancel();
      await turn;
    },
  };
}

/** Every device once, some hundreds at a time; answers the version from which on there may be news. */
async function lookThrough(
  deps: MirrorDeps,
  life: { readonly isOpen: boolean },
): Promise<number | undefined> {
  const { keeping } = deps.registry;
  const version = keeping.newest.get()?.version ?? 0;
  let serial = "";
  while (life.isOpen) {
    const some = keeping.standingsAfter.all({ serial });
    await showAll(deps, some);
    const last = some.at(-1);
    if (last === undefined) return version;
    ({ serial } = last);
    await deps.clock.sleep(Millis(0));
  }
  return undefined;
}

async function showAll(deps: MirrorDeps, standings: readonly StandingRow[]): Promise<void> {
  const stale = standings.filter((standing) => !isShown(deps.fleet, standing));
  await Promise.all(stale.map(({ serial }) => showStanding(deps, serial, itself)));
}

const columns = ["assignment", "identity.status", "identity.calibrationDue"].flatMap(
  (name) => columnNamed(name) ?? [],
);
const boxColumn = columnNamed("box");

/** Whether the index shows it, which costs no reading; what it does not know is written anew, or found to be so. */
function isShown(fleet: Pick<Fleet, "table">, standing: StandingRow): boolean {
  const table = fleet.table(standing.tenant);
  const row = table.row(standing.serial);
  if (row === undefined) return standing.revokedAt !== null;
  if (standing.revokedAt !== null || boxColumn === undefined) return false;
  const box = isBox(standing.serial) ? standing.serial : standing.box;
  const wanted = [standing.assignment, standing.status, standing.calibrationDue];
  const isSame = columns.every((column, at) => table.get(row, column) === wanted[at]);
  return isSame && table.get(row, boxColumn) === box;
}

/** What the world interrupted is looked at again. */
async function carefully(log: Pick<Log, "warn">, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    log.warn("custody not shown", { code: error.code });
  }
}
