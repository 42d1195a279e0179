/**
 * The runner's promises, with a worker that only remembers: nothing lost, nothing stuck, critical first, one holder.
 */
import { describe, expect, test } from "bun:test";

import { Trouble } from "#platform/trouble.ts";
import { after, entryOf, pulse, start } from "#twins/specimens.ts";
import type { StreamEntry } from "#wire/entry.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { replayDead } from "./dead.ts";
import { createRunner, type Runner } from "./runner.ts";
import { createScene, type Scene } from "./scene.ts";
import type { Worker } from "./worker.ts";

/** Remembers the numbers it was given; `fails` may throw for an entry before it takes effect. */
function createRecorder(fails: (entry: StreamEntry) => void = () => undefined) {
  const batches: number[][] = [];
  const worker: Worker = {
    group: "recorder",
    take: async () => undefined,
    drop: () => undefined,
    tick: async () => undefined,
    settle: async ({ entries }) => {
      for (const entry of entries) fails(entry);
      batches.push(entries.map(({ seq }) => seq));
      return "settled";
    },
  };
  return { worker, batches, seen: () => batches.flat() };
}

/** A routine entry of home X-1 with that number. */
function routine(seq: number, home = 1): StreamEntry {
  return pulse(70, after(seq), { seq, device: `B-${home}`, box: `X-${home}` });
}

function fall(seq: number): StreamEntry {
  return entryOf("event", { id: `event-${seq}`, kind: "fall", t: after(seq) }, { seq });
}

async function sayMany(scene: Scene, count: number): Promise<void> {
  for (let seq = 1; seq <= count; seq += 1) await scene.say(routine(seq));
}

/** Steps, letting time pass, until there is nothing to do for `quiet`. */
async function settleAll(scene: Scene, runner: Runner): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await runner.drain();
    await scene.clock.advance({ by: Seconds(1) });
  }
}

describe("entries", () => {
  test("BK-01: wait while no processor runs, and are all settled afterwards, in order", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder();
    await createRunner(scene.as("a"), worker).drain();
    await sayMany(scene, 1000);
    await scene.clock.advance({ by: Minutes(10) });
    expect(await createRunner(scene.as("a"), worker).drain()).toBe(1000);
    expect(seen()).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
  });

  test("BK-17, H-07: critical ones come first, however many routine ones wait", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder();
    const runner = createRunner(scene.as("a"), worker);
    await sayMany(scene, 10_000);
    await runner.step();
    const before = seen().length;
    expect(before).toBeLessThan(10_000);
    await scene.say(fall(77_777));
    await runner.step();
    expect(seen()[before]).toBe(77_777);
  });

  test("BK-18: of one home keep their order while partitions go on side by side", async () => {
    const scene = createScene({ homes: 8 });
    const { worker } = createRecorder();
    const order = new Map<string, number[]>();
    const remember: Worker = {
      ...worker,
      settle: async ({ entries }) => {
        for (const { device, seq } of entries)
          order.set(device, [...(order.get(device) ?? []), seq]);
        return "settled";
      },
    };
    for (let seq = 1; seq <= 50; seq += 1) {
      for (let home = 0; home < 8; home += 1) await scene.say(routine(seq, home));
    }
    await createRunner(scene.as("a"), remember).drain();
    expect(order.size).toBe(8);
    for (const seqs of order.values()) expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });
});

describe("F32: a process that dies", () => {
  test("between read and commit leaves its entries to its next life", async () => {
    const scene = createScene();
    await sayMany(scene, 5);
    const { worker: dying } = createRecorder();
    const never = { ...dying, settle: () => new Promise<"settled">(() => undefined) };
    void createRunner(scene.as("a"), never).step();
    await scene.clock.advance({ by: Millis(1) });
    const { worker, seen } = createRecorder();
    expect(await createRunner(scene.as("a"), worker).drain()).toBe(5);
    expect(seen()).toEqual([1, 2, 3, 4, 5]);
  });

  test("between commit and acknowledgement has the same entries handed over once more", async () => {
    const scene = createScene();
    await sayMany(scene, 5);
    const first = createRecorder();
    const streams = { ...scene.streams, acknowledge: () => new Promise<void>(() => undefined) };
    void createRunner({ ...scene.as("a"), streams }, first.worker).step();
    await scene.clock.advance({ by: Millis(1) });
    expect(first.seen()).toEqual([1, 2, 3, 4, 5]);
    const second = createRecorder();
    await createRunner(scene.as("a"), second.worker).drain();
    expect(second.seen()).toEqual([1, 2, 3, 4, 5]);
    expect((await scene.streams.groups(scene.keys.inbound(scene.keys.of("X-1"))))[0]?.pending).toBe(
      0,
    );
  });

  test("for good is replaced by another process once its lease has run out", async () => {
    const scene = createScene();
    const { worker } = createRecorder();
    await createRunner(scene.as("a"), worker).step();
    await sayMany(scene, 3);
    const other = createRecorder();
    const runner = createRunner(scene.as("b"), other.worker);
    expect(await runner.drain()).toBe(0);
    await scene.clock.advance({ by: Seconds(16) });
    expect(await runner.drain()).toBe(3);
  });
});

describe("F33: an entry that the worker fails at", () => {
  const poison = (entry: StreamEntry): void => {
    if (entry.seq === 3) throw new TypeError("a value that nobody expected");
  };

  test("is given up after five tries, with its text, and the partition goes on", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder(poison);
    const runner = createRunner(scene.as("a"), worker);
    await sayMany(scene, 5);
    await runner.drain();
    expect(seen()).toEqual([1, 2, 4, 5]);
    await scene.say(routine(6));
    await settleAll(scene, runner);
    expect(seen()).toEqual([1, 2, 4, 5, 6]);
    const p = scene.keys.of("X-1");
    const [letter, ...others] = await scene.all(scene.keys.dead(p));
    expect(others).toEqual([]);
    expect(letter?.fields).toMatchObject({
      body: routine(3).body,
      seq: "3",
      "dead:group": "recorder",
      "dead:tries": "5",
      "dead:error": "TypeError",
    });
    expect((await scene.streams.groups(scene.keys.inbound(p)))[0]?.pending).toBe(0);
  });

  test("is settled when it is replayed once the worker is mended", async () => {
    const scene = createScene();
    await sayMany(scene, 3);
    await settleAll(scene, createRunner(scene.as("a"), createRecorder(poison).worker));
    const p = scene.keys.of("X-1");
    expect(await replayDead(scene, p)).toBe(1);
    expect(await scene.all(scene.keys.dead(p))).toEqual([]);
    const mended = createRecorder();
    await createRunner(scene.as("a"), mended.worker).drain();
    expect(mended.seen()).toEqual([3]);
  });

  test("that takes the process down each time is given up too, and alone", async () => {
    const scene = createScene();
    await sayMany(scene, 4);
    for (let life = 0; life < 7; life += 1) {
      const { worker } = createRecorder();
      const crash: Worker = {
        ...worker,
        settle: (batch) =>
          batch.entries.some(({ seq }) => seq === 2)
            ? new Promise(() => undefined)
            : worker.settle(batch),
      };
      void createRunner(scene.as("a"), crash).step();
      await scene.clock.advance({ by: Seconds(1) });
    }
    const dead = await scene.all(scene.keys.dead(scene.keys.of("X-1")));
    expect(dead.map(({ fields }) => [fields["seq"], fields["dead:error"]])).toEqual([
      ["2", "crash"],
    ]);
    expect((await scene.streams.groups(scene.keys.inbound(scene.keys.of("X-1"))))[0]?.pending).toBe(
      0,
    );
  });

  test("or that is none, does not stop the others", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder();
    const runner = createRunner(scene.as("a"), worker);
    await scene.streams.append(scene.keys.inbound(scene.keys.of("X-1")), { garbage: "x" });
    await sayMany(scene, 2);
    await settleAll(scene, runner);
    expect(seen()).toEqual([1, 2]);
    expect(await scene.all(scene.keys.dead(scene.keys.of("X-1")))).toHaveLength(1);
  });
});

describe("while Redis is away", () => {
  test("a batch in hand is kept, tried again, and never counted as a failure of its entries", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder(() => {
      if (away) throw new Trouble("cells-unreachable", { retry: "ambiguous" });
    });
    let away = true;
    const runner = createRunner(scene.as("a"), worker);
    await sayMany(scene, 3);
    for (let tries = 0; tries < 8; tries += 1) {
      expect(await runner.step().catch((trouble: Trouble) => trouble.code)).toBe(
        "cells-unreachable",
      );
      await scene.clock.advance({ by: Seconds(1) });
    }
    away = false;
    expect(await runner.drain()).toBe(3);
    expect(seen()).toEqual([1, 2, 3]);
    expect(await scene.all(scene.keys.dead(scene.keys.of("X-1")))).toEqual([]);
  });

  test("an entry of an earlier life is not given up, however long Redis refuses what it changes", async () => {
    const scene = createScene();
    await sayMany(scene, 1);
    const stuck = { ...createRecorder().worker, settle: () => new Promise<never>(() => undefined) };
    void createRunner(scene.as("a"), stuck).step();
    await scene.clock.advance({ by: Seconds(1) });
    let full = true;
    const { worker, seen } = createRecorder(() => {
      if (full) throw new Trouble("cells-full", { retry: "safe" });
    });
    const runner = createRunner(scene.as("a"), worker);
    for (let tries = 0; tries < 12; tries += 1) {
      await runner.step().catch((trouble: Trouble) => expect(trouble.code).toBe("cells-full"));
      await scene.clock.advance({ by: Seconds(20) });
    }
    full = false;
    await settleAll(scene, runner);
    expect(seen()).toEqual([1]);
    expect(await scene.all(scene.keys.dead(scene.keys.of("X-1")))).toEqual([]);
  });

  test("answers that were lost are not taken for crashes", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder();
    let lost = 0;
    const claim: typeof scene.streams.claim = async (...args) => {
      const claimed = await scene.streams.claim(...args);
      if (claimed.entries.length > 0 && ++lost < 8) {
        throw new Trouble("stream-unreachable", { retry: "safe" });
      }
      return claimed;
    };
    await sayMany(scene, 1);
    const stuck = { ...worker, settle: () => new Promise<never>(() => undefined) };
    void createRunner(scene.as("a"), stuck).step();
    await scene.clock.advance({ by: Seconds(1) });
    const runner = createRunner({ ...scene.as("a"), streams: { ...scene.streams, claim } }, worker);
    for (let tries = 0; tries < 12; tries += 1) {
      await runner.step().catch(() => undefined);
      await scene.clock.advance({ by: Seconds(20) });
    }
    expect(lost).toBe(8);
    expect(seen()).toEqual([1]);
    expect(await scene.all(scene.keys.dead(scene.keys.of("X-1")))).toEqual([]);
  });

  test("entries whose reading was cut are found again", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder();
    let cut = true;
    const readGroup: typeof scene.streams.readGroup = async (...args) => {
      const batches = await scene.streams.readGroup(...args);
      if (cut) throw new Trouble("stream-unreachable", { retry: "safe" });
      return batches;
    };
    const streams = { ...scene.streams, readGroup };
    const runner = createRunner({ ...scene.as("a"), streams }, worker);
    await sayMany(scene, 3);
    expect(await runner.step().catch((trouble: Trouble) => trouble.code)).toBe(
      "stream-unreachable",
    );
    await scene.clock.advance({ by: Seconds(1) });
    cut = false;
    expect(await runner.drain()).toBe(3);
    expect(seen()).toEqual([1, 2, 3]);
  });

  test("a running runner waits and goes on, and ends when it is closed", async () => {
    const scene = createScene();
    const { worker, seen } = createRecorder(() => {
      if (away) throw new Trouble("cells-unreachable", { retry: "ambiguous" });
    });
    let away = true;
    const runner = createRunner(scene.as("a"), worker);
    runner.run();
    await scene.clock.advance({ by: Seconds(1) });
    await sayMany(scene, 2);
    await scene.clock.advance({ by: Seconds(5) });
    away = false;
    await scene.clock.advance({ by: Seconds(1) });
    expect(seen()).toEqual([1, 2]);
    const closed = runner.close();
    await scene.clock.advance({ by: Seconds(1) });
    await closed;
    const other = createRecorder();
    await scene.say(routine(3));
    expect(await createRunner(scene.as("b"), other.worker).drain()).toBe(1);
  });
});

describe("what watches", () => {
  test("sees lag and age per group and partition", async () => {
    const scene = createScene();
    const { worker } = createRecorder();
    const runner = createRunner(scene.as("a"), worker);
    await runner.step();
    await sayMany(scene, 3);
    await scene.clock.advance({ by: Seconds(7) });
    const p = scene.keys.of("X-1");
    const labels = `{group="recorder",partition="${p}",stream="in"}`;
    const text = await scene.metrics.text();
    expect(text).toContain(`vigie_stream_lag_entries${labels} 3`);
    expect(text).toContain(`vigie_stream_lag_seconds${labels} 7`);
    await runner.drain();
    expect(await scene.metrics.text()).toContain(`vigie_stream_lag_entries${labels} 0`);
    expect(await scene.metrics.text()).toContain('outcome="settled"} 3');
    expect(scene.clock.now()).toBeGreaterThan(start);
  });
});
