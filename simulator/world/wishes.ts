/**
 * What people wish devices to be, written into their twins while everything breaks.
 *
 * In the end each device is as it was wished last, or has said that it cannot be.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { createTwinWriter, type TwinWriter } from "#twins/desired/writer.ts";
import type { Keys } from "#twins/keys.ts";
import type { TwinStore } from "#twins/store.ts";
import { canonical } from "#wire/canonical.ts";
import type { Serial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import type { Wished } from "./draw.ts";
import type { WorldHome } from "./home.ts";

/** What wishing needs. */
interface WishPorts {
  readonly twins: TwinStore;
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly homes: readonly WorldHome[];
  /** Told what no writer may answer. */
  readonly failed: (error: unknown) => void;
}

const tryAgain = Seconds(20);
/** Whose clock is further off has what it answers put aside, ms. */
const errs = 110_000;

/** See the file. */
export class Wishes {
  readonly #ports: WishPorts;
  readonly #writer: TwinWriter;
  /** The last wish for each leaf of each device. */
  readonly #last = new Map<string, { readonly device: Serial; readonly wished: Wished }>();

  constructor(ports: WishPorts) {
    this.#ports = ports;
    this.#writer = createTwinWriter({ ...ports, store: ports.twins });
  }

  /** Leaves that somebody has wished for, `config/leaf`. */
  of(device: Serial): readonly string[] {
    const own = [...this.#last.values()].filter((one) => one.device === device);
    return own.map(({ wished }) => `config/${wished.leaf}`);
  }

  wish(wished: Wished): void {
    const home = this.#ports.homes[wished.home];
    const device = home?.devices[wished.device === "box" ? 0 : 1];
    if (device === undefined) return;
    this.#last.set(`${device} ${wished.leaf}`, { device, wished });
    this.#write(device, wished);
  }

  /** Whoever is told that the store is full tries again, unless somebody has wished otherwise since. */
  #write(device: Serial, wished: Wished): void {
    if (this.#last.get(`${device} ${wished.leaf}`)?.wished !== wished) return;
    const patch = { desired: { config: { [wished.leaf]: wished.value } } };
    const author = { by: "u:world" };
    const written = this.#writer.write(device, (twin, now) => {
      if (twin === null) return { kind: "none" as const };
      const { twin: after, changed } = editTwin(twin, patch, { author, now });
      return { kind: "edited", after, changed, ...author };
    });
    written.catch((error: unknown) => {
      if (!isTrouble(error, "cells-full")) return this.#ports.failed(error);
      this.#ports.clock.after(tryAgain, "a wish", () => this.#write(device, wished));
    });
  }

  /** What is not as it was wished, and not said to be impossible either. */
  async unsettled(): Promise<string[]> {
    const all = [...this.#last.values()].map(async ({ device, wished }) => {
      const home = this.#ports.homes[wished.home];
      if (home === undefined || isErring(home)) return [];
      const part = (await this.#ports.twins.read(device))?.parts.config;
      const state = part?.wishes[wished.leaf]?.state;
      const isSo = canonical(part?.reported[wished.leaf] ?? null) === canonical(wished.value);
      const settled = wished.isPossible ? state === "applied" && isSo : state === "rejected";
      return settled ? [] : [`the ${wished.leaf} wished of ${device} is ${state}`];
    });
    return (await Promise.all(all)).flat();
  }
}

/** Of a box that was set back, answers have numbers that the cloud has had, and are not heard. */
function isErring({ plan, isSetBack }: WorldHome): boolean {
  return isSetBack || plan.sin !== null || Math.abs(plan.skew) > errs;
}
