/**
 * Whether a device is there, and why not: a pure function of what the doors last told and of the clock.
 *
 * A door tells transitions, never single heartbeats: `heard` holds until it says otherwise. Once a device is cut off,
 * the clock alone makes it late and then silent.
 * @source DESIGN twins (presence); catalogue CF-23, CF-24, TW-06, BX-27
 */
import type { PresenceFact } from "#wire/entry.ts";
import type { Json, PartName } from "#wire/messages.ts";
import { type PresenceRules, usualRules } from "#wire/presence-rules.ts";
import { Instant } from "#wire/units.ts";

import type {
  ChangedLeaf,
  Presence,
  PresenceCause,
  PresenceState,
  SilenceConcern,
  Twin,
} from "./document.ts";
import { cadenceOfTwin } from "./freshness.ts";

/** A device and the box that it hangs on, as their twins know them; no box for a box, nor for one linked to none. */
export interface Sight {
  readonly twin: Twin;
  readonly box: Twin | null;
}

/** Percent at or below which a device that fell silent is held to have run out (ours). */
const flatPercent = 5;

/**
 * The presence of a device at `now`: of its last fact, its leaves and the clock, and of nothing else. What it was before
 * plays no part, so neither does how often it was looked at.
 */
export function presenceOf(sight: Sight, now: Instant, rules = usualRules): Presence {
  const { twin } = sight;
  const box = sight.box === null ? null : presenceOf({ twin: sight.box, box: null }, now, rules);
  const own = standing(twin, now, rules);
  const { state, since } = box === null ? own : behind(own, box);
  const found = { twin, state, since, box };
  return {
    state,
    cause: causeOf(found),
    concern: concernOf(found, now, rules),
    since,
    heardAt: factOf(twin)?.heardAt ?? null,
    expectEvery: cadenceOfTwin(twin),
  };
}

/** The twin with its presence at `now`, and what that changes; the very same twin when nothing does. */
export function judge(
  sight: Sight,
  now: Instant,
  rules = usualRules,
): { readonly twin: Twin; readonly changed: readonly ChangedLeaf[] } {
  const { twin } = sight;
  const presence = presenceOf(sight, now, rules);
  const changed = told
    .filter((name) => presence[name] !== twin.presence[name])
    .map((name) => ({ path: `presence/${name}`, value: presence[name], t: now }));
  return changed.length === 0 ? { twin, changed } : { twin: { ...twin, presence }, changed };
}

const told = ["state", "cause", "concern", "since", "heardAt", "expectEvery"] as const;

/** When the clock alone will change the presence of a device; null while only a new fact can. */
export function dueAt(twin: Twin, now: Instant, rules = usualRules): Instant | null {
  const silence = isStored(twin) ? null : silenceOf(twin, rules);
  if (silence === null) return null;
  const { lateFrom, silentFrom } = silence;
  const { hintAfter, alertAfter, taskAfter } = rules;
  const concerns = [hintAfter, alertAfter, taskAfter].map((after) => silentFrom + after);
  const next = [lateFrom, silentFrom, ...concerns].find((instant) => instant > now);
  return next === undefined ? null : Instant(next);
}

interface Standing {
  readonly state: PresenceState;
  /** Since when, as far as the facts tell. */
  readonly since: Instant;
}

/** The state of a device by its own facts. */
function standing(twin: Twin, now: Instant, rules: PresenceRules): Standing {
  const fact = factOf(twin);
  if (isStored(twin)) return { state: "in_stock", since: fact?.heardAt ?? twin.createdAt };
  const quiet = quietness(twin, now, rules);
  if (quiet !== null) return quiet;
  const since = fact?.since ?? fact?.at ?? twin.createdAt;
  return { state: hasBacklog(fact, rules) ? "returned" : "online", since };
}

function quietness(twin: Twin, now: Instant, rules: PresenceRules): Standing | null {
  const silence = silenceOf(twin, rules);
  if (silence === null) return null;
  const { lateFrom, silentFrom } = silence;
  // What nobody wears and what charges may well be out of reach: that is no silence (CF-24).
  if (now >= silentFrom && !isPutAside(twin)) return { state: "silent", since: silentFrom };
  return now >= lateFrom ? { state: "late", since: lateFrom } : null;
}

/** In nobody's home: without assignment, and never heard of or taken off its box. */
function isStored(twin: Twin): boolean {
  if (twin.links.assignment !== null) return false;
  return factOf(twin) === undefined || (twin.kind !== "box" && twin.links.box === null);
}

/**
 * What the doors last told of a device or, when they never did (a home that sends no heartbeat), what the newest of its
 * own messages tells: it was heard then, and nothing says that it still is.
 */
function factOf(twin: Twin): PresenceFact | undefined {
  if (twin.fact !== undefined || twin.kind === "box") return twin.fact;
  const at = lastWordOf(twin);
  return at === 0
    ? undefined
    : { at: Instant(at), state: "heard", heardAt: Instant(at), ended: "cut" };
}

/** Of whatever it said itself, measured or not: a wristband off the wrist is heard as well. */
function lastWordOf({ parts }: Twin): number {
  let latest = 0;
  for (const part of Object.values(parts)) {
    for (const { t, r, src } of Object.values(part.meta)) {
      if (src !== "presence" && src !== "api") latest = Math.max(latest, Math.min(t, r));
    }
  }
  return latest;
}

/** From when on a device is late and silent unless it is heard; null while it is. */
function silenceOf(
  twin: Twin,
  rules: PresenceRules,
): { readonly lateFrom: Instant; readonly silentFrom: Instant } | null {
  const fact = factOf(twin);
  if (fact === undefined) return { lateFrom: twin.createdAt, silentFrom: twin.createdAt };
  if (isHeard(twin, fact)) return null;
  const { late, silent } = patience(twin, rules);
  // What was silent in a slower rhythm had every right to be.
  const last = Math.max(fact.heardAt ?? fact.at, rhythmSince(twin));
  const after = (delay: number, isTold: boolean): Instant => {
    const byClock = Math.ceil(last + delay) + 1;
    return Instant(isTold ? Math.min(fact.at, byClock) : byClock);
  };
  return {
    lateFrom: after(late, fact.state !== "heard"),
    silentFrom: after(silent, fact.state === "silent"),
  };
}

/** When a wristband said by which profile it lives; 0 when it never did. */
function rhythmSince({ kind, parts }: Twin): number {
  return kind === "wristband" ? (parts.config?.meta["profile"]?.t ?? 0) : 0;
}

/** Nothing is known of what hangs on a silent box, so it is silent too; longer, perhaps. */
function behind(own: Standing, box: Presence): Standing {
  if (box.state !== "silent" || own.state === "in_stock") return own;
  const earlier = own.state === "silent" && own.since < box.since;
  return { state: "silent", since: earlier ? own.since : box.since };
}

/** How long without a sign, in ms, until a device is late, and silent. */
function patience(
  twin: Twin,
  rules: PresenceRules,
): { readonly late: number; readonly silent: number } {
  if (twin.kind === "box") return { late: rules.lateAfter, silent: rules.silentAfter };
  const every = cadenceOfTwin(twin);
  return { late: every * rules.lateFactor, silent: every * rules.silentFactor };
}

/** Whether signs keep coming, so that the last one is always recent; not of what no box is there to hear any more. */
function isHeard({ kind, links }: Twin, { state, ended, up }: PresenceFact): boolean {
  const isReached = kind === "box" || links.box !== null;
  return state === "heard" && ended === undefined && up !== false && isReached;
}

function hasBacklog(fact: PresenceFact | undefined, rules: PresenceRules): boolean {
  const { depth = 0, oldest = null } = fact?.buffer ?? {};
  return fact !== undefined && depth > 0 && oldest !== null && fact.at - oldest > rules.backlog;
}

/** Whether it is a wristband that nobody wears, or that charges. */
function isPutAside(twin: Twin): boolean {
  if (twin.kind !== "wristband") return false;
  return leafOf(twin, "wear", "worn") === false || leafOf(twin, "power", "charging") === true;
}

/** Whom it concerns by now that the device is silent; the silence of a home is its box's alone. */
function concernOf(
  { state, since, box }: Case,
  now: Instant,
  rules: PresenceRules,
): SilenceConcern | null {
  if (state !== "silent" || isGone(box)) return null;
  const quiet = now - since;
  if (quiet >= rules.taskAfter) return "task";
  if (quiet >= rules.alertAfter) return "alert";
  return quiet >= rules.hintAfter ? "hint" : null;
}

/** What a cause is judged by. */
interface Case extends Standing {
  readonly twin: Twin;
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
