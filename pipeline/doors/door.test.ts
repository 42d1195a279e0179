/**
 * What a door does with what boxes say: rows of clinical §4.6 and of the catalogue. Each case keeps the identity.
 */
import { afterEach, describe, expect, test } from "bun:test";

import type { Cells } from "#platform/cells/port.ts";
import { cadence } from "#wire/cadence.ts";
import { Minutes, Seconds } from "#wire/units.ts";

import { bytes, createStage, enrol, fall, pack, receiptsOf, type Stage, start } from "./stage.ts";

let stage: Stage;

function set(options?: Parameters<typeof createStage>[0]): Stage {
  stage = createStage(options);
  return stage;
}

afterEach(async () => {
  expect((await stage.accounting()).holds).toBe(true);
});

const accepted = { kind: "accepted" } as const;

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
    expect(receiptsOf(box)).toEqual([{ epoch: "e1", upTo: 1, ranges: [], refused: [] } as never]);
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
    expect(receiptsOf(box).at(-1)?.refused).toEqual([{ seq: 7, code: "invalid_json" }]);
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

  test("F30, F29: an event refused for its time stays refused when time has made it true", async () => {
    const { connect, entries, raw, pass, accounting } = set();
    const box = connect("X-1");
    const ahead = fall("off-wrist-1", 1, { t: start + 180_000, kind: "off_wrist" });
    await box.publish("B-1/event", ahead);
    await pass(Minutes(5));
    await box.publish("B-1/event", ahead);
    expect(await entries("critical")).toEqual([]);
    expect((await raw("quarantine")).map(({ reason }) => reason)).toEqual(["clock_ahead"]);
    expect((await raw("audit")).map(({ what }) => what)).toEqual(["connected"]);
    expect((await accounting()).messages).toMatchObject({ stored: 0, refused: 1, repeats: 1 });
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
    expect(
      receiptsOf(box).every(({ refused }) => JSON.stringify(refused).includes("unknown")),
    ).toBe(true);
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
