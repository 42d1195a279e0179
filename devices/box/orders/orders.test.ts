/**
 * Goal: what the cloud wishes and orders is done once and answered leaf by leaf, whatever is repeated, lost or restarted.
 * Method: the whole box in memory; the cloud and the wristband are the test's.
 */
import { describe, expect, test } from "bun:test";

import type { DesiredBody } from "#wire/bodies/down.ts";
import { encodeJson } from "#wire/codec.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";
import type { Command, Desired } from "#wire/messages.ts";
import { Instant, Minutes, Seconds } from "#wire/units.ts";

import { BoxScene, linked, wall } from "../box-scene.ts";
import { box, device } from "../uplink-scene.ts";

async function wish(scene: BoxScene, desired: Desired, to: Serial = device): Promise<void> {
  scene.cloud.send("desired", encodeJson(desired), to);
  await scene.after(Seconds(1));
}

async function order(
  scene: BoxScene,
  command: Partial<Command> & { readonly name: string },
  to: Serial = device,
): Promise<void> {
  const deadline = Instant(scene.clock.now() + Minutes(5));
  const whole: Command = { id: "c-1", args: {}, deadline, ...command };
  scene.cloud.send(`command/${whole.id}`, encodeJson(whole), to);
  await scene.after(Seconds(1));
}

/** Answers as `desired-3 done`. */
function said(scene: BoxScene, of: Serial = device): string[] {
  return scene
    .answers(of)
    .map(({ id, state, code }) => [id, state, code].filter(Boolean).join(" "));
}

function results(scene: BoxScene, of: Serial = device): unknown {
  return scene.answers(of).at(-1)?.result;
}

function toldLeaves(scene: BoxScene): DesiredBody[] {
  return scene.told.flatMap((body) => (body.kind === "desired" ? [body] : []));
}

const stranger = parseSerial("B-2")!;
const seldom = { parts: { config: { profile: "dense", loudness: 3 } } } as const;

describe("wishes for the box", () => {
  test("each leaf is applied or rejected with a code, and kept over a restart", async () => {
    const scene = await linked();
    const config = {
      profile: "dense",
      zone: "Atlantis",
      thresholds: { battery: 30 },
      colour: "red",
    };
    await wish(scene, { v: 7, parts: { config } }, box);
    expect(said(scene, box)).toEqual(["desired-7 accepted", "desired-7 done"]);
    expect(results(scene, box)).toEqual({
      "config/profile": { state: "applied" },
      "config/zone": { state: "rejected", code: "invalid_value" },
      "config/thresholds/battery": { state: "applied" },
      "config/colour": { state: "rejected", code: "unknown_leaf" },
    });
    expect(scene.reports(box).at(-1)?.parts).toEqual({
      config: { profile: "dense", thresholds: { battery: 30 } },
    });
    await scene.restart();
    await scene.after(Seconds(10));
    expect(scene.reports(box).at(-1)?.parts.config).toMatchObject({ profile: "dense" });
  });

  test("null brings back what held before", async () => {
    const scene = await linked();
    await wish(scene, { v: 1, parts: { config: { zone: "America/New_York" } } }, box);
    const time = scene.drawn.at(-1)?.time;
    await wish(scene, { v: 2, parts: { config: { zone: null } } }, box);
    expect(scene.drawn.at(-1)?.time).not.toBe(time);
  });

  test("BX-20: contacts that the cloud sets are told when the record service is silent", async () => {
    const scene = await linked();
    scene.contacts = undefined;
    const contacts = [{ role: "relative", number: "+33611111111", language: "fr" }];
    await wish(scene, { v: 1, parts: { config: { alias: "Jeanne", contacts } } }, box);
    expect(results(scene, box)).toMatchObject({ "config/contacts": { state: "applied" } });
    const t = wall(scene.clock.now());
    scene.say({ kind: "event", t, event: "sos", number: 1, cause: "button", quality: 100 });
    await scene.after(Seconds(5));
    expect(scene.modem.delivered.map(({ number }) => number)).toEqual(["+33611111111"]);
    expect(JSON.stringify(scene.reports(box))).not.toContain("+336");
  });
});

describe("wishes for the wristband", () => {
  test("they are passed on, and done when it has settled each leaf", async () => {
    const scene = await linked();
    await wish(scene, { v: 3, ...seldom });
    expect(said(scene)).toEqual(["desired-3 accepted"]);
    expect(toldLeaves(scene)[0]).toMatchObject({
      v: 3,
      leaves: [
        { path: "config/loudness", value: 3 },
        { path: "config/profile", value: "dense" },
      ],
    });
    const t = wall(scene.clock.now());
    scene.say({ kind: "settled", t, v: 3, leaves: [{ path: "config/profile" }] });
    await scene.after(Seconds(1));
    expect(said(scene)).toEqual(["desired-3 accepted"]);
    const refused = { path: "config/loudness", code: "unknown_leaf" };
    scene.say({ kind: "settled", t, v: 3, leaves: [refused] });
    await scene.after(Seconds(1));
    expect(said(scene)).toEqual(["desired-3 accepted", "desired-3 done"]);
    expect(results(scene)).toEqual({
      "config/profile": { state: "applied" },
      "config/loudness": { state: "rejected", code: "unknown_leaf" },
    });
  });

  test("one that is out of reach is told when it is back, also by a box that was restarted", async () => {
    const scene = await linked();
    scene.air.move(50);
    await scene.after(Minutes(1));
    await wish(scene, { v: 3, ...seldom });
    expect(toldLeaves(scene)).toEqual([]);
    await scene.restart();
    scene.air.move(1);
    await scene.after(Minutes(2));
    expect(toldLeaves(scene)[0]?.leaves).toHaveLength(2);
  });

  test("the same version again changes nothing while it waits, and is carried out again after that", async () => {
    const scene = await linked();
    const dense = { v: 3, parts: { config: { profile: "dense" } } };
    const settle = async (): Promise<void> => {
      const t = wall(scene.clock.now());
      scene.say({ kind: "settled", t, v: 3, leaves: [{ path: "config/profile" }] });
      await scene.after(Seconds(1));
    };
    await wish(scene, dense);
    await wish(scene, dense);
    expect(toldLeaves(scene)).toHaveLength(1);
    await settle();
    expect(said(scene)).toEqual(["desired-3 accepted", "desired-3 done"]);
    await wish(scene, dense);
    expect(toldLeaves(scene)).toHaveLength(2);
    await settle();
    expect(said(scene).slice(2)).toEqual(["desired-3 accepted", "desired-3 done"]);
  });

  test("what it says of a version that was outgrown changes nothing", async () => {
    const scene = await linked();
    await wish(scene, { v: 3, ...seldom });
    await wish(scene, { v: 4, parts: { config: { loudness: 5 } } });
    const t = wall(scene.clock.now());
    scene.say({ kind: "settled", t, v: 3, leaves: [{ path: "config/loudness" }] });
    await scene.after(Seconds(1));
    expect(said(scene)).toEqual(["desired-3 accepted", "desired-4 accepted"]);
  });

  test("a deadline that passes settles what waits as expired; one that has passed is refused", async () => {
    const scene = await linked();
    const deadline = Instant(scene.clock.now() + Minutes(5));
    await wish(scene, { v: 3, ...seldom, deadline });
    await scene.after(Minutes(5));
    expect(results(scene)).toEqual({
      "config/profile": { state: "rejected", code: "expired" },
      "config/loudness": { state: "rejected", code: "expired" },
    });
    await wish(scene, { v: 4, ...seldom, deadline });
    expect(said(scene).at(-1)).toBe("desired-4 rejected expired");
  });

  test("one for a wristband that is not paired yet is told to it once it is", async () => {
    const scene = new BoxScene();
    await scene.after(Seconds(1));
    await wish(scene, { v: 1, ...seldom });
    expect(said(scene)).toEqual(["desired-1 accepted"]);
    await scene.pair();
    await scene.after(Seconds(1));
    expect(toldLeaves(scene)).toMatchObject([{ v: 1 }]);
  });

  test("what the radio cannot carry, and what is no device of this home, is refused at once", async () => {
    const scene = await linked();
    await wish(scene, { v: 3, parts: { config: { name: "Hélène", list: [1] } } });
    const unsupported = { state: "rejected", code: "unsupported_value" };
    expect(results(scene)).toEqual({ "config/name": unsupported, "config/list": unsupported });
    const cuff = parseSerial("T-1")!;
    await wish(scene, { v: 1, parts: { config: { user: 2 } } }, cuff);
    expect(results(scene, cuff)).toEqual({
      "config/user": { state: "rejected", code: "not_bonded" },
    });
  });
});

describe("TW-03: a command has one effect for its id", () => {
  test("the box does it once, and says so", async () => {
    const scene = await linked();
    const before = scene.panel.heard.length;
    await order(scene, { name: "locate" }, box);
    await order(scene, { name: "locate" }, box);
    await scene.restart();
    await scene.after(Seconds(5));
    await order(scene, { name: "locate" }, box);
    expect(scene.panel.heard).toHaveLength(before + 1);
    expect(said(scene, box)).toEqual(["c-1 accepted", "c-1 done"]);
  });

  test("a restart is asked for once it is answered", async () => {
    const scene = await linked();
    await order(scene, { name: "restart" }, box);
    await order(scene, { name: "restart" }, box);
    expect(scene.restarts).toBe(1);
    expect(said(scene, box)).toEqual(["c-1 accepted", "c-1 done"]);
  });

  test("the wristband is told, again after a restart of the box, until it has answered", async () => {
    const scene = await linked();
    await order(scene, { name: "measure", args: { metric: "spo2" } });
    await scene.restart();
    await scene.after(Seconds(10));
    const told = scene.told.filter(({ kind }) => kind === "command");
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({
      ...{ id: "c-1", name: "measure", args: [{ path: "metric", value: "spo2" }] },
    });
    const t = wall(scene.clock.now());
    const result = [{ path: "value", value: 97 }];
    for (const state of ["accepted", "done", "done"] as const) {
      scene.say({ kind: "answer", t, id: "c-1", state, code: "", result });
      await scene.after(Seconds(1));
    }
    expect(said(scene)).toEqual(["c-1 accepted", "c-1 done"]);
    expect(results(scene)).toEqual({ value: 97 });
  });

  test("what is unknown, late, or for nobody here is refused with its own code", async () => {
    const scene = await linked();
    await order(scene, { id: "c-1", name: "dance" });
    await order(scene, { id: "c-2", name: "measure", args: { metric: "mood" } });
    await order(scene, { id: "c-3", name: "locate", deadline: scene.clock.now() });
    await order(scene, { id: "c-4", name: "locate" }, stranger);
    expect(said(scene)).toEqual([
      ...["c-1 rejected unknown_command", "c-2 rejected invalid_arguments"],
      "c-3 rejected expired",
    ]);
    expect(said(scene, stranger)).toEqual(["c-4 rejected not_bonded"]);
  });

  test("one that nobody answers before its deadline has failed, also in a box that was restarted", async () => {
    const scene = await linked();
    scene.air.move(50);
    await scene.after(Minutes(1));
    await order(scene, { name: "locate" });
    await scene.restart();
    await scene.after(Minutes(6));
    expect(said(scene)).toEqual(["c-1 accepted", "c-1 failed expired"]);
    scene.air.move(1);
    await scene.after(Minutes(2));
    expect(scene.told.filter(({ kind }) => kind === "command")).toEqual([]);
  });
});
