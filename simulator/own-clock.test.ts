import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { begun, HomeScene } from "./home-scene.ts";
import { OwnClock } from "./own-clock.ts";
import { seededResident } from "./wearers/seeded.ts";

describe("a home's own clock", () => {
  test("does the same whether a time is lived in one stride or in many", () => {
    const live = (strides: readonly number[]): string[] => {
      const clock = new OwnClock(begun, createVirtualClock({ start: begun }));
      const done: string[] = [];
      const note = (what: string): void => void done.push(`${what} at ${clock.now() - begun}`);
      clock.every(Seconds(7), "often", () => note("often"));
      clock.every(Minutes(1), "seldom", () => {
        note("seldom");
        void Promise.resolve().then(() => clock.after(Seconds(3), "late", () => note("late")));
      });
      let t: number = begun;
      for (const stride of strides) clock.advance((t += stride));
      clock.advance(begun + Minutes(10));
      return done;
    };
    fc.assert(
      fc.property(fc.array(fc.nat(Minutes(1)), { maxLength: 10 }), (strides) => {
        expect(live(strides)).toEqual(live([]));
      }),
    );
  });

  test("goes with the world once both have met, each timer at its own instant, and never back", async () => {
    const world = createVirtualClock({ start: begun });
    const clock = new OwnClock(begun - Hours(1), world);
    const rung: number[] = [];
    clock.every(Minutes(25), "bell", () => rung.push(clock.now() - begun));
    clock.advance(begun);
    clock.meet();
    await world.advance({ by: Hours(1) });
    clock.stop();
    await world.advance({ by: Hours(1) });
    expect(rung).toEqual([-35, -10, 15, 40].map((minutes) => Minutes(1) * minutes));
    expect(clock.now()).toBeGreaterThanOrEqual(begun + Minutes(40));
  });
});

test("a home says the same whether its past is lived in one stride or in many", async () => {
  const live = async (strides: number): Promise<string[]> => {
    const past = Hours(6);
    const resident = seededResident("means", 5);
    const scene = new HomeScene({ setup: { ...resident, start: begun - past }, isPast: true });
    for (let n = 1; n <= strides; n += 1) scene.home.advance(begun - past + (past * n) / strides);
    scene.meet();
    await scene.pass(Millis(Minutes(1)));
    return scene.cloud.taken.map(({ text }) => text);
  };
  const said = await live(1);
  expect(said.length).toBeGreaterThan(30);
  expect(await live(500)).toEqual(said);
});
