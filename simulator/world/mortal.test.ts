import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { isTrouble } from "#platform/trouble.ts";
import { Instant, Millis } from "#wire/units.ts";

import { Mortal } from "./mortal.ts";
import { Store, type StoreWeather } from "./store.ts";

const calm: StoreWeather = {
  latency: { low: Millis(5), high: Millis(5) },
  failsBefore: 0,
  failsAfter: 0,
};

function stage(weather: Partial<StoreWeather> = {}) {
  const clock = createVirtualClock({ start: Instant(1_760_000_000_000) });
  const redis = createMemoryRedis(clock);
  const store = new Store(redis, { clock, random: createSeededRandom(1) });
  store.weather = { ...calm, ...weather };
  const process = new Mortal(clock);
  const { cells } = store.connect(process);
  const said: string[] = [];
  const write = (value: string) =>
    cells.commit([{ checks: [], writes: [{ op: "HSET", key: "k", field: "f", value }] }]).then(
      () => void said.push(`${value} done`),
      (error: unknown) =>
        void said.push(`${value} ${isTrouble(error) ? error.retry : "failed otherwise"}`),
    );
  const held = () => redis.cells.get("k", "f");
  return { clock, store, process, said, write, held };
}

describe("a process that is killed", () => {
  test("runs none of its timers, and is answered nothing, though what it asked for happens", async () => {
    const { clock, process, said, write, held } = stage();
    process.clock.after(Millis(20), "late", () => said.push("late"));
    void write("asked");
    await clock.advance({ by: Millis(1) });
    process.kill();
    void write("never");
    await clock.advance({ by: Millis(100) });
    expect(said).toEqual([]);
    expect(await held()).toBe("asked");
  });
});

describe("a process that is stopped", () => {
  test("takes up late, and in order, what has come meanwhile", async () => {
    const { clock, process, said, write } = stage();
    void write("one");
    process.clock.after(Millis(50), "timer", () => said.push("timer"));
    process.stop();
    await clock.advance({ by: Millis(100) });
    expect(said).toEqual([]);
    process.resume();
    await clock.advance({ by: Millis(0) });
    expect(said.toSorted()).toEqual(["one done", "timer"]);
  });
});

describe("the road to the store", () => {
  test("a call that fails before has not happened", async () => {
    const { clock, said, write, held } = stage({ failsBefore: 1 });
    void write("x");
    await clock.advance({ by: Millis(100) });
    expect([...said, await held()]).toEqual(["x ambiguous", null]);
  });

  test("a call that fails after has happened", async () => {
    const { clock, said, write, held } = stage({ failsAfter: 1 });
    void write("x");
    await clock.advance({ by: Millis(100) });
    expect([...said, await held()]).toEqual(["x ambiguous", "x"]);
  });

  test("an outage fails what comes, and the answers that were on their way", async () => {
    const { clock, store, said, write, held } = stage();
    void write("before");
    await clock.advance({ by: Millis(1) });
    store.isReachable = false;
    await clock.advance({ by: Millis(100) });
    void write("during");
    await clock.advance({ by: Millis(100) });
    expect(said).toEqual(["before ambiguous", "during ambiguous"]);
    expect(await held()).toBeNull();
  });

  test("the calls of one process keep their order", async () => {
    const { clock, said, write, held } = stage({ latency: { low: Millis(0), high: Millis(50) } });
    for (let n = 0; n < 20; n += 1) void write(String(n));
    await clock.advance({ by: Millis(1_000) });
    expect(said).toEqual(Array.from({ length: 20 }, (_, n) => `${n} done`));
    expect(await held()).toBe("19");
  });
});
