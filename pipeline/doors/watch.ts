/**
 * What a door sees of one home: its connection, its heartbeats, the devices its box hears; and the news in it.
 *
 * Heartbeats are never written down. News are: a fact is told when what it says differs from what was told last, so
 * that `heard` holds until the door says otherwise (`twins/presence.ts` reads it so). How many messages wait is part of
 * what it says: none, nearly always, so that it seldom is news (TW-06).
 *
 * @source DESIGN §5 heartbeats, §6 presence
 */
import { expectedEvery } from "#twins/freshness.ts";
import { cadence } from "#wire/cadence.ts";
import type { PresenceFact } from "#wire/entry.ts";
import { type BoxSerial, kindOf, type Serial, type Tenant } from "#wire/identity.ts";
import type { Alive, Power } from "#wire/messages.ts";
import { type PresenceRules, usualRules } from "#wire/presence-rules.ts";
import { Instant } from "#wire/units.ts";

/** How a connection ended. */
export type Ending = NonNullable<PresenceFact["ended"]>;

/** One device as a door sees it. */
interface Seen {
  /** When it was last heard, door's clock; null when nobody knows. */
  heardAt: Instant | null;
  /** What the last fact said, as one text; empty when nothing was told. */
  said: string;
  /** When that was; facts of one device have rising instants. */
  saidAt: number;
  /** The state that was told last, as far as it makes a run of its own, and since when it has been told without a break. */
  run: string;
  runSince: Instant;
}

interface Link extends Seen {
  up: boolean;
}

/** One home as a door sees it. */
export interface Watch extends Seen {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** Since when this door answers for it. */
  readonly since: Instant;
  /** Whether the store knows that this door holds the box. */
  held: boolean;
  /** Taken over from another door, and nothing has come since: only its silence can be told. */
  adopted: boolean;
  ended: Ending | undefined;
  power: Power | undefined;
  buffer: Alive["buffer"] | undefined;
  clockOff: boolean;
  readonly links: Map<Serial, Link>;
  /** How often its devices are expected, of those whose twin has been read. */
  readonly cadences: Map<Serial, Rhythm>;
}

/** How often a device is expected, ms; and since when, if it was expected otherwise before. */
interface Rhythm {
  readonly every: number;
  readonly since: Instant | null;
}

/** A fact that has not been told. */
export interface News {
  readonly device: Serial;
  readonly fact: PresenceFact;
}

/** Begins to watch a home that has just been heard. */
export function createWatch(
  home: { readonly tenant: Tenant; readonly box: BoxSerial },
  now: Instant,
): Watch {
  const { tenant, box } = home;
  const unknown = { ended: undefined, power: undefined, buffer: undefined, clockOff: false };
  return {
    tenant,
    box,
    since: now,
    held: false,
    adopted: false,
    ...seen(now),
    ...unknown,
    links: new Map(),
    cadences: new Map(),
  };
}

/** Begins to watch a home that another door has held; `heardAt` is when it may have heard it last. */
export function adoptWatch(
  home: { readonly tenant: Tenant; readonly box: BoxSerial },
  now: Instant,
  heardAt: Instant | null,
): Watch {
  return { ...createWatch(home, now), heardAt, adopted: true, held: true };
}

/** The box has said something, whatever it was. */
export function seeBox(watch: Watch, now: Instant): void {
  watch.heardAt = now;
  watch.adopted = false;
}

/** The box has sent its heartbeat. */
export function seeAlive(watch: Watch, alive: Alive, now: Instant): void {
  seeBox(watch, now);
  watch.power = alive.power;
  watch.buffer = alive.buffer;
  const ahead = alive.t - now;
  watch.clockOff = Math.abs(ahead) > cadence.limits.clockAhead;
  for (const { device, up, heardAt } of alive.links) {
    const link = watch.links.get(device) ?? { ...seen(null), up };
    link.up = up;
    // The box tells by its own clock; what it heard cannot be later than now.
    link.heardAt = heardAt === null ? null : Instant(Math.max(0, Math.min(now, heardAt - ahead)));
    watch.links.set(device, link);
  }
}

/** A device is expected so often from now on: what it was silent before, in a slower rhythm, is not held against it. */
export function expectDevice(
  { cadences }: Watch,
  { device, every }: { readonly device: Serial; readonly every: number },
  now: Instant,
): void {
  const known = cadences.get(device);
  if (known?.every === every) return;
  cadences.set(device, { every, since: known === undefined ? null : now });
}

/** Facts to be told now; asking again answers only what has changed since. */
export function newsOf(watch: Watch, now: Instant, rules = usualRules): News[] {
  const news: News[] = [];
  const own = ownFact(watch, now, rules);
  if (own !== undefined) news.push({ device: watch.box, fact: own });
  for (const [device, link] of watch.links) {
    const usual = { every: expectedEvery(kindOf(device)), since: null };
    const rhythm = watch.cadences.get(device) ?? usual;
    const fact = linkFact(link, now, { ...rules, ...rhythm });
    if (fact !== undefined) news.push({ device, fact });
  }
  return news;
}

/** Whether it is told that the box is silent: what hangs on it is silent with it, and nobody need watch. */
export function isAsleep({ said }: Watch): boolean {
  return said.startsWith("silent");
}

function ownFact(watch: Watch, now: Instant, rules: PresenceRules): PresenceFact | undefined {
  const { heardAt, ended, power, buffer, clockOff, adopted, since } = watch;
  const quiet = now - (adopted || heardAt === null ? since : heardAt);
  const state = stateAfter(quiet, { late: rules.lateAfter, silent: rules.silentAfter });
  if (adopted && state !== "silent") return undefined;
  const isReturned = state === "heard" && isBacklog(buffer, now, rules);
  const said = `${state} ${ended} ${power} ${buffer?.depth ?? 0} ${isReturned} ${clockOff}`;
  const told = tell(watch, { said, run: `${state} ${isReturned}` }, now);
  return told === undefined ? undefined : { ...told, state, ...lastKnownOf(watch) };
}

function lastKnownOf({
  heardAt,
  ended,
  power,
  buffer,
  clockOff,
}: Watch): Omit<PresenceFact, "at" | "state"> {
  return {
    heardAt,
    ...(ended === undefined ? {} : { ended }),
    ...(power === undefined ? {} : { power }),
    ...(buffer === undefined ? {} : { buffer }),
    ...(clockOff ? { clockOff } : {}),
  };
}

function linkFact(
  link: Link,
  now: Instant,
  { every, since, lateFactor, silentFactor }: PresenceRules & Rhythm,
): PresenceFact | undefined {
  const { heardAt, up } = link;
  const quiet = heardAt === null ? Infinity : now - Math.max(heardAt, since ?? 0);
  const state = stateAfter(quiet, { late: every * lateFactor, silent: every * silentFactor });
  const told = tell(link, { said: `${state} ${up}`, run: state }, now);
  return told === undefined ? undefined : { ...told, state, heardAt, up };
}

function stateAfter(
  passed: number,
  { late, silent }: { late: number; silent: number },
): PresenceFact["state"] {
  if (passed > silent) return "silent";
  return passed > late ? "late" : "heard";
}

function isBacklog(
  buffer: Alive["buffer"] | undefined,
  now: Instant,
  rules: PresenceRules,
): boolean {
  if (buffer === undefined || buffer.depth === 0 || buffer.oldest === null) return false;
  return now - buffer.oldest > rules.backlog;
}

/** The instants of a fact that says this; undefined when the last one said the same. */
function tell(
  one: Seen,
  { said, run }: { readonly said: string; readonly run: string },
  now: Instant,
): Pick<PresenceFact, "at" | "since"> | undefined {
  if (said === one.said) return undefined;
  const at = Instant(Math.max(now, one.saidAt + 1));
  one.said = said;
  one.saidAt = at;
  if (run !== one.run) one.runSince = at;
  one.run = run;
  return one.runSince === at ? { at } : { at, since: one.runSince };
}

function seen(heardAt: Instant | null): Seen {
  return { heardAt, said: "", saidAt: 0, run: "", runSince: Instant(0) };
}
