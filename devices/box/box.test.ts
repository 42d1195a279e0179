/**
 * Goal: what a wristband and a home say reaches cloud and people as it should, whatever happens in between. Method: the whole
 * box program on memory ports and one clock.
 */
import { describe, expect, test } from "bun:test";

import { parseSerial } from "#wire/identity.ts";
import { Hours, Minutes, Seconds } from "#wire/units.ts";

import { BoxScene, fell, linked, live, pulse, wall } from "./box-scene.ts";
import { box, device, start } from "./uplink-scene.ts";

describe("readings", () => {
  test("BX-11: one message of five means every ten minutes", async () => {
    const scene = await linked();
    await live(scene, 15);
    expect(scene.packs().map(({ readings }) => readings.length)).toEqual([5, 5, 5]);
    expect(scene.packs()[0]).toMatchObject({ battery: 80, firmware: "2.4.1" });
    expect(scene.packs()[0]?.readings[0]).toMatchObject({ metric: "heart-rate", value: 62 });
  });

  test("BX-12, BX-13: twelve counts every six hours, ten saturations every fifty minutes", async () => {
    const scene = await linked();
    for (let at = 0; at < Hours(6); at += Minutes(5)) {
      await scene.after(Minutes(5));
      const t = wall(scene.clock.now());
      scene.say(pulse(t, { metric: "spo2", value: 97 }));
      if ((at + Minutes(5)) % Minutes(30) === 0) {
        scene.say(pulse(t, { metric: "steps", value: 40, window: Minutes(30) }));
      }
    }
    await scene.after(Seconds(1));
    const sizes = (metric: string): number[] =>
      scene
        .packs()
        .filter(({ readings }) => readings[0]?.metric === metric)
        .map(({ readings }) => readings.length);
    expect(sizes("spo2")).toEqual([10, 10, 10, 10, 10, 10, 10]);
    expect(sizes("steps")).toEqual([12]);
  });

  test("BX-10: what was acknowledged to the wristband survives a box that dies before its batch", async () => {
    const scene = await linked();
    await live(scene, 3);
    expect(scene.packs()).toEqual([]);
    await scene.restart();
    await live(scene, 2);
    expect(scene.packs().map(({ readings }) => readings.length)).toEqual([5]);
  });

  test("F15: what cannot be written is not acknowledged, and comes again", async () => {
    const scene = await linked();
    scene.isDiskFull = true;
    await live(scene, 3);
    scene.isDiskFull = false;
    await live(scene, 2);
    expect(scene.packs().map(({ readings }) => readings.length)).toEqual([5]);
  });

  test("a lone mean goes when its batch's time has passed", async () => {
    const scene = await linked();
    await live(scene, 1);
    await scene.after(Minutes(9));
    expect(scene.packs()).toEqual([]);
    await scene.after(Minutes(1));
    expect(scene.packs()).toHaveLength(1);
  });

  test("a wristband that reports another profile is batched by it", async () => {
    const scene = await linked();
    const t = wall(scene.clock.now());
    scene.say({ kind: "reported", t, leaves: [{ path: "config/profile", value: "dense" }] });
    await scene.after(Seconds(1));
    for (let second = 0; second < 20; second += 1) {
      scene.say(pulse(wall(scene.clock.now()), { window: Seconds(1) }));
      await scene.after(Seconds(1));
    }
    expect(scene.packs().map(({ readings }) => readings.length)).toEqual([10, 10]);
    expect(scene.reports().at(-1)?.parts).toEqual({ config: { profile: "dense" } });
  });
});

describe("time", () => {
  test("WB-15: a wristband is told the time at each link, and every hour", async () => {
    const scene = await linked();
    const times = (): number[] =>
      scene.told.flatMap((body) => (body.kind === "time" ? [body.now] : []));
    await scene.after(Seconds(1));
    expect(times()).toEqual([start + 1000]);
    await scene.after(Hours(1));
    expect(times()).toHaveLength(2);
    scene.air.move(50);
    await scene.after(Minutes(1));
    scene.air.move(1);
    await scene.after(Minutes(2));
    expect(times()).toHaveLength(3);
    expect(scene.clock.now() - times()[2]!).toBeLessThan(Minutes(2));
  });

  test("F08: what was said before the time was known is dated once it is, and says so", async () => {
    const scene = await linked();
    scene.rebootBand();
    const bootedAt = scene.clock.now();
    scene.say(pulse({ ms: Minutes(2), clock: "start" }));
    await scene.after(Minutes(4));
    expect(scene.packs()).toEqual([]);
    scene.say({
      kind: "clock",
      t: { ms: Minutes(4), clock: "start" },
      wall: bootedAt + Minutes(4),
    });
    await scene.after(Seconds(1));
    expect(scene.packs()[0]?.readings).toMatchObject([
      { t: bootedAt + Minutes(2), flags: ["clock_corrected"] },
    ]);
  });

  test("F08: a report that is heard late, from before the time was known, is older than one from after", async () => {
    const scene = await linked();
    const told = scene.clock.now();
    await scene.after(Seconds(3));
    const leaves = (value: boolean) => [{ path: "clock/synchronised", value }];
    scene.say({ kind: "reported", t: wall(told), leaves: leaves(true) });
    scene.say({ kind: "reported", t: { ms: 5, clock: "start" }, leaves: leaves(false) });
    await scene.after(Seconds(1));
    const [after, before] = scene.reports().slice(-2);
    expect(after?.parts.clock).toEqual({ synchronised: true });
    expect(before?.parts.clock).toEqual({ synchronised: false });
    expect(before!.t).toBeLessThan(after!.t);
  });

  test("F08: what no clock will ever date goes as clock_lost, and is put aside there", async () => {
    const scene = await linked();
    scene.say(pulse({ ms: Minutes(2), clock: "start" }));
    await scene.after(Minutes(61));
    const [pack] = scene.packs();
    expect(pack?.readings).toEqual([]);
    expect(pack?.rejected.map(({ reason }) => reason)).toEqual(["clock_lost"]);
  });

  test("F09: a wristband a day ahead is moved to now, with a mark", async () => {
    const scene = await linked();
    const ahead = scene.clock.now() + Hours(24);
    scene.say(pulse(wall(ahead)));
    await scene.after(Minutes(11));
    const [reading] = scene.packs()[0]!.readings;
    expect(reading?.flags).toEqual(["clock_corrected"]);
    expect(reading?.t).toBeLessThan(start + Minutes(1));
  });

  test("a box that does not know the time tells none, and shows it", async () => {
    const scene = new BoxScene();
    scene.time.set("free");
    await scene.after(Seconds(1));
    await scene.pair();
    await scene.after(Minutes(1));
    expect(scene.told).toEqual([]);
    expect(scene.drawn.at(-1)?.codes).toEqual(["E5"]);
    scene.time.set("synchronised");
    await scene.after(Seconds(1));
    expect(scene.told).toMatchObject([{ kind: "time" }]);
    expect(scene.drawn.at(-1)?.codes).toEqual([]);
  });
});

describe("emergencies", () => {
  test("BX-07, BX-21: a fall is an SMS within 5 s and an event under the same id", async () => {
    const scene = await linked();
    scene.say(fell(wall(scene.clock.now())));
    await scene.after(Seconds(5));
    expect(scene.modem.delivered).toHaveLength(1);
    const [event] = scene.events();
    expect(event).toMatchObject({ kind: "fall", quality: 95, detail: "impact", device });
    expect(scene.panel.heard).toContain("emergency");
  });

  test("F18: with the line cut it is an SMS all the same, and reaches the cloud once, later", async () => {
    const scene = await linked();
    scene.cutLine(true);
    scene.say(fell(wall(scene.clock.now())));
    await scene.after(Seconds(5));
    expect(scene.modem.delivered).toHaveLength(1);
    expect(scene.events()).toEqual([]);
    scene.cutLine(false);
    await scene.after(Minutes(2));
    expect(scene.events()).toHaveLength(1);
  });

  test("what was being told when the box died is told when it is back, and no more after that", async () => {
    const scene = await linked();
    scene.modem.sins = { network: "none", error: 331 };
    scene.say(fell(wall(scene.clock.now())));
    await scene.after(Seconds(2));
    expect(scene.modem.delivered).toEqual([]);
    scene.modem.sins = {};
    await scene.restart();
    await scene.after(Minutes(2));
    expect(scene.modem.delivered).toHaveLength(1);
    await scene.restart();
    await scene.after(Minutes(2));
    expect(scene.modem.delivered).toHaveLength(1);
    expect(scene.events()).toHaveLength(1);
  });

  test("BX-20: a record service that is silent for 2 s is answered from what it said last", async () => {
    const scene = await linked();
    scene.say(fell(wall(scene.clock.now()), 1));
    await scene.after(Minutes(1));
    scene.contacts = undefined;
    await scene.restart();
    await scene.after(Minutes(1));
    scene.say(fell(wall(scene.clock.now()), 2));
    await scene.after(Seconds(5));
    expect(scene.modem.delivered.map(({ number }) => number)).toEqual([
      "+33601020304",
      "+33601020304",
    ]);
  });

  test("an emergency of a wristband without a clock is dated when it is heard", async () => {
    const scene = await linked();
    const t = scene.clock.now();
    scene.say(fell({ ms: 5000, clock: "start" }));
    await scene.after(Seconds(5));
    expect(scene.events()[0]!.t - t).toBeLessThan(Seconds(1));
  });
});

describe("bonding", () => {
  test("BX-04: without the button nothing is bonded, and the bond survives a reboot", async () => {
    const scene = new BoxScene();
    await scene.after(Seconds(1));
    scene.radio.show({ pairing: true });
    await scene.after(Seconds(1));
    expect(scene.radio.bonded.size).toBe(0);
    await scene.pair();
    expect(scene.panel.heard).toEqual(["accepted"]);
    expect(scene.panel.shown).toBe("well");
    await scene.restart();
    await live(scene, 5);
    expect(scene.packs()).toHaveLength(1);
    expect(scene.reports(box).at(-1)?.parts.radio).toMatchObject({ wristband: device });
  });

  test("F13: a clone is refused, and told of once over all restarts", async () => {
    const scene = await linked();
    const clone = { address: "C4:66:66:66:66:66", pairing: true };
    for (let sight = 0; sight < 3; sight += 1) {
      scene.press();
      scene.radio.show(clone);
      await scene.after(Seconds(1));
      await scene.restart();
    }
    await scene.after(Minutes(1));
    expect(scene.radio.bonded.has(clone.address)).toBe(false);
    expect(scene.events(box)).toMatchObject([{ kind: "device_error", device: box }]);
  });

  test("a wristband that is refused is heard once, and a window that closes goes dark", async () => {
    const scene = await linked();
    scene.press();
    expect(scene.panel.shown).toBe("pairing");
    const another = { address: "C4:02", serial: parseSerial("B-2")!, pairing: true };
    for (let sight = 0; sight < 5; sight += 1) scene.radio.show(another);
    expect(scene.panel.heard.filter((buzz) => buzz === "refused")).toHaveLength(1);
    await scene.after(Minutes(2));
    expect(scene.panel.shown).toBe("well");
  });
});

describe("what the box says of itself", () => {
  test("BX-06: a lost link is in the next heartbeat at once", async () => {
    const scene = await linked();
    await live(scene, 1);
    const links = () => scene.cloud.heartbeats.at(-1)?.alive.links;
    expect(links()).toMatchObject([{ device, up: true }]);
    scene.air.move(50);
    await scene.after(Seconds(1));
    expect(links()).toMatchObject([{ device, up: false }]);
    expect(links()?.[0]?.heardAt).toBeGreaterThan(start);
  });

  test("BX-30: lost power is an event, a report and a heartbeat at once, and so is its return", async () => {
    const scene = await linked();
    scene.power.set("battery");
    await scene.after(Seconds(1));
    expect(scene.events(box).map(({ kind }) => kind)).toEqual(["power_lost"]);
    expect(scene.reports(box).at(-1)?.parts).toEqual({ power: { source: "battery" } });
    expect(scene.cloud.heartbeats.at(-1)?.alive.power).toBe("battery");
    scene.power.set("mains");
    await scene.after(Seconds(1));
    expect(scene.events(box).map(({ kind }) => kind)).toEqual(["power_lost", "power_back"]);
  });

  test("at its start it reports everything, and later what has changed", async () => {
    const scene = new BoxScene();
    await scene.after(Seconds(10));
    const [first] = scene.reports(box);
    expect(Object.keys(first?.parts ?? {}).toSorted()).toEqual([
      ...["buffer", "clock", "config", "firmware", "power", "radio", "sensors"],
    ]);
    const before = scene.reports(box).length;
    await scene.pair();
    expect(
      scene
        .reports(box)
        .slice(before)
        .map(({ parts }) => parts),
    ).toEqual([{ radio: { wristband: device } }]);
  });
});
