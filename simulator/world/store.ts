/**
 * The road between a process and Redis in memory: every call takes its time, and may fail before or after it has happened.
 *
 * This is the fault that finds most: a commit that threw may have been committed, and only what the commit wrote can say
 * so. Calls of one process keep their order, as on one connection.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import type { Streams } from "#platform/stream/port.ts";
import { type Retry, Trouble } from "#platform/trouble.ts";
import { type Duration, Millis } from "#wire/units.ts";

import type { Mortal } from "./mortal.ts";

/** What the road does to a call; the shares are chances from 0 to 1. */
export interface StoreWeather {
  /** Each way takes this long. */
  readonly latency: { readonly low: Duration; readonly high: Duration };
  /** The call fails, and has not happened. */
  readonly failsBefore: number;
  /** The call has happened, and fails. */
  readonly failsAfter: number;
}

/** A road without weather. */
export const clear: StoreWeather = {
  latency: { low: Millis(0), high: Millis(0) },
  failsBefore: 0,
  failsAfter: 0,
};

/** Both faces of one store. */
export interface Faces {
  readonly cells: Cells;
  readonly streams: Streams;
}

/** How long a process takes to find out that nobody answers. */
const refusedAfter = Millis(20);

/** The roads to one store. */
export class Store {
  weather: StoreWeather = clear;
  isReachable = true;
  readonly #faces: Faces;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(faces: Faces, world: { clock: Clock; random: Random }) {
    this.#faces = faces;
    this.#clock = world.clock;
    this.#random = world.random;
  }

  /** The store as one process sees it. */
  connect(process: Mortal): Faces {
    const road = (): Road => ({ process, up: 0, down: 0 });
    return { cells: this.#cellsOver(road()), streams: this.#streamsOver(road()) };
  }

  #cellsOver(road: Road): Cells {
    const { cells } = this.#faces;
    const trouble = { code: "cells-unreachable", retry: "ambiguous" } as const;
    const call = <T>(work: () => Promise<T>): Promise<T> => this.#call(road, work, trouble);
    return {
      get: (key, field) => call(() => cells.get(key, field)),
      getAll: (key) => call(() => cells.getAll(key)),
      getAllOf: (keys) => call(() => cells.getAllOf(keys)),
      keys: (prefix) => call(() => cells.keys(prefix)),
      commit: (units) => call(() => cells.commit(units)),
      memory: () => call(() => cells.memory()),
    };
  }

  #streamsOver(road: Road): Streams {
    const { streams } = this.#faces;
    const tell = <T>(work: () => Promise<T>): Promise<T> => this.#call(road, work, told);
    const ask = <T>(work: () => Promise<T>): Promise<T> => this.#call(road, work, asked);
    return {
      append: (key, fields, options) => tell(() => streams.append(key, fields, options)),
      range: (key, options) => ask(() => streams.range(key, options)),
      latest: (key, limit) => ask(() => streams.latest(key, limit)),
      last: (key) => ask(() => streams.last(key)),
      first: (key) => ask(() => streams.first(key)),
      length: (key) => ask(() => streams.length(key)),
      read: (positions, options) => ask(() => streams.read(positions, options)),
      createGroup: (key, group, from) => ask(() => streams.createGroup(key, group, from)),
      readGroup: (keys, consumer, options) => ask(() => streams.readGroup(keys, consumer, options)),
      readOwn: (key, consumer, options) => ask(() => streams.readOwn(key, consumer, options)),
      claim: (key, consumer, options) => ask(() => streams.claim(key, consumer, options)),
      acknowledge: (key, group, ids) => ask(() => streams.acknowledge(key, group, ids)),
      groups: (key) => ask(() => streams.groups(key)),
      trim: (key, before) => ask(() => streams.trim(key, before)),
    };
  }

  #call<T>(road: Road, work: () => Promise<T>, trouble: Told): Promise<T> {
    if (!road.process.lives) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Trouble(trouble.code, { retry: trouble.retry }));
      if (!this.isReachable) {
        this.#clock.after(refusedAfter, "nobody answers", () => road.process.deliver(fail));
        return;
      }
      const fate = this.#random.next();
      const { failsBefore, failsAfter } = this.weather;
      this.#travel(road, "up", () => {
        if (fate < failsBefore || !this.isReachable) return this.#answer(road, fail);
        work().then(
          (value) => {
            const isLost = fate < failsBefore + failsAfter || !this.isReachable;
            this.#answer(road, isLost ? fail : () => resolve(value));
          },
          (error: unknown) => this.#answer(road, () => reject(error)),
        );
      });
    });
  }

  #answer(road: Road, run: () => void): void {
    this.#travel(road, "down", () => road.process.deliver(run));
  }

  #travel(road: Road, way: "up" | "down", arrive: () => void): void {
    const { low, high } = this.weather.latency;
    const now = this.#clock.monotonic();
    const at = Math.max(road[way], now + low + this.#random.next() * (high - low));
    road[way] = at;
    if (at <= now) arrive();
    else this.#clock.after(Millis(at - now), `a call ${way}`, arrive);
  }
}

/** One connection: when the last call arrived each way. */
interface Road {
  readonly process: Mortal;
  up: number;
  down: number;
}

interface Told {
  readonly code: string;
  readonly retry: Retry;
}

const told: Told = { code: "stream-unreachable", retry: "ambiguous" };
const asked: Told = { code: "stream-unreachable", retry: "safe" };
