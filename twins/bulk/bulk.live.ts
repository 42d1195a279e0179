/**
 * Goal: a change of a hundred thousand devices is tried in under five seconds, written, and taken back exactly, on a real
 * Redis and while others write.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { assert } from "#platform/assert.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { type LiveTrial, openLiveTrial } from "#platform/redis/live-trial.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { openFleet } from "#twins/fleet.ts";
import { keysFor } from "#twins/keys.ts";
import { device } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";

import type { BulkPlan, BulkStep } from "./change.ts";
import { forecast } from "./forecast.ts";
import { rivalsOf } from "./rivals.ts";
import { openBulkRunner } from "./runner.ts";
import { planFor } from "./scene.ts";
import { createBulkStore } from "./store.ts";

const count = 100_000;
const patience = 120_000;

let trial: LiveTrial;
beforeAll(async () => {
  trial = await openLiveTrial();
});
afterAll(() => trial.close());

async function inHandfuls<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += 1000) {
    await Promise.all(all.slice(from, from + 1000).map(work));
  }
}

test(
  "a hundred thousand devices are tried within 5 s, written, and put back exactly while others write",
  async () => {
    const { cells, streams } = trial;
    const keys = keysFor(16);
    const clock = realClock;
    const twins = createTwinStore({ cells, keys, clock });
    const bands = Array.from({ length: count }, (_, at) => device(`B-${at}`, `X-${at}`));
    await inHandfuls(bands, (band) => twins.create(band));
    const members = bands.map(({ serial }) => serial);
    const fleet = openFleet({ cells, streams, keys, clock, log: silent, twins });
    const writer = createTwinWriter({ store: twins, cells, keys, clock, written: fleet.wrote });
    const store = createBulkStore({ cells, keys, clock });
    while (!fleet.isBuilt()) await clock.sleep(Millis(50));

    const begun = performance.now();
    const plan: BulkPlan = planFor(count, { perMinute: 60_000_000, at: clock.now() });
    const size = { devices: count, homes: count };
    const seen = await forecast(twins, { plan, members, fleet: size, now: clock.now() });
    expect(await rivalsOf(store, plan, members)).toEqual([]);
    await store.make(plan, members);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(seen.changed).toBe(count);

    const step = async (...acts: readonly BulkStep["act"][]): Promise<void> => {
      for (const act of acts) await store.step(plan, { act, at: clock.now(), by: "u:other" });
    };
    const until = async (state: string): Promise<void> => {
      for (let waited = 0; (await store.get(plan))?.standing.state !== state; waited += 100) {
        assert(waited < patience, `the change comes to ${state}`);
        await clock.sleep(Millis(100));
      }
    };
    const runner = openBulkRunner({
      ...{ store, writer, fleet, cells, keys, clock },
      owner: "live",
      log: silent,
    });
    const touched = members.filter((_, at) => at % 50 === 0);
    const write = (serial: Serial) =>
      writer.write(serial, (twin, now) => {
        assert(twin !== null, "it exists");
        const author = { by: "u:somebody" };
        const edited = editTwin(
          twin,
          { desired: { config: { profile: "seed" } } },
          { author, now },
        );
        return { kind: "edited", after: edited.twin, changed: edited.changed, ...author };
      });
    await step("approve", "start");
    const others = inHandfuls(touched, write);
    await until("settling");
    await others;
    await step("undo");
    await until("undone");

    const wrong: Serial[] = [];
    for (let from = 0; from < count; from += 1000) {
      const some = members.slice(from, from + 1000);
      for (const [at, twin] of (await twins.readMany(some)).entries()) {
        const expected = (from + at) % 50 === 0 ? "seed" : undefined;
        if (twin?.parts.config?.desired["profile"] !== expected) wrong.push(some[at]!);
      }
    }
    expect(wrong).toEqual([]);
    const { tally } = (await store.get(plan))!.standing;
    expect(tally.undone + tally.conflict).toBe(count);
    await runner.close();
    await fleet.close();
  },
  2 * patience,
);
