/**
 * What a door does with what boxes say, row by row of clinical §4.6 and of the catalogue; each case also keeps the
 * accounting identity.
 */
import { afterEach, describe, expect, test } from "bun:test";

import type { Cells } from "#platform/cells/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import { Minutes, Seconds } from "#wire/units.ts";

import {
  type Box,
  bytes,
  connectTo,
  createStage,
  enrol,
  pack,
  type Stage,
  start,
} from "./stage.ts";

let stage: Stage;

function set(options?: Parameters<typeof createStage>[0]): Stage {
  stage = createStage(options);
  return stage;
}

afterEach(async () => {
  expect((await stage.accounting()).holds).toBe(true);
});

const accepted = { kind: "accepted" } as const;
const fall = (id: string, seq: number, rest: object = {}): object => ({
  id,
  epoch: "e1",
  seq,
  kind: "fall",
  device: "B-1",
  t: start,
  ...rest,
});
const receipts = (box: Box): { upTo: number; ranges: unknown; refused: unknown }[] =>
  box.down
    .filter(({ topic }) => topic.endsWith("/down/stored"))
    .map((one) => JSON.parse(one.payload));

describe("a door stores", () => {
  test("BK-06: a pack once, with the door's time, before it acknowledges", async () => {
    const { connect, entries, accounting, pass } = set();
    const box = connect("X-1");
    box.session.subscribed();
    expect(await box.publish("B-1/readings", pack("B-1", { seq: 1 }, { rates: [70, 71] }))).toEqual(
      accepted,
    );
    const [entry] = (await entries("inbound")).filter(({ channel }) => channel === "readings");
    expect(entry).toMatchObject({ device: "B-1", box: "X-1", seq: 1, receivedAt: start });
    expect(JSON.parse(entry?.body ?? "")).toEqual({
      readings: [
        { metric: "heart-rate", value: 70, t: start - 60_000, window: 60_000 },
        { metric: "heart-rate", value: 71, t: start, window: 60_000 },
      ],
    });
    await pass(Seconds(1));
    expect(receipts(box)).toEqual([{ epoch: "e1", upTo: 1, ranges: [], refused: [] } as never]);
    expect(await accounting()).toMatchObject({
      messages: { sent: 1, stored: 1 },
      readings: { received: 2, stored: 2 },
    });
  });

  test("BK-08: an emergency of QoS 0, 1 or 2 alike, on the critical stream and under its id", async () => {
    const { connect, entries, redis, keys } = set();
    const { session } = connect("X-1");
    for (const qos of [0, 1, 2] as const) {
      const topic = "vigie/v1/nice/X-1/B-1/event";
      const payload = bytes(fall(`fall-000${qos}`, qos + 1));
      expect(await session.receive({ topic, payload, qos })).toEqual(accepted);
    }
    expect(await entries("critical")).toHaveLength(3);
    const body = await redis.cells.get(keys.event(keys.of("X-1"), "fall-0001"), "body");
    expect(JSON.parse(body ?? "")).toEqual(fall("fall-0001", 2));
  });

  test("reports and answers, and counts what a full box declares lost", async () => {
    const { connect, entries, accounting } = set();
    const box = connect("X-1");
    const dropped = [{ epoch: "e1", from: 1, to: 4 }];
    const parts = { buffer: { dropped } };
    await box.publish("X-1/reported", { epoch: "e1", seq: 5, t: start, parts });
    const answer = { id: "c1", epoch: "e1", seq: 6, t: start, state: "done" };
    await box.publish("X-1/answer/c1", answer);
    const bodies = (await entries("inbound")).filter(({ channel }) => channel !== "presence");
    expect(bodies.map(({ channel, body }) => [channel, JSON.parse(body)])).toEqual([
      ["reported", { t: start, parts }],
      ["answer", answer],
    ]);
    expect((await accounting()).messages).toMatchObject({
      sent: 6,
      stored: 2,
      lost: 4,
      inFlight: 0,
    });
  });

  test("every message of a burst in few commits, in the order in which they came", async () => {
    let commits = 0;
    const counting = (cells: Cells): Cells => ({
      ...cells,
      commit: (units) => {
        commits++;
        return cells.commit(units);
      },
    });
    const { connect, entries } = set({ cells: counting });
    const box = connect("X-1");
    const seqs = Array.from({ length: 150 }, (_, at) => at + 1);
    await Promise.all(seqs.map((seq) => box.publish("B-1/readings", pack("B-1", { seq }))));
    const stored = (await entries("inbound")).filter(({ channel }) => channel === "readings");
    expect(stored.map(({ seq }) => seq)).toEqual(seqs);
    expect(commits).toBeLessThan(10);
  });
});

describe("a door refuses, and harms nobody else", () => {
  test("F24, BK-02, BK-03: a topic that is not the box's own ends the connection and is audited", async () => {
    const { connect, raw, entries } = set();
    const wrong = [
      "vigie/v1/nice/X-2/B-2/readings",
      "vigie/v1/lyon/X-1/B-1/readings",
      "vigie/v1/nice/X-1/+/readings",
      "vigie/v1/nice/X-1/B-1/#",
      "vigie/v1/nice/X-1//readings",
      "vigie/v1/nice/X-1/B-1/readings/more/and/more",
      "vigie/v1/nice/X-1/B-1/read\u0000ings",
      "vigie/v1/nice/X-1/B-1/alive",
      "vigie/v1/nice/X-1/B-1/down/stored",
      "$SYS/anything",
      "x".repeat(65_000),
    ];
    for (const topic of wrong) {
      const { session } = connect("X-1");
      expect(await session.receive({ topic, payload: bytes({}), qos: 1 })).toEqual({
        kind: "disconnect",
        reason: "foreign_topic",
      });
    }
    const lines = (await raw("audit")).filter(({ what }) => what === "foreign_topic");
    expect(lines).toHaveLength(wrong.length);
    expect(lines.every(({ detail = "" }) => detail.length <= 256)).toBe(true);
    const other = connect("X-2");
    expect(await other.publish("B-2/readings", pack("B-2", { seq: 1 }))).toEqual(accepted);
    expect(await entries("inbound")).not.toBeEmpty();
  });

  test("F26: a message larger than 64 KiB ends the connection and is audited", async () => {
    const { connect, raw } = set();
    const big = new Uint8Array(cadence.limits.payloadBytes + 1);
    expect(await connect("X-1").publish("B-1/readings", big)).toEqual({
      kind: "disconnect",
      reason: "oversize",
    });
    expect((await raw("audit")).map(({ what }) => what)).toContain("oversize");
  });

  test("F26: bytes that mean nothing are acknowledged, put aside with their first KiB, and named", async () => {
    const { connect, raw, accounting, pass } = set();
    const box = connect("X-1");
    box.session.subscribed();
    const gzip = Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3]);
    const cut = new TextEncoder().encode('[{"n":"epoch","vs":"e1"},{"n":"seq","v":7},{"n":"heart');
    const deep = new TextEncoder().encode("[".repeat(10_000));
    for (const bad of [gzip, cut, deep, new TextEncoder().encode(`"${"x".repeat(5000)}"`)]) {
      expect(await box.publish("B-1/readings", bad)).toEqual(accepted);
    }
    const aside = await raw("quarantine");
    expect(aside.map(({ reason = "" }) => reason)).toEqual([
      "compressed",
      "invalid_json",
      "too_deep",
      "invalid_senml",
    ]);
    expect(aside.every(({ text = "" }) => text.length <= 1400)).toBe(true);
    expect(aside[1]).toMatchObject({
      seq: "7",
      device: "B-1",
      text: expect.stringContaining("heart"),
    });
    await pass(Seconds(1));
    expect(receipts(box).at(-1)?.refused).toEqual([{ seq: 7, code: "invalid_json" }]);
    expect((await accounting()).messages).toMatchObject({ sent: 7, refused: 1, inFlight: 6 });
  });

  test("F27: a pack named after another device is refused as a whole", async () => {
    const { connect, raw } = set();
    await connect("X-1").publish("B-1/readings", pack("B-2", { seq: 1 }));
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(["wrong_device"]);
  });

  test("F28: readings that cannot be true are put aside one by one; the others of the pack are kept", async () => {
    const { connect, raw, accounting } = set();
    await connect("X-1").publish(
      "B-1/readings",
      pack("B-1", { seq: 1 }, { rates: [70, 0, 500, 71] }),
    );
    expect(await raw("quarantine")).toMatchObject([
      { reason: "out_of_range", count: "2", seq: "1" },
    ]);
    expect((await accounting()).readings).toEqual({
      received: 4,
      stored: 2,
      quarantined: 2,
      duplicate: 0,
    });
  });

  test("F30: an hour before 72 h is kept, an hour after is put aside, and so are 1970 and 3000", async () => {
    const { connect, raw, accounting } = set();
    const box = connect("X-1");
    const hour = 3_600_000;
    const times = [start - 71 * hour, start - 73 * hour, 300_000_000_000, 32_503_680_000_000];
    for (const [at, t] of times.entries()) {
      await box.publish("B-1/readings", pack("B-1", { seq: at + 1 }, { t }));
    }
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual([
      "too_late",
      "too_late",
      "clock_ahead",
    ]);
    expect((await accounting()).readings).toMatchObject({ stored: 1, quarantined: 3 });
  });

  test("F30: an emergency is kept whatever its clock says; another event is not", async () => {
    const { connect, entries, raw } = set();
    const box = connect("X-1");
    await box.publish("B-1/event", fall("fall-1970", 1, { t: 0 }));
    await box.publish("B-1/event", fall("fall-3000", 2, { t: 32_503_680_000_000, kind: "sos" }));
    await box.publish("B-1/event", fall("lowb-1970", 3, { t: 0, kind: "low_battery" }));
    expect((await entries("critical")).map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(["too_late"]);
  });

  test("F31: a device that is unknown, revoked, or hangs on another box writes nothing anywhere", async () => {
    const { connect, raw, entries, roster, pass, accounting } = set();
    enrol(roster, "B-9", { box: "X-1", tenant: "nice", revoked: true });
    const box = connect("X-1");
    box.session.subscribed();
    for (const device of ["B-2", "B-404", "B-9"]) {
      expect(await box.publish(`${device}/readings`, pack(device, { seq: 1 }))).toEqual(accepted);
    }
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(
      Array(3).fill("unknown_device"),
    );
    expect((await entries("inbound")).every(({ channel }) => channel === "presence")).toBe(true);
    await pass(Seconds(1));
    expect(box.down.map(({ topic }) => topic)).toContain("vigie/v1/nice/X-1/B-404/down/stored");
    expect(receipts(box).every(({ refused }) => JSON.stringify(refused).includes("unknown"))).toBe(
      true,
    );
    expect((await accounting()).messages.refused).toBe(3);
  });

  test("F31: a box that speaks for another's device leaves that device's numbers alone", async () => {
    const { connect, accounting } = set();
    await connect("X-1").publish("B-2/readings", pack("B-2", { seq: 1 }));
    const owner = connect("X-2");
    await owner.publish("B-2/readings", pack("B-2", { seq: 1 }));
    expect((await accounting()).messages).toMatchObject({ stored: 1, refused: 1, repeats: 0 });
  });

  test("F31: a box that speaks for ever new strangers is cut off", async () => {
    const { connect } = set();
    const box = connect("X-1");
    const publish = (n: number) => box.publish(`B-9${n}/readings`, pack(`B-9${n}`, { seq: 1 }));
    for (let n = 0; n < 16; n++) expect(await publish(n)).toEqual(accepted);
    expect(await publish(16)).toEqual({ kind: "disconnect", reason: "foreign_device" });
  });
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
    expect(receipts(box)[1]).toMatchObject({ epoch: "e2", upTo: 0, ranges: [[3, 3]] });
  });

  test("once for many changes, and again for a repeat", async () => {
    const { connect, pass } = set();
    const box = connect("X-1");
    box.session.subscribed();
    for (let seq = 1; seq <= 5; seq++) await box.publish("B-1/readings", pack("B-1", { seq }));
    await pass(Seconds(1));
    expect(receipts(box).map(({ upTo }) => upTo)).toEqual([5]);
    await box.publish("B-1/readings", pack("B-1", { seq: 5 }));
    await pass(Seconds(1));
    expect(receipts(box)).toHaveLength(2);
  });
});

describe("a door bears trouble", () => {
  /** Cells that can be taken away, and that may lose the answer of a commit that was done. */
  function fragile(): { wrap: (cells: Cells) => Cells; mode: "well" | "away" | "mute" } {
    const state: { wrap: (cells: Cells) => Cells; mode: "well" | "away" | "mute" } = {
      mode: "well",
      wrap: (cells) => ({
        ...cells,
        commit: async (units) => {
          if (state.mode === "away") throw new Trouble("cells-unreachable", { retry: "safe" });
          const outcomes = await cells.commit(units);
          if (state.mode === "mute") throw new Trouble("cells-unreachable", { retry: "ambiguous" });
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
    expect(receipts(box)).toEqual([]);
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
    expect(await Promise.all([...sent, event])).toEqual(Array(3).fill(accepted));
    expect(await entries("critical")).toHaveLength(1);
    const stored = (await entries("inbound")).filter(({ channel }) => channel === "readings");
    expect(stored).toHaveLength(2);
    expect((await accounting()).messages).toMatchObject({ sent: 3, stored: 3, repeats: 0 });
  });

  test("a receipt never tells what is not durable yet", async () => {
    const store = fragile();
    const { connect, pass } = set({ cells: store.wrap });
    const box = connect("X-1");
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    box.session.subscribed();
    store.mode = "away";
    void box.publish("B-1/readings", pack("B-1", { seq: 2 }));
    await pass(Seconds(30));
    expect(receipts(box).map(({ upTo }) => upTo)).toEqual([1]);
    store.mode = "well";
    await pass(Seconds(5));
    expect(receipts(box).at(-1)?.upTo).toBe(2);
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

describe("a door limits", () => {
  test("BK-10: the 201st message of a burst waits, its device's emergency and other devices do not", async () => {
    const { connect, pass, entries } = set();
    const box = connect("X-1");
    let acknowledged = 0;
    for (let seq = 1; seq <= 240; seq++) {
      void box.publish("B-1/readings", pack("B-1", { seq })).then(() => acknowledged++);
    }
    expect(await box.publish("B-1/event", fall("fall-0001", 241))).toEqual(accepted);
    expect(await box.publish("T-1/readings", pack("T-1", { seq: 1 }))).toEqual(accepted);
    expect(acknowledged).toBe(200);
    await pass(Seconds(1));
    expect(acknowledged).toBe(220);
    await pass(Seconds(1));
    expect(acknowledged).toBe(240);
    const stored = (await entries("inbound")).filter(({ device }) => device === "B-1");
    expect(stored).toHaveLength(240);
  });
});

describe("a door knows who is connected", () => {
  test("the newest connection of a box wins", async () => {
    const { connect, raw } = set();
    const older = connect("X-1");
    const newer = connect("X-1");
    expect([older.closed, newer.closed]).toEqual(["superseded", undefined]);
    older.session.ended("cut");
    expect(await newer.publish("B-1/readings", pack("B-1", { seq: 1 }))).toEqual(accepted);
    expect((await raw("audit")).map(({ what }) => what)).toEqual([
      "connected",
      "superseded",
      "connected",
    ]);
  });

  test("a box that connects to another door is let go by the first", async () => {
    const { connect, open, pass, facts } = set();
    const older = connect("X-1");
    await pass(Seconds(10));
    const other = open("other");
    const newer = connectTo(other, "X-1", "nice");
    await pass(Seconds(10));
    expect([older.closed, newer.closed]).toEqual(["superseded", undefined]);
    older.session.ended("cut");
    await pass(Minutes(5));
    expect((await facts("X-1")).map(({ state, ended }) => [state, ended])).toEqual([
      ["heard", undefined],
      ["heard", undefined],
    ]);
  });

  test("BK-11: revoking a box closes its connection at once, and says so", async () => {
    const { connect, roster, raw, facts } = set();
    const box = connect("X-1");
    enrol(roster, "X-1", { box: "X-1", tenant: "nice", revoked: true });
    expect(box.closed).toBe("revoked");
    await stage.pass(Seconds(1));
    expect((await raw("audit")).map(({ what }) => what)).toContain("revoked");
    expect((await facts("X-1")).at(-1)).toMatchObject({ ended: "revoked" });
    expect(await box.publish("B-1/readings", pack("B-1", { seq: 1 }))).toEqual({
      kind: "disconnect",
      reason: "ended",
    });
  });
});
