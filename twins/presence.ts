/**
 * Whether a device is there, and why not: a pure function of what the doors last told and of the clock.
 *
 * A door tells transitions, never single heartbeats: `heard` holds until it says otherwise. Once a device is cut off,
 * the clock alone makes it late and then silent.
 * @source DESIGN twins (presence); catalogue CF-23, CF-24, TW-06, BX-27
 */
import { cadence } from "#wire/cadence.ts";
import type { PresenceFact } from "#wire/entry.ts";
import type { Json, PartName } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import type { ChangedLeaf, Presence, PresenceCause, PresenceState, Twin } from "./document.ts";
import { expectedEvery } from "./freshness.ts";

/** A device and the box that it hangs on, as their twins know them; no box for a box, nor for one linked to none. */
export interface Sight {
  readonly twin: Twin;
  readonly box: Twin | null;
}

/** Percent at or below which a device that fell silent is held to have run out (ours). */
const flatPercent = 5;

/** The presence of a device at `now`. */
export function presenceOf(sight: Sight, now: Instant): Presence {
  const { twin } = sight;
  const box = sight.box === null ? null : presenceOf({ twin: sight.box, box: null }, now);
  const { state, since } = box === null ? standing(twin, now) : behind(standing(twin, now), box);
  return {
    state,
    cause: causeOf({ twin, state, box }),
    since: twin.presence.state === state ? twin.presence.since : since,
    heardAt: factOf(twin)?.heardAt ?? null,
    expectEvery: expectedEvery(twin.kind),
  };
}

/** The twin with its presence at `now`, and what that changes; the very same twin when nothing does. */
export function judge(
  sight: Sight,
  now: Instant,
): { readonly twin: Twin; readonly changed: readonly ChangedLeaf[] } {
  const { twin } = sight;
  const presence = presenceOf(sight, now);
  const changed = told
    .filter((name) => presence[name] !== twin.presence[name])
    .map((name) => ({ path: `presence/${name}`, value: presence[name], t: now }));
  return changed.length === 0 ? { twin, changed } : { twin: { ...twin, presence }, changed };
}

const told = ["state", "cause", "since", "heardAt"] as const;

/** When the clock alone will change the state of a device; null while only a new fact can. */
export function dueAt(twin: Twin, now: Instant): Instant | null {
  const fact = factOf(twin);
  if (fact === undefined || isHeard(fact)) return null;
  const last = lastHeard(fact);
  const { late, silent } = patience(twin);
  const next = [last + late + 1, last + silent + 1].find((instant) => instant > now);
  return next === undefined ? null : Instant(Math.ceil(next));
}

interface Standing {
  readonly state: PresenceState;
  /** Since when, as far as the facts tell. */
  readonly since: Instant;
}

/** The state of a device by its own facts. */
function standing(twin: Twin, now: Instant): Standing {
  const fact = factOf(twin);
  if (fact === undefined) {
    const state = twin.links.assignment === null ? "in_stock" : "silent";
    return { state, since: twin.createdAt };
  }
  const quiet = isHeard(fact) ? null : quietness(twin, fact, now);
  if (quiet !== null) return quiet;
  return { state: hasBacklog(fact) ? "returned" : "online", since: fact.at };
}

/**
 * What the doors last told of a device or, when they never did (a home that sends no heartbeat), what its newest reading
 * tells: it was heard then, and nothing says that it still is.
 */
function factOf(twin: Twin): PresenceFact | undefined {
  if (twin.fact !== undefined || twin.kind === "box") return twin.fact;
  const leaves = Object.values(twin.parts.vitals?.meta ?? {});
  const at = Math.max(0, ...leaves.map(({ t, r }) => Math.min(t, r)));
  return at === 0
    ? undefined
    : { at: Instant(at), state: "heard", heardAt: Instant(at), ended: "cut" };
}

function quietness(twin: Twin, fact: PresenceFact, now: Instant): Standing | null {
  const { late, silent } = patience(twin);
  const last = lastHeard(fact);
  const since = (delay: number): Instant => Instant(Math.min(now, Math.ceil(last + delay)));
  if (fact.state === "silent" || now - last > silent) {
    return { state: "silent", since: since(silent) };
  }
  if (fact.state === "late" || now - last > late) return { state: "late", since: since(late) };
  return null;
}

/** Nothing is known of what hangs on a silent box, so it is silent too; longer, perhaps. */
function behind(own: Standing, box: Presence): Standing {
  if (box.state !== "silent" || own.state === "in_stock") return own;
  const earlier = own.state === "silent" && own.since < box.since;
  return { state: "silent", since: earlier ? own.since : box.since };
}

/** How long without a sign, in ms, until a device is late, and silent. */
function patience({ kind }: Twin): { readonly late: number; readonly silent: number } {
  const { lateAfter, silentAfter, lateFactor, silentFactor } = cadence.presence;
  if (kind === "box") return { late: lateAfter, silent: silentAfter };
  const every = expectedEvery(kind);
  return { late: every * lateFactor, silent: every * silentFactor };
}

/** Whether signs keep coming, so that the last one is always recent. */
function isHeard({ state, ended, up }: PresenceFact): boolean {
  return state === "heard" && ended === undefined && up !== false;
}

function lastHeard(fact: PresenceFact): Instant {
  return fact.heardAt ?? fact.at;
}

function hasBacklog({ at, buffer }: PresenceFact): boolean {
  return (
    buffer !== undefined &&
    buffer.depth > 0 &&
    buffer.oldest !== null &&
    at - buffer.oldest > cadence.presence.backlog
  );
}

/** What a cause is judged by. */
interface Case {
  readonly twin: Twin;
  readonly state: PresenceState;
  readonly box: Presence | null;
}

/** In this order; the first that fits is told. */
const causes: readonly (readonly [PresenceCause, (found: Case) => boolean])[] = [
  ["charging", ({ twin }) => twin.kind !== "box" && leafOf(twin, "power", "charging") === true],
  ["not_worn", ({ twin }) => leafOf(twin, "wear", "worn") === false],
  ["clock", ({ twin }) => twin.fact?.clockOff === true],
  ["battery_flat", (found) => isAway(found.state) && isFlat(found.twin)],
  ["box_power", lacksPower],
  ["box_net", ({ twin, state, box }) => isAway(state) && (twin.kind === "box" || isGone(box))],
  ["ble_lost", ({ twin, state }) => isAway(state) && twin.kind !== "box"],
];

function causeOf(found: Case): PresenceCause | null {
  if (found.state === "in_stock") return null;
  return causes.find(([, fits]) => fits(found))?.[0] ?? null;
}

/** A box that runs on its battery, or said farewell before it went; a device is without it once that box is gone. */
function lacksPower({ twin, state, box }: Case): boolean {
  if (twin.kind !== "box") return isAway(state) && isGone(box) && box?.cause === "box_power";
  if (leafOf(twin, "power", "source") === "battery") return true;
  return isAway(state) && twin.fact?.ended === "farewell";
}

function isFlat(twin: Twin): boolean {
  const battery = leafOf(twin, "power", "battery");
  return typeof battery === "number" && battery <= flatPercent;
}

function isGone(box: Presence | null): boolean {
  return box !== null && isAway(box.state);
}

function isAway(state: PresenceState): boolean {
  return state === "late" || state === "silent";
}

function leafOf(twin: Twin, part: PartName, name: string): Json | undefined {
  return twin.parts[part]?.reported[name];
}
