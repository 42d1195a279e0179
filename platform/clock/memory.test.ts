import { expect, test } from "bun:test";

import { failureOf } from "#platform/failure.ts";
import { Instant, Millis, Minutes, Seconds } from "#wire/units.ts";

import { clockContract } from "./contract.ts";
import { createVirtualClock } from "./memory.ts";

const start = Instant(1_700_000_000_000);

clockContract("virtual", () => {
  const clock = createVirtualClock({ start });
  return { clock, pass: (ms) => clock.advance({ by: Millis(ms) }) };
});

test("timers run in the order of their instants, then of their creation", async () => {
  const clock = createVirtualClock({ start });
  const seen: string[] = [];
  clock.after(Seconds(2), "late", () => seen.push(`late ${clock.now() - start}`));
  clock.after(Seconds(1), "first", () => seen.push(`first ${clock.now() - start}`));
  clock.after(Seconds(1), "second", () => seen.push(`second ${clock.now() - start}`));
  await clock.advance({ by: Seconds(1) });
  expect(seen).toEqual(["first 1000", "second 1000"]);
  expect(clock.waiting()).toEqual(["late"]);
  await clock.advance({ to: Instant(start + 5000) });
  expect(seen.at(-1)).toBe("late 2000");
  expect(clock.now()).toBe(Instant(start + 5000));
  expect(clock.monotonic()).toBe(5000);
});

test("promises go on as far as they can before the next timer runs", async () => {
  const clock = createVirtualClock({ start });
  const seen: string[] = [];
  const walk = async (): Promise<void> => {
    await clock.sleep(Seconds(1));
    for (let step = 0; step < 100; step += 1) await Promise.resolve();
    seen.push(`walked at ${clock.monotonic()}`);
    await clock.sleep(Millis(1));
    seen.push(`rested at ${clock.monotonic()}`);
  };
  const done = walk();
  clock.after(Seconds(1), "behind", () => seen.push("behind"));
  await clock.advance({ by: Seconds(2) });
  await done;
  expect(seen).toEqual(["walked at 1000", "behind", "rested at 1001"]);
});

test("a periodic timer runs once a period, and not again once cancelled", async () => {
  const clock = createVirtualClock({ start });
  const seen: number[] = [];
  const timer = clock.every(Seconds(10), "beat", () => {
    seen.push(clock.monotonic());
    if (seen.length === 3) timer.cancel();
  });
  await clock.advance({ by: Minutes(2) });
  expect(seen).toEqual([10_000, 20_000, 30_000]);
  expect(clock.next()).toBeNull();
});

test("a timer cancelled by another of the same instant does not run", async () => {
  const clock = createVirtualClock({ start });
  let ran = false;
  clock.after(Seconds(1), "canceller", () => victim.cancel());
  const victim = clock.after(Seconds(1), "victim", () => (ran = true));
  await clock.advance({ by: Seconds(1) });
  expect(ran).toBe(false);
});

test("what never rests is a bug, with its name", async () => {
  const clock = createVirtualClock({ start });
  const again = (): void => void clock.after(Millis(0), "restless", again);
  again();
  const failure = await failureOf(clock.advance({ by: Seconds(1) }, { most: 1000 }));
  expect(String(failure)).toContain("restless");
});

test("ten thousand timers in any order come out sorted", async () => {
  const clock = createVirtualClock({ start });
  const seen: number[] = [];
  for (let index = 0; index < 10_000; index += 1) {
    clock.after(Millis((index * 7919) % 10_007), "one", () => seen.push(clock.monotonic()));
  }
  await clock.advance({ by: Seconds(20) });
  expect(seen).toHaveLength(10_000);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test("timers set and cancelled again and again leave nothing behind", async () => {
  const clock = createVirtualClock({ start });
  let late = 0;
  clock.after(Minutes(5), "kept", () => (late = clock.monotonic()));
  for (let round = 0; round < 5000; round += 1) {
    const timer = clock.after(Minutes(1), "guard", () => expect.unreachable());
    await clock.advance({ by: Millis(10) });
    timer.cancel();
    timer.cancel();
  }
  expect(clock.waiting()).toEqual(["kept"]);
  await clock.advance({ by: Minutes(10) });
  expect(late).toBe(300_000);
});
