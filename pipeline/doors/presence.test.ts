/** Presence facts: heartbeats are never written down, transitions always are, each once. */
import { describe, expect, test } from "bun:test";

import { Trouble } from "#platform/trouble.ts";
import { emptyPart } from "#twins/leaves.ts";
import { noticeOf } from "#twins/notice.ts";
import { createTwinStore } from "#twins/store.ts";
import type { PresenceFact } from "#wire/entry.ts";
import { Instant, Minutes, Seconds } from "#wire/units.ts";

import { type Box, connectTo, createStage, fall, pack, type Stage, start } from "./stage.ts";

const said = (facts: readonly PresenceFact[]): unknown[] =>
  facts.map(({ at, state, ended, up }) => [(at - start) / 1000, state, ended ?? up]);

/** A heartbeat now; `more` replaces its fields. */
function beat({ clock }: Stage, box: Box, more: object = {}): Promise<unknown> {
  const now = clock.now();
  const links = [{ device: "B-1", up: true, heardAt: now }];
  const buffer = { depth: 0, oldest: null };
  return box.publish("X-1/alive", { t: now, sent: [], links, buffer, power: "mains", ...more });
}

describe("presence", () => {
  test("an hour of heartbeats writes one fact per device", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    for (let n = 0; n < 120; n++) {
      await beat(stage, box);
      await stage.pass(Seconds(30));
    }
    expect(said(await stage.facts("B-1"))).toEqual([[0, "heard", true]]);
    // The first fact of a box is its connection, the second what its first heartbeat told: its power.
    expect((await stage.facts("X-1")).map(({ power }) => power)).toEqual([undefined, "mains"]);
  });

  test("a box without heartbeat is late after 45 s and silent after 90 s, its wristband after 3 and 6 min", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await beat(stage, box);
    await stage.pass(Minutes(10));
    expect(said(await stage.facts("X-1")).slice(2)).toEqual([
      [50, "late", undefined],
      [95, "silent", undefined],
    ]);
    expect(said(await stage.facts("B-1"))).toEqual([
      [0, "heard", true],
      [185, "late", true],
      [365, "silent", true],
    ]);
    await beat(stage, box);
    await stage.pass(Seconds(5));
    expect((await stage.facts("X-1")).at(-1)).toMatchObject({ state: "heard" });
    expect((await stage.facts("B-1")).at(-1)).toMatchObject({ state: "heard" });
  });

  test("a link that goes down, or a wristband last heard too long ago, is told at once", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await beat(stage, box);
    await stage.pass(Seconds(1));
    await beat(stage, box, { links: [{ device: "B-1", up: false, heardAt: start }] });
    await stage.pass(Seconds(30));
    await beat(stage, box, { links: [{ device: "B-1", up: true, heardAt: start - 200_000 }] });
    await stage.pass(Seconds(1));
    expect(said(await stage.facts("B-1"))).toEqual([
      [0, "heard", true],
      [1, "heard", false],
      [31, "late", true],
    ]);
  });

  test("a wristband is late and silent at the pace of its profile, as its twin has it", async () => {
    const stage = createStage();
    const twins = createTwinStore({ ...stage.redis, keys: stage.keys, clock: stage.clock });
    const band = stage.roster.device("B-1");
    if (band === undefined) throw new TypeError("the stage has a wristband");
    const { twin } = await twins.create(band);
    const config = { ...emptyPart, reported: { profile: "dense" } };
    await twins.commit([{ before: twin, after: { ...twin, parts: { config } }, changed: [] }]);
    const box = stage.connect("X-1");
    box.session.subscribed();
    await stage.pass(Seconds(1));
    await beat(stage, box);
    await stage.pass(Minutes(2));
    expect(said(await stage.facts("B-1"))).toEqual([
      [1, "heard", true],
      [51, "late", true],
      [96, "silent", true],
    ]);
  });

  test("a wristband that was set to a quicker rhythm is given that rhythm's time first", async () => {
    const stage = createStage();
    const twins = createTwinStore({ ...stage.redis, keys: stage.keys, clock: stage.clock });
    const band = stage.roster.device("B-1");
    if (band === undefined) throw new TypeError("the stage has a wristband");
    const { twin } = await twins.create(band);
    const box = stage.connect("X-1");
    box.session.subscribed();
    await stage.pass(Seconds(1));
    await beat(stage, box, { links: [{ device: "B-1", up: true, heardAt: start - 100_000 }] });
    const config = { ...emptyPart, reported: { profile: "dense" } };
    await twins.commit([{ before: twin, after: { ...twin, parts: { config } }, changed: [] }]);
    const notice = noticeOf(stage.keys, twin);
    if (notice.op === "XADD") await stage.redis.streams.append(notice.key, notice.fields);
    await stage.pass(Seconds(40));
    expect((await stage.facts("B-1")).at(-1)?.state).toBe("heard");
    await stage.pass(Seconds(30));
    expect((await stage.facts("B-1")).at(-1)?.state).toBe("late");
  });

  test("since when a box has been heard outlives whatever else is told of it", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await stage.pass(Seconds(1));
    await beat(stage, box, { power: "battery" });
    await stage.pass(Seconds(1));
    box.session.ended("cut");
    const again = stage.connect("X-1");
    await stage.pass(Seconds(1));
    await beat(stage, again, { buffer: { depth: 9, oldest: start - 600_000 } });
    await stage.pass(Seconds(1));
    const told = (await stage.facts("X-1")).map(({ at, since = at }) => [
      at - start,
      since - start,
    ]);
    expect(told.slice(0, -1).every(([, since]) => since === 0)).toBe(true);
    // It has returned: another state, and another run.
    expect(told.at(-1)).toEqual([3000, 3000]);
  });

  test("connection, farewell, last will and cut are told at once", async () => {
    const stage = createStage();
    for (const how of ["farewell", "will", "cut"] as const) {
      const box = stage.connect("X-1");
      await stage.pass(Seconds(1));
      box.session.ended(how);
      await stage.pass(Seconds(1));
    }
    const told = (await stage.facts("X-1")).map(({ at, ended }) => [at - start, ended]);
    expect(told).toEqual([
      [0, undefined],
      [1000, "farewell"],
      [2000, undefined],
      [3000, "will"],
      [4000, undefined],
      [5000, "cut"],
    ]);
  });

  test("TW-06: power, a clock that is wrong, and how much waits are told when they change", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await stage.pass(Seconds(1));
    const backlog = { depth: 9, oldest: start - 600_000 };
    for (const more of [
      { power: "battery" },
      { power: "battery", buffer: backlog },
      { power: "battery", buffer: { ...backlog, depth: 5 } },
      { t: start + 200_000 },
      {},
    ]) {
      await beat(stage, box, more);
      await stage.pass(Seconds(1));
    }
    const facts = await stage.facts("X-1");
    expect(
      facts.slice(1).map(({ power, buffer, clockOff }) => [power, buffer?.depth, clockOff]),
    ).toEqual([
      ["battery", 0, undefined],
      ["battery", 9, undefined],
      ["battery", 5, undefined],
      ["mains", 0, true],
      ["mains", 0, undefined],
    ]);
  });

  test("what a box with a wrong clock heard is told by the door's clock", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    const t = start + 86_400_000;
    await beat(stage, box, { t, links: [{ device: "B-1", up: true, heardAt: t - 10_000 }] });
    await stage.pass(Seconds(1));
    expect((await stage.facts("B-1"))[0]?.heardAt).toBe(Instant(start - 10_000));
  });

  test("a device that hangs on another box is not told about", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await beat(stage, box, { links: [{ device: "B-2", up: true, heardAt: start }] });
    await stage.pass(Seconds(1));
    expect(await stage.facts("B-2")).toEqual([]);
  });

  test("a door that starts again adopts the boxes of its last life; those that stay away fall silent", async () => {
    const stage = createStage();
    const one = stage.connect("X-1");
    const two = connectTo(stage.door, "X-2", "lyon");
    await beat(stage, one);
    await two.publish("B-2/readings", pack("B-2", { seq: 1 }));
    await stage.pass(Seconds(30));
    // It is killed: no farewell, no fact. Its next life knows only what the store holds.
    const next = stage.open("door");
    await next.sweep();
    connectTo(next, "X-2", "lyon");
    const sweeping = stage.clock.every(Seconds(5), "sweep", () => void next.sweep());
    await stage.clock.advance({ by: Minutes(7) });
    sweeping.cancel();
    const [silence] = (await stage.facts("X-1")).slice(2);
    expect(silence).toMatchObject({ state: "silent", heardAt: start + 30_000 });
    expect((await stage.facts("X-2")).map(({ state }) => state)).toEqual([
      "heard",
      "heard",
      "late",
      "silent",
    ]);
    const holders = await stage.redis.cells.getAll(stage.keys.doors(stage.keys.of("X-1")));
    expect(holders["X-1"]).toBeUndefined();
  });

  test("a door adopts the boxes of another that died, once", async () => {
    const stage = createStage();
    stage.connect("X-1");
    await stage.pass(Seconds(10));
    const [second, third] = [stage.open("second"), stage.open("third")];
    const sweeping = stage.clock.every(Seconds(5), "sweep", () => {
      void second.sweep();
      void third.sweep();
    });
    await stage.clock.advance({ by: Minutes(3) });
    sweeping.cancel();
    expect((await stage.facts("X-1")).map(({ state }) => state)).toEqual(["heard", "silent"]);
  });
});

describe("doors that share a store", () => {
  /** The stage's door and another, both sweeping; `X-1` is with the other, and beats every 30 s. */
  function pair(away: { now: boolean }) {
    const stage = createStage({
      cells: (cells) => {
        const unless = <T>(work: () => Promise<T>): Promise<T> =>
          away.now
            ? Promise.reject(new Trouble("cells-unreachable", { retry: "ambiguous" }))
            : work();
        return {
          ...cells,
          get: (key, field) => unless(() => cells.get(key, field)),
          getAll: (key) => unless(() => cells.getAll(key)),
          getAllOf: (keys) => unless(() => cells.getAllOf(keys)),
          commit: (units) => unless(() => cells.commit(units)),
        };
      },
    });
    const other = stage.open("other");
    const { clock } = stage;
    clock.every(Seconds(5), "sweep", () => void stage.door.sweep());
    const box = connectTo(other, "X-1", "nice");
    clock.every(Seconds(30), "heartbeat", () => void beat(stage, box));
    return { stage, other, box, clock };
  }

  const states = async (stage: Stage) => (await stage.facts("X-1")).map(({ state }) => state);

  test("one that has only just begun, and has not beaten, is not taken for dead", async () => {
    const { stage, other, box, clock } = pair({ now: false });
    await clock.advance({ by: Seconds(12) });
    clock.every(Seconds(5), "sweep", () => void other.sweep());
    await clock.advance({ by: Minutes(10) });
    expect(box.closed).toBeUndefined();
    expect(await states(stage)).toEqual(["heard", "heard"]);
  });

  test("a store that was away for all of them makes none of them dead", async () => {
    const away = { now: false };
    const { stage, other, box, clock } = pair(away);
    clock.every(Seconds(5), "sweep", () => void other.sweep());
    await clock.advance({ by: Minutes(2) });
    away.now = true;
    await clock.advance({ by: Minutes(5) });
    away.now = false;
    await clock.advance({ by: Minutes(10) });
    expect(box.closed).toBeUndefined();
    expect(await states(stage)).toEqual(["heard", "heard"]);
  });

  test("one whose box was taken while it slept lets the box go, so that it comes again", async () => {
    const { stage, other, box, clock } = pair({ now: false });
    clock.every(Seconds(5), "sweep", () => void other.sweep());
    await clock.advance({ by: Minutes(2) });
    const key = stage.keys.doors(stage.keys.of("X-1"));
    const write = { op: "HSET", key, field: "X-1", value: "door" } as const;
    await stage.redis.cells.commit([{ checks: [], writes: [write] }]);
    await clock.advance({ by: Seconds(70) });
    expect(box.closed).toBe("superseded");
  });
});

describe("what a heartbeat says was sent", () => {
  test("shows as in flight once it has stayed above what was received for a sweep", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    const sent = [{ device: "B-1", epoch: "e1", seq: 5 }];
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    await beat(stage, box, { sent });
    await stage.pass(Seconds(5));
    expect((await stage.accounting()).messages).toMatchObject({ sent: 1, inFlight: 0 });
    await stage.pass(Seconds(6));
    expect((await stage.accounting()).messages).toMatchObject({ sent: 5, stored: 1, inFlight: 4 });
    await box.publish("B-1/event", fall("fall-0001", 5));
    expect((await stage.accounting()).messages).toMatchObject({ sent: 5, stored: 2, inFlight: 3 });
  });

  test("costs no write when everything has come", async () => {
    const stage = createStage();
    const box = stage.connect("X-1");
    await box.publish("B-1/readings", pack("B-1", { seq: 1 }));
    const marks = stage.keys.marks(stage.keys.of("X-1"));
    const before = await stage.redis.cells.getAll(marks);
    await beat(stage, box, { sent: [{ device: "B-1", epoch: "e1", seq: 1 }] });
    await stage.pass(Seconds(20));
    expect(await stage.redis.cells.getAll(marks)).toEqual(before);
  });
});
