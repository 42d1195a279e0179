/**
 * Who is connected to a door, and how fast one may speak. Each case keeps the identity.
 */
import { afterEach, describe, expect, test } from "bun:test";

import { Seconds } from "#wire/units.ts";

import { connectTo, createStage, enrol, fall, pack, type Stage } from "./stage.ts";

let stage: Stage;

function set(options?: Parameters<typeof createStage>[0]): Stage {
  stage = createStage(options);
  return stage;
}

afterEach(async () => {
  expect((await stage.accounting()).holds).toBe(true);
});

const accepted = { kind: "accepted" } as const;

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
    const { connect, open, pass, facts, clock } = set();
    const older = connect("X-1");
    await pass(Seconds(10));
    const other = open("other");
    clock.every(Seconds(5), "sweep", () => void other.sweep());
    const newer = connectTo(other, "X-1", "nice");
    await pass(Seconds(10));
    expect([older.closed, newer.closed]).toEqual(["superseded", undefined]);
    older.session.ended("cut");
    await pass(Seconds(30));
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
