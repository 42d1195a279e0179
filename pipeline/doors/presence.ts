/**
 * The homes that a door answers for, and the presence facts that it writes about them.
 *
 * One commit of facts per home is under way at a time; what happens meanwhile is told after it.
 */
import type { Check, Write } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import { encodeEntry, presenceEntry } from "#wire/entry.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";

import type { Committer } from "./committer.ts";
import { Task } from "./task.ts";
import { expectDevice, isAsleep, type News, newsOf, type Watch } from "./watch.ts";

/** What presence stands on. */
export interface PresenceDeps {
  readonly keys: Keys;
  readonly clock: Clock;
  readonly committer: Committer;
  /** Of the door. */
  readonly id: string;
  readonly rules?: PresenceRules | undefined;
  /** Another door has taken the box; this one answers for it no more. */
  readonly taken: (box: BoxSerial) => void;
}

/** The homes that a door watches. */
export class Presence {
  readonly #deps: PresenceDeps;
  readonly #watches = new Map<BoxSerial, Watch>();
  readonly #telling = new Set<Watch>();

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
  }

  /** The home of a box, if this door watches it. */
  of(box: BoxSerial): Watch | undefined {
    return this.#watches.get(box);
  }

  watch(watch: Watch): void {
    this.#watches.set(watch.box, watch);
  }

  /** Boxes that the store has been told are this door's, and of which it is being told nothing now. */
  settled(): BoxSerial[] {
    const settled = [...this.#watches.values()].filter(
      (watch) => watch.held && !this.#telling.has(watch),
    );
    return settled.map(({ box }) => box);
  }

  /** Leaves a home to another door. */
  leave(box: BoxSerial): void {
    this.#watches.delete(box);
  }

  /** A device of the home is expected so often. */
  expect(box: BoxSerial, device: Serial, every: number): void {
    const watch = this.#watches.get(box);
    if (watch !== undefined) expectDevice(watch, { device, every }, this.#deps.clock.now());
  }

  /** Tells what is new about one home, and takes its box for this door if that is new too. */
  look(watch: Watch): void {
    if (this.#telling.has(watch)) return;
    const news = newsOf(watch, this.#deps.clock.now(), this.#deps.rules);
    if (news.length === 0 && watch.held) return;
    const { keys, committer } = this.#deps;
    const partition = keys.of(watch.box);
    this.#telling.add(watch);
    const { checks, writes } = this.#holding(watch, keys.doors(partition));
    for (const one of news) writes.push(this.#entry(watch, one));
    committer.submit(
      new Task(partition, { writes, checks }, (dropped) => {
        this.#telling.delete(watch);
        if (dropped) this.#deps.taken(watch.box);
        else this.look(watch);
      }),
    );
  }

  /** Tells what time alone has made new; answers the homes of which nothing more is to be expected. */
  sweep(): BoxSerial[] {
    const asleep: BoxSerial[] = [];
    for (const [box, watch] of this.#watches) {
      this.look(watch);
      if (isAsleep(watch) && !this.#telling.has(watch)) asleep.push(box);
    }
    return asleep;
  }

  /** Only the door that holds a box may tell facts about it: the first time it takes it, later it checks. */
  #holding(watch: Watch, key: string): { writes: Write[]; checks: Check[] } {
    const { id } = this.#deps;
    const field = watch.box;
    if (watch.held) return { writes: [], checks: [{ key, field, expected: id }] };
    watch.held = true;
    return { writes: [{ op: "HSET", key, field, value: id }], checks: [] };
  }

  #entry({ tenant, box }: Watch, { device, fact }: News): Write {
    const fields = encodeEntry(presenceEntry({ tenant, box, device }, fact));
    return { op: "XADD", key: this.#deps.keys.inbound(this.#deps.keys.of(box)), fields };
  }
}
