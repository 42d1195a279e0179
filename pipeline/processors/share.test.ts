/** Workers of one group hold about as many partitions each, whoever comes and goes. */
import { expect, test } from "bun:test";

import { after, pulse } from "#twins/specimens.ts";
import { Seconds } from "#wire/units.ts";

import { createRunner, type Runner } from "./runner.ts";
import { createScene } from "./scene.ts";

/** Runners that step every second, the partitions that each holds, and what they were given. */
function open() {
  const scene = createScene({ homes: 40, partitions: 16 });
  const held = new Map<string, Set<number>>();
  const seen: string[] = [];
  const live = new Set<Runner>();
  const begin = (owner: string): Runner => {
    const mine = new Set<number>();
    held.set(owner, mine);
    const runner = createRunner(scene.as(owner), {
      group: "recorder",
      take: async ({ partition }) => void mine.add(partition),
      drop: ({ partition }) => void mine.delete(partition),
      tick: async () => undefined,
      settle: async ({ entries }) => {
        seen.push(...entries.map(({ box, seq }) => `${box} ${seq}`));
        return "settled";
      },
    });
    live.add(runner);
    return runner;
  };
  return {
    scene,
    seen,
    begin,
    end: (runner: Runner) => live.delete(runner),
    counts: () => [...held.values()].map(({ size }) => size),
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        for (const runner of live) await runner.step();
        await scene.clock.advance({ by: Seconds(1) });
      }
    },
  };
}

test("BK-18: one holds all, two half each, three a third, and those who stay take over", async () => {
  const { begin, end, pass, counts } = open();
  begin("a");
  await pass(1);
  expect(counts()).toEqual([16]);
  const second = begin("b");
  await pass(15);
  expect(counts()).toEqual([8, 8]);
  const third = begin("c");
  await pass(20);
  expect(counts().toSorted((a, b) => a - b)).toEqual([4, 6, 6]);
  await second.close();
  end(second);
  await pass(15);
  expect(counts()).toEqual([8, 0, 8]);
  // Killed: it says nothing, and its leases run out.
  end(third);
  await pass(40);
  expect(counts()[0]).toBe(16);
});

test("F32: no entry is lost or given twice to one who lives while partitions change hands", async () => {
  const { scene, seen, begin, pass } = open();
  begin("a");
  const said: string[] = [];
  for (let seq = 1; seq <= 30; seq++) {
    for (let home = 0; home < 40; home++) {
      await scene.say(pulse(70, after(seq), { seq, device: `B-${home}`, box: `X-${home}` }));
      said.push(`X-${home} ${seq}`);
    }
    if (seq === 10) begin("b");
    if (seq === 20) begin("c");
    await pass(1);
  }
  await pass(30);
  expect(seen.toSorted()).toEqual(said.toSorted());
});
