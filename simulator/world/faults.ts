/**
 * Faults happen: each begins and ends on the world's clock, until everything is healed.
 *
 * Faults of one kind may overlap; what they break works again once the last of them is over.
 */
import { calm } from "#platform/broker/weather.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { MemoryRedis } from "#platform/redis/memory.ts";
import type { BoxSerial } from "#wire/identity.ts";

import type { Cloud } from "./cloud.ts";
import type { Broken, Fault, Plan } from "./draw.ts";
import type { WorldHome } from "./home.ts";
import { clear, type Store } from "./store.ts";

/** What can be broken. */
export interface Breakable {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly store: Store;
  readonly redis: MemoryRedis;
  readonly homes: readonly WorldHome[];
}

/** The faults of one world. */
export class Faults {
  readonly #world: Breakable;
  readonly #timers: Timer[] = [];
  /** What sets a disk back. */
  readonly #copies = new Map<Fault, (() => void) | undefined>();
  /** Those under way. */
  readonly #standing = new Set<Fault>();

  constructor(world: Breakable) {
    this.#world = world;
    const { plan, store, cloud, clock } = world;
    cloud.doors.network.setWeather(plan.network);
    store.weather = plan.store;
    cloud.doors.isReached = (box) => this.#isReached(box);
    for (const fault of plan.faults) {
      this.#timers.push(clock.after(fault.at, fault.what.kind, () => this.#begin(fault)));
    }
  }

  /** Mends everything that is broken and lets nothing more break. */
  heal(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const fault of [...this.#standing]) this.#end(fault);
    const { cloud, store } = this.#world;
    cloud.doors.network.setWeather(calm);
    store.weather = clear;
    cloud.doors.posts = { lost: 0, unanswered: 0, latency: calm.latency };
  }

  #begin(fault: Fault): void {
    this.#standing.add(fault);
    this.#break(fault);
    if (fault.length === null) return;
    const { clock } = this.#world;
    this.#timers.push(clock.after(fault.length, fault.what.kind, () => this.#end(fault)));
  }

  #end(fault: Fault): void {
    this.#standing.delete(fault);
    const others = [...this.#standing].map(({ what }) => targetOf(what));
    if (!others.includes(targetOf(fault.what))) this.#mend(fault);
  }

  #break(fault: Fault): void {
    const { what: broken } = fault;
    const { cloud, store, homes } = this.#world;
    switch (broken.kind) {
      case "line":
        return this.#breakLines(broken.silent, homes[broken.home]?.box);
      case "region":
        return this.#breakLines(broken.silent);
      case "box":
        return homes[broken.home]?.kill();
      case "disk":
        return void this.#copies.set(fault, homes[broken.home]?.remember());
      case "store":
        store.isReachable = false;
        return;
      case "memory":
        return this.#fillMemory(broken.used);
      case "door":
        return cloud.doors.end(broken.door, broken.how);
      case "processor":
        return cloud.endProcessor(broken.processor, broken.how);
    }
  }

  #mend(fault: Fault): void {
    const { what: broken } = fault;
    const { cloud, store, redis, homes } = this.#world;
    switch (broken.kind) {
      case "line":
      case "region":
        return this.#setLines();
      case "box":
        return homes[broken.home]?.start();
      case "disk":
        return this.#copies.get(fault)?.();
      case "store":
        store.isReachable = true;
        return;
      case "memory":
        return redis.limit(0);
      case "door":
        return cloud.doors.open(broken.door, broken);
      case "processor":
        return cloud.openProcessor(broken.processor);
    }
  }

  #breakLines(silent: boolean, box?: BoxSerial): void {
    const { network } = this.#world.cloud.doors;
    if (silent) network.halfOpen(box);
    else network.cut(box);
    this.#setLines();
  }

  #setLines(): void {
    const { cloud, homes } = this.#world;
    for (const { box } of homes) cloud.doors.network.setReachable(this.#isReached(box), box);
  }

  #isReached(box: BoxSerial): boolean {
    for (const { what } of this.#standing) {
      if (what.kind === "region") return false;
      if (what.kind === "line" && this.#world.homes[what.home]?.box === box) return false;
    }
    return true;
  }

  #fillMemory(share: number): void {
    const { redis } = this.#world;
    void redis.cells.memory().then(({ used }) => redis.limit(Math.ceil(used / share)));
  }
}

/** What a fault takes away: two that take away the same thing overlap. */
function targetOf(broken: Broken): string {
  if ("home" in broken) return `${broken.kind} ${broken.home}`;
  if (broken.kind === "door") return `door ${broken.door}`;
  return broken.kind === "processor" ? `processor ${broken.processor}` : broken.kind;
}
