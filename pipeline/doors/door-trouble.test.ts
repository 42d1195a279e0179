/**
 * A door while the store is away, full or wrong about a mark. Each case keeps the identity.
 */
import { afterEach, describe, expect, test } from "bun:test";

import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { connectTo, createStage, fall, pack, receiptsOf, type Stage, start } from "./stage.ts";

let stage: Stage;

function set(options?: Parameters<typeof createStage>[0]): Stage {
  stage = createStage(options);
  return stage;
}

afterEach(async () => {
  expect((await stage.accounting()).holds).toBe(true);
});

const accepted = { kind: "accepted" } as const;

describe("a door bears trouble", () => {
  type Mode = "well" | "away" | "mute" | "slow";

  /** Cells that can be taken away, lose the answer of a commit that was done, or take half a second. */
  function fragile(): { wrap: (cells: Cells, clock: Clock) => Cells; mode: Mode } {
    const state: ReturnType<typeof fragile> = {
      mode: "well",
      wrap: (cells, clock) => ({
        ...cells,
        commit: async (units) => {
          const { mode } = state;
          if (mode === "away") throw new Trouble("cells-unreachable", { retry: "safe" });
          if (mode === "slow") await clock.sleep(Millis(500));
          const outcomes = await cells.commit(units);
          if (mode === "mute") throw new Trouble("cells-unreachable", { retry: "ambiguous" });
          return outcomes;
        },
      }),
    };
    return state;
  }

  test("F35, F22: while the store is away nothing is acknowledged, and then everything is", async () => {
    const store = fragile();
    const { connect, pass, door, accounting } = set({ cells: store.wrap });
    const box = connect("X-1");
    box.session.subscribed();
    await pass(Seconds(1));
    store.mode = "away";
    let acknowledged = 0;
    const all = [1, 2, 3].map((seq) =>
      box.publish("B-1/readings", pack("B-1", { seq })).then(() => acknowledged++),
    );
    await pass(Seconds(60));
    expect(acknowledged).toBe(0);
    expect(receiptsOf(box)).toEqual([]);
    expect(door.trouble).toBe("cells-unreachable");
    store.mode = "well";
    await pass(Seconds(5));
    await Promise.all(all);
    expect(door.trouble).toBeUndefined();
    expect((await accounting()).messages).toMatchObject({ sent: 3, stored: 3, repeats: 0 });
  });

  test("F22: a commit whose answer was lost is not done twice, nor counted as a repeat", async () => {
    const store = fragile();
    const { connect, pass, accounting, entries } = set({ cells: store.wrap });
    const box = connect("X-1");
    await pass(Seconds(1));
    store.mode = "mute";
    const sent = [1, 2].map((seq) => box.publish("B-1/readings", pack("B-1", { seq })));
    const event = box.publish("B-1/event", fall("fall-0001", 3));
    await pass(Seconds(1));
    store.mode = "well";
    await pass(Seconds(5));
    expect(await Promise.all([...sent, event])).toEqual([accepted, accepted, accepted]);
    expect(await entries("critical")).toHaveLength(1);
    const stored = (await entries("inbound")).filter(({ channel }) => channel === "readings");
    expect(stored).toHaveLength(2);
    expect((await accounting()).messages).toMatchObject({ sent: 3, stored: 3, repeats: 0 });
  });

  test("F23: five thousand messages that nobody could take are sent again and stored once each", async () => {
    const store = fragile();
    const { connect, pass, accounting } = set({ cells: store.wrap });
    store.mode = "away";
    const seqs = Array.from({ length: 5_000 }, (_, at) => at + 1);
    const first = connect("X-1");
    const unheard = seqs.map((seq) => first.publish("B-1/readings", pack("B-1", { seq })));
    await pass(Seconds(30));
    first.session.ended("cut");
    const second = connect("X-1");
    const again = seqs.map((seq) => second.publish("B-1/readings", pack("B-1", { seq })));
    store.mode = "well";
    await pass(Minutes(10));
    expect(await Promise.all(again)).toEqual(seqs.map(() => accepted));
    await Promise.all(unheard);
    const { messages, readings } = await accounting();
    expect(messages).toMatchObject({ sent: 5_000, stored: 5_000, inFlight: 0 });
    expect(readings.stored).toBe(5_000);
  });

  test("what the door cannot hold is turned away, an emergency is not", async () => {
    const store = fragile();
    const { connect, pass, door } = set({ cells: store.wrap });
    const box = connect("X-1");
    store.mode = "away";
    const big = new Uint8Array(65_536);
    const held = Array.from({ length: 1_024 }, () => box.publish("B-1/readings", big));
    expect(door.accepting).toBe(false);
    const turned = { kind: "disconnect", reason: "overloaded" } as const;
    expect(await box.publish("B-1/readings", pack("B-1", { seq: 1 }))).toEqual(turned);
    const emergency = box.publish("B-1/event", fall("fall-0001", 2));
    store.mode = "well";
    await pass(Minutes(2));
    expect(await emergency).toEqual(accepted);
    expect(await Promise.all(held)).toEqual(held.map(() => accepted));
    expect(door.accepting).toBe(true);
  });

  test("a receipt never tells what is not durable yet", async () => {
    const store = fragile();
    const { connect, pass } = set({ cells: store.wrap });
    const box = connect("X-1");
    box.session.subscribed();
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    store.mode = "slow";
    const second = box.publish("B-1/readings", pack("B-1", { seq: 2 }));
    await pass(Seconds(0.3));
    expect(receiptsOf(box).map(({ upTo }) => upTo)).toEqual([1]);
    await pass(Seconds(1));
    await second;
    expect(receiptsOf(box).at(-1)?.upTo).toBe(2);
  });

  test("two doors with wrong guesses about one counter lose and repeat nothing", async () => {
    const { connect, open, accounting, entries } = set();
    const one = connect("X-1");
    const two = connectTo(open("other"), "X-1", "nice");
    const odd = [1, 3, 5].map((seq) => one.publish("B-1/readings", pack("B-1", { seq })));
    const even = [2, 4, 6].map((seq) => two.publish("B-1/readings", pack("B-1", { seq })));
    await Promise.all([...odd, ...even]);
    await Promise.all([
      one.publish("B-1/event", fall("fall-0001", 7)),
      two.publish("B-1/event", fall("fall-0001", 7)),
    ]);
    expect(await entries("critical")).toHaveLength(1);
    expect((await accounting()).messages).toMatchObject({ sent: 7, stored: 7, repeats: 1 });
  });

  test("F35: as memory runs out activity waits, then vital signs, an emergency never", async () => {
    const { connect, pass, redis, accounting } = set();
    const box = connect("X-1");
    await pass(Seconds(5));
    const { used } = await redis.cells.memory();
    const steps = [
      ...pack("B-1", { seq: 1 }, { rates: [] }),
      { n: "steps", u: "count", v: 10, t: start / 1000, d: 1800 },
    ];
    redis.limit(Math.floor(used / 0.87));
    await pass(Seconds(5));
    const shed = box.publish("B-1/readings", steps);
    expect(await box.publish("B-1/readings", pack("B-1", { seq: 2 }))).toEqual(accepted);
    redis.limit(Math.floor((await redis.cells.memory()).used / 0.91));
    await pass(Seconds(5));
    const vital = box.publish("B-1/readings", pack("B-1", { seq: 3 }));
    expect(await box.publish("B-1/event", fall("fall-0001", 4))).toEqual(accepted);
    expect((await accounting()).messages).toMatchObject({ stored: 2, inFlight: 2 });
    redis.limit(0);
    await pass(Seconds(5));
    expect(await Promise.all([shed, vital])).toEqual([accepted, accepted]);
  });

  test("F35: as memory comes back vital signs go on, and activity waits again", async () => {
    const { connect, pass, redis, accounting } = set();
    const box = connect("X-1");
    await pass(Seconds(5));
    const { used } = await redis.cells.memory();
    redis.limit(Math.floor(used / 0.95));
    await pass(Seconds(5));
    const steps = [
      ...pack("B-1", { seq: 1 }, { rates: [] }),
      { n: "steps", u: "count", v: 10, t: start / 1000, d: 1800 },
    ];
    const shed = box.publish("B-1/readings", steps);
    const vital = box.publish("B-1/readings", pack("B-1", { seq: 2 }));
    await pass(Seconds(5));
    expect((await accounting()).messages.stored).toBe(0);
    redis.limit(Math.floor((await redis.cells.memory()).used / 0.87));
    await pass(Seconds(5));
    expect(await vital).toEqual(accepted);
    expect((await accounting()).messages.stored).toBe(1);
    redis.limit(0);
    await pass(Seconds(5));
    expect(await shed).toEqual(accepted);
  });

  test("a store that is away for hours is asked by one, however much waits for it", async () => {
    const asked = { times: 0, away: true };
    const wrap = (cells: Cells): Cells => ({
      ...cells,
      get: async (key, field) => {
        asked.times += 1;
        if (asked.away) throw new Trouble("cells-unreachable", { retry: "ambiguous" });
        return cells.get(key, field);
      },
    });
    const { connect, pass, door, accounting } = set({ cells: wrap });
    const box = connect("X-1");
    const epochs = Array.from({ length: 100 }, (_, at) => `e${at}`);
    const held = epochs.map((epoch) => box.publish("B-1/readings", pack("B-1", { seq: 1, epoch })));
    const sent = [{ device: "B-1", epoch: "e0", seq: 2 }];
    const buffer = { depth: 0, oldest: null };
    await pass(Minutes(1));
    const before = asked.times;
    for (let beat = 0; beat < 120; beat += 1) {
      await box.publish("X-1/alive", { t: start, sent, links: [], buffer, power: "mains" });
      await pass(Seconds(30));
    }
    // Two seconds at most between two tries, one at least; a sweep may ask for itself.
    expect(asked.times - before).toBeLessThan(1.2 * 3600);
    asked.away = false;
    await pass(Seconds(10));
    expect(await Promise.all(held)).toEqual(held.map(() => accepted));
    expect(door.trouble).toBeUndefined();
    expect((await accounting()).messages).toMatchObject({ stored: 100, inFlight: 1 });
  });

  test("a connection that ends leaves nothing waiting behind", async () => {
    const { connect, pass, redis, metrics } = set();
    const box = connect("X-1");
    await pass(Seconds(5));
    redis.limit(Math.floor((await redis.cells.memory()).used / 0.95));
    await pass(Seconds(5));
    const shed = box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    box.session.ended("cut");
    expect(await shed).toEqual({ kind: "disconnect", reason: "ended" });
    expect(await metrics.text()).toContain("vigie_door_held 0");
    redis.limit(0);
  });
});
