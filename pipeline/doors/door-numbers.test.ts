/**
 * A door counts each number once, and tells the box so. Each case keeps the identity.
 */
import { afterEach, describe, expect, test } from "bun:test";

import { Seconds } from "#wire/units.ts";

import { connectTo, createStage, fall, pack, receiptsOf, type Stage } from "./stage.ts";

let stage: Stage;

function set(options?: Parameters<typeof createStage>[0]): Stage {
  stage = createStage(options);
  return stage;
}

afterEach(async () => {
  expect((await stage.accounting()).holds).toBe(true);
});

describe("a door counts each number once", () => {
  test("F29: the same pack three times, then another one under its number: the first stands", async () => {
    const { connect, entries, accounting, raw } = set();
    const box = connect("X-1");
    const first = pack("B-1", { seq: 1 }, { rates: [70] });
    const other = pack("B-1", { seq: 1 }, { rates: [99] });
    for (const each of [first, first, other, first]) await box.publish("B-1/readings", each);
    const stored = (await entries("inbound")).filter(({ channel }) => channel === "readings");
    expect(stored).toHaveLength(1);
    expect(stored[0]?.body).toContain('"value":70');
    expect(await accounting()).toMatchObject({
      messages: { sent: 1, stored: 1, repeats: 3 },
      readings: { received: 4, stored: 1, duplicate: 3 },
    });
    expect((await raw("audit")).filter(({ what }) => what === "conflict")).toHaveLength(1);
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(["conflict"]);
  });

  test("F08: a new epoch begins its own numbers; the ninth lets go of the first", async () => {
    const { connect, accounting, redis, keys } = set();
    const box = connect("X-1");
    for (let n = 1; n <= 9; n++) {
      await box.publish("B-1/readings", pack("B-1", { seq: 1, epoch: `e${n}` }));
    }
    expect(await accounting()).toMatchObject({ counters: 8, messages: { sent: 9, stored: 9 } });
    const marks = await redis.cells.getAll(keys.marks(keys.of("X-1")));
    expect(marks["B-1"]).toBe("e2,e3,e4,e5,e6,e7,e8,e9");
    expect(marks["B-1:e1"]).toBeUndefined();
  });

  test("F08: two doors that meet new epochs at the same time keep both", async () => {
    const { connect, open, accounting, redis, keys } = set();
    const [one, two] = [connect("X-1"), connectTo(open("other"), "X-1", "nice")];
    await Promise.all([
      one.publish("B-1/readings", pack("B-1", { seq: 1, epoch: "e1" })),
      two.publish("B-1/readings", pack("B-1", { seq: 1, epoch: "e2" })),
    ]);
    expect(await redis.cells.get(keys.marks(keys.of("X-1")), "B-1")).toBe("e1,e2");
    expect(await accounting()).toMatchObject({ counters: 2, messages: { stored: 2 } });
  });

  test("the same event under two numbers is stored once and counted as a duplicate", async () => {
    const { connect, entries, accounting } = set();
    const box = connect("X-1");
    await box.publish("B-1/event", fall("fall-0001", 1));
    await box.publish("B-1/event", fall("fall-0001", 2));
    expect(await entries("critical")).toHaveLength(1);
    expect((await accounting()).messages).toMatchObject({ sent: 2, stored: 1, duplicate: 1 });
  });

  test("another event under a used id is refused as a conflict, unless another device used it", async () => {
    const { connect, entries, raw, accounting } = set();
    const box = connect("X-1");
    await box.publish("B-1/event", fall("fall-0001", 1));
    await box.publish("B-1/event", fall("fall-0001", 2, { kind: "sos" }));
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(["conflict"]);
    await box.publish("T-1/event", fall("fall-0001", 1, { device: "T-1" }));
    expect((await entries("critical")).map(({ device }) => device)).toEqual([
      "B-1",
      "T-1",
    ] as never);
    expect((await accounting()).messages).toMatchObject({ stored: 2, refused: 1 });
  });

  test("an emergency under a number that was used before is kept all the same", async () => {
    const { connect, entries, accounting } = set();
    const box = connect("X-1");
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    await box.publish("B-1/event", fall("fall-0001", 1));
    await box.publish("B-1/event", fall("fall-0001", 1));
    expect(await entries("critical")).toHaveLength(1);
    expect((await accounting()).messages).toMatchObject({ stored: 1, repeats: 2 });
  });

  test("beyond 64 ranges a number waits for an earlier one, and is acknowledged then", async () => {
    const { connect } = set();
    const box = connect("X-1");
    for (let n = 1; n <= 64; n++) await box.publish("B-1/readings", pack("B-1", { seq: 2 * n }));
    let state = "waiting";
    const last = box
      .publish("B-1/readings", pack("B-1", { seq: 200 }))
      .then(() => (state = "done"));
    await stage.pass(Seconds(10));
    expect(state).toBe("waiting");
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    await last;
    expect(state).toBe("done");
  });
});

describe("a door answers with receipts", () => {
  test("on connect, for every counter of every device behind the box", async () => {
    const { connect, pass } = set();
    const before = connect("X-1");
    await before.publish("B-1/readings", pack("B-1", { seq: 1 }));
    await before.publish("B-1/readings", pack("B-1", { seq: 3, epoch: "e2" }));
    await before.publish("T-1/readings", pack("T-1", { seq: 1 }));
    before.session.ended("cut");
    const box = connect("X-1");
    await pass(Seconds(1));
    expect(box.down).toEqual([]);
    box.session.subscribed();
    await pass(Seconds(1));
    expect(box.down.map(({ topic }) => topic.split("/")[4])).toEqual(["B-1", "B-1", "T-1"]);
    expect(receiptsOf(box)[1]).toMatchObject({ epoch: "e2", upTo: 0, ranges: [[3, 3]] });
  });

  test("once for many changes, and again for a repeat", async () => {
    const { connect, pass } = set();
    const box = connect("X-1");
    box.session.subscribed();
    for (let seq = 1; seq <= 5; seq++) await box.publish("B-1/readings", pack("B-1", { seq }));
    await pass(Seconds(1));
    expect(receiptsOf(box).map(({ upTo }) => upTo)).toEqual([5]);
    await box.publish("B-1/readings", pack("B-1", { seq: 5 }));
    await pass(Seconds(1));
    expect(receiptsOf(box)).toHaveLength(2);
  });
});
