import { columnNamed } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
/** One bulk change in the hands of this process. */
import type { Fleet } from "#twins/fleet.ts";
import type { Serial } from "#wire/identity.ts";
import { between, type Duration, type Instant, Seconds } from "#wire/units.ts";

import { type BulkChange, type BulkPlan, type BulkStep, inOrder, isAtWork } from "./change.ts";
import {
  type Brought,
  type DeviceDeps,
  type Errand,
  restoreDevice,
  settleDevice,
  writeDevice,
} from "./device.ts";
import type { BulkItem } from "./item.ts";
import { type BulkLease, type BulkLeaseDeps, dropLease, renewLease, takeLease } from "./lease.ts";
import type { BulkStore } from "./store.ts";
import { emptyTally, type ItemState, moved, type Tally, verdictOf } from "./tally.ts";

/** What a run needs. */
export interface BulkRunDeps extends Omit<DeviceDeps, "cells">, BulkLeaseDeps {
  readonly store: BulkStore;
  readonly fleet: Pick<Fleet, "table">;
}

/** Devices brought on at a time, before the change is looked at again. */
const handful = 512;
/** Leases are renewed well before they run out. */
const renewal = Seconds(5);
/** How often devices that owe an answer are looked at: 60 ms of work for 100,000. */
const patience = Seconds(2);

/** A change that this process holds, with all its devices in memory. */
export class BulkRun {
  readonly #deps: BulkRunDeps;
  #change: BulkChange;
  readonly #lease: BulkLease;
  #renewedAt: Instant;
  #settledAt: Instant | undefined;
  readonly #items = new Map<Serial, BulkItem>();
  /** Not written yet, in the order in which they will be. */
  #left: Serial[] = [];
  #waiting = new Set<Serial>();
  #tally: Tally = emptyTally;
  readonly #budget: Budget;

  private constructor(deps: BulkRunDeps, change: BulkChange, lease: BulkLease) {
    this.#deps = deps;
    this.#change = change;
    this.#lease = lease;
    this.#renewedAt = deps.clock.now();
    this.#budget = new Budget(change.plan.perMinute, deps.clock.now());
  }

  /** Takes a change and reads what was done of it; undefined when somebody else runs it. */
  static async open(deps: BulkRunDeps, change: BulkChange): Promise<BulkRun | undefined> {
    const lease = await takeLease(deps, change.plan);
    if (lease === null) return undefined;
    const run = new BulkRun(deps, change, lease);
    await run.#load();
    return run;
  }

  /** Does what is due; `over` when there is nothing more to do, or somebody else does it. */
  async advance(mayGoOn: () => boolean): Promise<"on" | "over"> {
    if (!(await this.#look())) return "over";
    if (this.#change.standing.state === "undoing") return this.#undo(mayGoOn);
    if (!(await this.#settle())) return "over";
    if (!(await this.#decide())) return "over";
    this.#budget.fill(this.#deps.clock.now());
    while (mayGoOn() && this.#isWriting()) {
      const batch = this.#left.splice(0, this.#allowed());
      if (batch.length === 0) break;
      this.#budget.spend(batch.length);
      const write = (serial: Serial): Promise<Brought> =>
        writeDevice(this.#deps, this.#errand(), serial);
      if (!(await this.#bringAll(batch, write))) return "over";
      if (!(await this.#decide())) return "over";
    }
    return "on";
  }

  /** Lets somebody else have it at once. */
  async drop(): Promise<void> {
    await dropLease(this.#deps, this.#change.plan, this.#lease);
  }

  async #load(): Promise<void> {
    const { store, keys } = this.#deps;
    const { id } = this.#change.plan;
    const left: Serial[] = [];
    for (let q = 0; q < keys.partitions; q++) {
      for (const [serial, item] of await store.items(id, q)) {
        if (item === null) left.push(serial);
        else this.#note(serial, item);
      }
    }
    this.#left = inOrder(id, left);
  }

  /** Reads where the change stands, and keeps the lease; false when this run is over. */
  async #look(): Promise<boolean> {
    const { store, clock } = this.#deps;
    const change = await store.get(this.#change.plan);
    if (change === undefined) return false;
    this.#change = change;
    if (!isAtWork(change.standing.state)) {
      await this.#keepCount();
      await this.drop();
      return false;
    }
    if (between(this.#renewedAt, clock.now()) < renewal) return true;
    this.#renewedAt = clock.now();
    return renewLease(this.#deps, change.plan, this.#lease);
  }

  /** Takes the steps that follow from the count, and looks whether people took one; false when the run is over. */
  async #decide(): Promise<boolean> {
    await this.#keepCount();
    if (!(await this.#look())) return false;
    const verdict = verdictOf(this.#change, this.#tally);
    if (verdict === undefined) return true;
    await this.#step(verdict.act, verdict.why);
    return this.#decide();
  }

  /** Only with the count noted: after the last step nobody would. */
  async #step(act: BulkStep["act"], why: string): Promise<void> {
    const { store, clock } = this.#deps;
    if (!(await this.#keepCount())) return;
    await store.step(this.#change.plan, { act, why, by: "vigie", at: clock.now() });
  }

  /** False when somebody took a step meanwhile. */
  async #keepCount(): Promise<boolean> {
    if (Bun.deepEquals(this.#change.standing.tally, this.#tally)) return true;
    const noted = await this.#deps.store.note(this.#change, this.#tally);
    this.#change = noted ?? this.#change;
    return noted !== undefined;
  }

  #isWriting(): boolean {
    return ["canary", "running"].includes(this.#change.standing.state);
  }

  /** How many devices may be written now. */
  #allowed(): number {
    const { plan, standing } = this.#change;
    const canaries = (plan.canary?.devices ?? 0) - this.#items.size;
    const most = standing.state === "canary" ? Math.max(0, canaries) : handful;
    return Math.min(handful, most, this.#budget.whole());
  }

  /** Notes what became of those whose wishes, as the index knows them, wait no more. */
  async #settle(): Promise<boolean> {
    const { fleet, clock } = this.#deps;
    const { plan } = this.#change;
    if (this.#settledAt !== undefined && clock.now() - this.#settledAt < patience) return true;
    this.#settledAt = clock.now();
    const mayBeSettled = settledTest(fleet.table(plan.tenant), plan);
    const due = [...this.#waiting].filter(mayBeSettled);
    for (let from = 0; from < due.length; from += handful) {
      const some = due.slice(from, from + handful);
      const settle = (serial: Serial): Promise<Brought> =>
        settleDevice(this.#deps, this.#errand(), this.#member(serial));
      if (!(await this.#bringAll(some, settle))) return false;
    }
    return true;
  }

  async #undo(mayGoOn: () => boolean): Promise<"on" | "over"> {
    const { steps } = this.#change.standing;
    const why = steps.findLast(({ act }) => act === "undo")?.why ?? this.#change.plan.why;
    const due = [...this.#items].flatMap(([serial, { state }]) =>
      isRestorable(state) ? [serial] : [],
    );
    for (let from = 0; from < due.length && mayGoOn(); from += handful) {
      const some = due.slice(from, from + handful);
      const restore = (serial: Serial): Promise<Brought> =>
        restoreDevice(this.#deps, { ...this.#errand(), why }, this.#member(serial));
      if (!(await this.#bringAll(some, restore))) return "over";
      await this.#keepCount();
      if (!(await this.#look())) return "over";
    }
    const isLeft = [...this.#items.values()].some(({ state }) => isRestorable(state));
    if (isLeft) return "on";
    await this.#step("undone", `${this.#tally.undone} put back, ${this.#tally.conflict} not`);
    return (await this.#look()) ? "on" : "over";
  }

  /** Brings each on and notes it; false when somebody else has taken the change over. */
  async #bringAll(
    serials: readonly Serial[],
    bring: (serial: Serial) => Promise<Brought>,
  ): Promise<boolean> {
    const brought = await Promise.all(serials.map(bring));
    for (const [at, serial] of serials.entries()) {
      const outcome = brought[at];
      if (outcome?.kind === "noted") this.#note(serial, outcome.item);
      else if (outcome?.kind === "again" && !this.#items.has(serial)) this.#left.unshift(serial);
    }
    return brought.every(({ kind }) => kind !== "lost");
  }

  #note(serial: Serial, item: BulkItem): void {
    this.#tally = moved(this.#tally, this.#items.get(serial)?.state, item.state);
    this.#items.set(serial, item);
    if (item.state === "waiting") this.#waiting.add(serial);
    else this.#waiting.delete(serial);
  }

  #member(serial: Serial): { readonly serial: Serial; readonly item: BulkItem } {
    const item = this.#items.get(serial);
    if (item === undefined) throw new RangeError(`${serial} is no member that was written`);
    return { serial, item };
  }

  #errand(): Errand {
    return { plan: this.#change.plan, lease: this.#lease };
  }
}

function isRestorable(state: ItemState): boolean {
  return ["waiting", "applied", "rejected", "silent", "superseded"].includes(state);
}

/** Whether none of the change's leaves is waited for, as far as the index knows. To be asked before its next change. */
function settledTest(table: FleetTable, { leaves }: BulkPlan): (serial: Serial) => boolean {
  const columns = leaves.flatMap(({ path }) => {
    const [head, ...names] = path.split("/");
    const column = head === "desired" ? columnNamed(`sync.${names.join(".")}`) : undefined;
    return column === undefined ? [] : [table.cells(column)];
  });
  return (serial) => {
    const row = table.row(serial);
    if (row === undefined) return true;
    return columns.every((cells) => {
      const state = cells.get(row);
      return state !== "pending" && state !== "delivered";
    });
  };
}

/** How many devices may be written, by the pace; what is not used is not saved up. */
class Budget {
  readonly #perMs: number;
  #filledAt: Instant;
  #devices = 0;

  constructor(perMinute: number, now: Instant) {
    this.#perMs = perMinute / 60_000;
    this.#filledAt = now;
  }

  fill(now: Instant): void {
    const earned: Duration = between(this.#filledAt, now);
    this.#devices = Math.min(
      this.#devices + earned * this.#perMs,
      Math.max(1, burst * this.#perMs),
    );
    this.#filledAt = now;
  }

  whole(): number {
    return Math.floor(this.#devices);
  }

  spend(devices: number): void {
    this.#devices -= devices;
  }
}

/** The most that may come at once, in ms of the pace. */
const burst = 2000;
