import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createScheduler, type Scheduler, type Task } from "./scheduler.ts";

/** A clock that runs its scheduler whenever it asked for it, late by as much as a test says. */
class Lateness {
  time = 0;
  wakeAt = Infinity;
  readonly scheduler: Scheduler = createScheduler(
    {
      now: () => this.time,
      wake: (at) => {
        this.wakeAt = at;
      },
    },
    10,
  );

  run(until: number, late: () => number = () => 0): void {
    while (this.wakeAt <= until) {
      this.time = Math.max(this.time, this.wakeAt + late());
      this.wakeAt = Infinity;
      this.scheduler.step();
    }
    this.time = Math.max(this.time, until);
  }
}

/** A task that writes down when it runs. */
function recording(periodMs: number): Task & { readonly turns: number[] } {
  const turns: number[] = [];
  const run = (now: number): boolean => {
    turns.push(now);
    return false;
  };
  return { name: `every ${periodMs}`, periodMs, run, turns };
}

describe("WB-12: tasks run at their periods", () => {
  test("each within one tick, for a day, whatever the others are", () => {
    const periods = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), {
      minLength: 1,
      maxLength: 6,
    });
    const law = fc.property(periods, (all) => {
      const host = new Lateness();
      const tasks = all.map((tens) => recording(10 * tens));
      for (const task of tasks) host.scheduler.add(task);
      host.run(60_000);
      for (const { periodMs, turns } of tasks) {
        expect(turns).toHaveLength(Math.floor(60_000 / periodMs));
        turns.forEach((at, index) => {
          expect(Math.abs(at - (index + 1) * periodMs)).toBeLessThanOrEqual(10);
        });
      }
      expect(host.scheduler.missed()).toBe(0);
    });
    fc.assert(law, { numRuns: 30 });
  });

  test("a late turn makes no later one late, and one that was missed is counted, not made up for", () => {
    const host = new Lateness();
    const task = recording(100);
    host.scheduler.add(task);
    let turn = 0;
    host.run(1000, () => {
      turn += 1;
      return turn === 3 ? 250 : 0;
    });
    expect(task.turns).toEqual([100, 200, 550, 600, 700, 800, 900, 1000]);
    expect(host.scheduler.missed()).toBe(2);
  });

  test("a task of another period keeps to the new one from then on", () => {
    const host = new Lateness();
    const task = recording(100);
    const turn = host.scheduler.add(task);
    host.run(200);
    turn.every(40, 200);
    host.run(300);
    turn.every(40, 300);
    expect(task.turns).toEqual([100, 200, 240, 280]);
  });
});

describe("tasks that are woken", () => {
  test("run once, at the earliest time that was asked for, on the next tick", () => {
    const host = new Lateness();
    const task = recording(0);
    const turn = host.scheduler.add(task);
    turn.wake(503);
    turn.wake(205);
    host.run(1000);
    expect(task.turns).toEqual([210]);
    turn.wake(1500);
    turn.rest();
    host.run(2000);
    expect(task.turns).toEqual([210]);
  });

  test("a woken turn in between takes away none of the grid's, nor a later one", () => {
    const host = new Lateness();
    const task = recording(100);
    const turn = host.scheduler.add(task);
    turn.wake(150);
    host.run(300);
    expect(task.turns).toEqual([100, 150, 200, 300]);
  });

  test("one that wants to go on gets another turn only after all others had theirs", () => {
    const host = new Lateness();
    const order: string[] = [];
    let left = 3;
    const busy = host.scheduler.add({
      ...{ name: "busy", periodMs: 0 },
      run: () => {
        order.push("busy");
        left -= 1;
        return left > 0;
      },
    });
    const other = host.scheduler.add({
      ...{ name: "other", periodMs: 0 },
      run: () => {
        order.push("other");
        return false;
      },
    });
    busy.wake(0);
    other.wake(0);
    host.run(100);
    expect(order).toEqual(["busy", "other", "busy", "busy"]);
  });
});
