/** Goal: a program that ends or hangs is running again within the minute. Method: programs that are promises. */
import { expect, test } from "bun:test";

import type { Child } from "#platform/children.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { Instant, Minutes, Seconds } from "#wire/units.ts";

import { openWatchdog, sayEvery } from "./watchdog.ts";

function scene() {
  const clock = createVirtualClock({ start: Instant(0) });
  const started: { readonly at: number; readonly alive: () => void; end(): void; stops: number }[] =
    [];
  const start = (alive: () => void): Child => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const run = { at: clock.monotonic(), alive, end: () => resolve(1), stops: 0 };
    started.push(run);
    const stop = async (): Promise<void> => {
      run.stops += 1;
      resolve(0);
    };
    return { pid: started.length, exited: promise, stop };
  };
  const random = createSeededRandom(1);
  const dog = openWatchdog({ name: "box", start, clock, random, log: silent });
  const live = async (minutes: number): Promise<void> => {
    for (let at = 0; at < Minutes(minutes); at += sayEvery) {
      started.at(-1)!.alive();
      await clock.advance({ by: sayEvery });
    }
  };
  return { clock, started, dog, live };
}

test("a program that says that it lives is left alone", async () => {
  const { started, live } = scene();
  await live(60);
  expect(started).toHaveLength(1);
  expect(started[0]?.stops).toBe(0);
});

test("BX-28: one that falls silent is ended and started again within a minute", async () => {
  const { clock, started, live } = scene();
  await live(5);
  const silentSince = clock.monotonic();
  await clock.advance({ by: Minutes(1) });
  expect(started[0]?.stops).toBe(1);
  expect(started).toHaveLength(2);
  expect(started[1]!.at - silentSince).toBeLessThan(Seconds(60));
});

test("BX-02: one that ends is started again, at once after a long life", async () => {
  const { clock, started, live } = scene();
  for (let life = 1; life < 4; life += 1) {
    await live(10);
    const at = clock.monotonic();
    started.at(-1)!.end();
    await clock.advance({ by: Seconds(2) });
    expect(started).toHaveLength(life + 1);
    expect(started.at(-1)!.at - at).toBeLessThan(Seconds(2));
  }
});

test("one that cannot start is tried again for ever, four times a minute", async () => {
  const { clock, started } = scene();
  const before = started.length;
  for (let second = 0; second < 600; second += 1) {
    started.at(-1)!.end();
    await clock.advance({ by: Seconds(1) });
  }
  expect(started.length - before).toBeWithin(35, 60);
});

test("one that was stopped is not started again, and a beat of one before says nothing", async () => {
  const { clock, started, dog } = scene();
  started[0]!.end();
  await clock.advance({ by: Seconds(5) });
  for (let at = 0; at < Minutes(1); at += sayEvery) {
    started[0]!.alive();
    await clock.advance({ by: sayEvery });
  }
  expect(started[1]?.stops).toBe(1);
  await dog.stop();
  await clock.advance({ by: Minutes(5) });
  expect(started.length).toBeLessThanOrEqual(3);
});
