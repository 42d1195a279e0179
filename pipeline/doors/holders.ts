/**
 * Which door holds which box: `vigie:{p}:doors`, field box → door id.
 *
 * The newest connection wins: a door that is not alone says so in `vigie:handover`, and the one that held the box lets go
 * at its next sweep, or when it wants to tell a fact about it; once a minute it looks whether what it holds is still its
 * own. A door that is alive beats in `vigie:state`; the boxes of one that no longer does are adopted. Who could not beat
 * itself judges nobody: perhaps the store was away, and all are alive. A box that is known to be silent is held by nobody.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Entry, Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";
import { type BoxSerial, parseBox } from "#wire/identity.ts";
import { Instant, later, Minutes, Seconds } from "#wire/units.ts";

import type { Committer } from "./committer.ts";
import { Task } from "./task.ts";

/** A door that has not beaten for so long is dead. */
const deadAfter = Seconds(30);
/** How often a door looks whether its boxes are its own. */
const lookEvery = Minutes(1);
/** Notices kept, and read at once. */
const noticesKept = 10_000;

/** A box that a dead door held, and when that door was last alive. */
export interface Orphan {
  readonly box: BoxSerial;
  readonly heldUntil: Instant | null;
}

/** What holders stand on. */
export interface HoldersDeps {
  readonly id: string;
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly committer: Committer;
}

/** One door's view of who holds what. */
export class Holders {
  readonly #deps: HoldersDeps;
  /** Where in the notices this door has read to; undefined before the first look. */
  #position: string | undefined;
  /** Doors held to be alive, this one included once it has beaten. */
  readonly #alive = new Set<string>();
  #beatAt: Instant | undefined;
  /** Others are judged from then on. */
  #judgesFrom: Instant | undefined;
  /** Whose boxes are to be looked for: those of an earlier life, or of all that are dead. */
  #wanted: "own" | "all" | undefined = "own";
  #hasJudged = false;
  #lookedAt: number;

  constructor(deps: HoldersDeps) {
    this.#deps = deps;
    this.#lookedAt = deps.clock.monotonic();
  }

  /** Tells the other doors, if there are any, that a box has connected to this one. */
  async announce(box: BoxSerial): Promise<void> {
    const { streams, keys } = this.#deps;
    if (this.#beatAt !== undefined && this.#alive.size <= 1) return;
    await streams.append(keys.handover(), { box }, { atMost: noticesKept });
  }

  /** Lets go of a box that has fallen silent, unless another door has taken it. */
  release(box: BoxSerial): void {
    const { id, keys, committer } = this.#deps;
    const key = keys.doors(keys.of(box));
    const checks = [{ key, field: box, expected: id }];
    committer.submit(new Task(keys.of(box), { checks, writes: [{ op: "HDEL", key, field: box }] }));
  }

  /** The boxes among those noticed since the last time that another door holds now. */
  async taken(isHeld: (box: BoxSerial) => boolean): Promise<BoxSerial[]> {
    const { id, cells, keys } = this.#deps;
    const taken: BoxSerial[] = [];
    for (const { fields } of await this.#notices()) {
      const box = parseBox(fields["box"] ?? "");
      if (box === undefined || !isHeld(box)) continue;
      const holder = await cells.get(keys.doors(keys.of(box)), box);
      if (holder !== null && holder !== id) taken.push(box);
    }
    return taken;
  }

  /** Now and then: which of the boxes that this door is sure to hold are another's, or nobody's. */
  async strayed(sure: () => BoxSerial[]): Promise<BoxSerial[]> {
    const { id, cells, keys, clock } = this.#deps;
    if (clock.monotonic() - this.#lookedAt < lookEvery) return [];
    const before = sure();
    const holders = await cells.getAllOf(
      Array.from({ length: keys.partitions }, (_, p) => keys.doors(p)),
    );
    this.#lookedAt = clock.monotonic();
    const after = new Set(sure());
    return before.filter((box) => after.has(box) && holders[keys.of(box)]?.[box] !== id);
  }

  /** Shows that this door is alive, and finds the boxes of doors that are not, once for each such door. */
  async beat(isHeld: (box: BoxSerial) => boolean): Promise<Orphan[]> {
    const { id, cells, keys, clock } = this.#deps;
    const now = clock.now();
    const field = beatField(id);
    const beats = await cells.getAll(keys.state());
    await cells.commit([
      { checks: [], writes: [{ op: "HSET", key: keys.state(), field, value: String(now) }] },
    ]);
    this.#judge(beats, now);
    if (this.#wanted === undefined) return [];
    const orphans = await this.#orphansOf(beats, isHeld);
    this.#wanted = undefined;
    return orphans;
  }

  /** Notes which doors are alive, and whether boxes of dead ones are to be looked for. */
  #judge(beats: Readonly<Record<string, string>>, now: Instant): void {
    const isFirst = this.#beatAt === undefined;
    const isBack = this.#beatAt === undefined || now - this.#beatAt > deadAfter;
    this.#beatAt = now;
    if (isBack) this.#judgesFrom = later(now, deadAfter);
    const own = beatField(this.#deps.id);
    const judges = this.#judgesFrom !== undefined && now >= this.#judgesFrom;
    for (const [field, at] of Object.entries({ ...beats, [own]: String(now) })) {
      if (!field.startsWith("door:")) continue;
      if (!judges || now - Number(at) <= deadAfter) this.#alive.add(field);
      else if (this.#alive.delete(field)) this.#wanted = "all";
    }
    if (isFirst || !judges || this.#hasJudged) return;
    // Now those that have never beaten can be told from those that had just begun.
    this.#hasJudged = true;
    this.#wanted = "all";
  }

  /** Boxes held by a door that is not alive, or by this one in an earlier life. */
  async #orphansOf(
    beats: Readonly<Record<string, string>>,
    isHeld: (box: BoxSerial) => boolean,
  ): Promise<Orphan[]> {
    const { id, cells, keys } = this.#deps;
    const orphans: Orphan[] = [];
    for (let p = 0; p < keys.partitions; p++) {
      for (const [field, holder] of Object.entries(await cells.getAll(keys.doors(p)))) {
        const box = parseBox(field);
        const isDead = this.#wanted === "all" && !this.#alive.has(beatField(holder));
        if (box === undefined || isHeld(box) || (holder !== id && !isDead)) continue;
        if (await this.#adopt(box, holder)) {
          orphans.push({ box, heldUntil: instantOf(beats[beatField(holder)]) });
        }
      }
    }
    return orphans;
  }

  /** Takes a box from a dead door; false when another was quicker. */
  async #adopt(box: BoxSerial, holder: string): Promise<boolean> {
    const { id, cells, keys } = this.#deps;
    if (holder === id) return true;
    const key = keys.doors(keys.of(box));
    const checks = [{ key, field: box, expected: holder }];
    const [outcome] = await cells.commit([
      { checks, writes: [{ op: "HSET", key, field: box, value: id }] },
    ]);
    return outcome?.kind === "committed";
  }

  async #notices(): Promise<readonly Entry[]> {
    const { streams, keys } = this.#deps;
    const after = this.#position;
    if (after === undefined) {
      this.#position = await streams.last(keys.handover());
      return [];
    }
    const entries = await streams.range(keys.handover(), { after, limit: noticesKept });
    this.#position = entries.at(-1)?.id ?? after;
    return entries;
  }
}

function beatField(door: string): string {
  return `door:${door}`;
}

function instantOf(text: string | undefined): Instant | null {
  const at = Number(text);
  return text === undefined || !Number.isSafeInteger(at) || at < 0 ? null : Instant(at);
}
