/** One home, all of it the product's but for body, air, line and cloud, on a clock that the test moves. */
import { beforeAll, describe, expect, test } from "bun:test";

import type { HomeContacts } from "#devices/box/modem/contacts.ts";
import type { Layer } from "#devices/wristband/program/layer.ts";
import { fallSettings } from "#devices/wristband/signals/fall.ts";
import type { Reading as Measured } from "#devices/wristband/signals/report.ts";
import { Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import { faultless, type FaultPlan, type Faults } from "./faults.ts";
import { fidelities } from "./fidelity.ts";
import { begun, homes, HomeScene, steady } from "./home-scene.ts";
import type { Body } from "./physiology/body.ts";
import { createMeansBody } from "./physiology/means.ts";
import { meansWearer } from "./wearers/means.ts";
import { seededResident } from "./wearers/seeded.ts";
import type { Wearer } from "./wearers/wearer.ts";

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A fault between times after the start. */
function fault(kind: keyof Faults, spans: readonly Span[]): FaultPlan {
  return (t) => ({
    ...faultless(t),
    [kind]: spans.some(({ from, to }) => t >= begun + from && t < begun + to),
  });
}

/** Both plans at once. */
function both(one: FaultPlan, other: FaultPlan): FaultPlan {
  return (t) => {
    const [a, b] = [one(t), other(t)];
    return {
      radio: a.radio || b.radio,
      mains: a.mains || b.mains,
      dark: a.dark || b.dark,
      line: a.line || b.line,
    };
  };
}

/** A wearer of means of whom it is written down what the wristband measured. */
function witnessed(measured: Measured[]): Wearer {
  return (body, start) => {
    const worn = meansWearer(body, start);
    const begin: Layer["begin"] = (host) =>
      worn.layer.begin({
        ...host,
        tell: (report) => {
          if ("window" in report && "value" in report) measured.push(report);
          host.tell(report);
        },
      });
    return { ...worn, layer: { ...worn.layer, begin } };
  };
}

/** Somebody steady who falls once. */
function fallingAt(t: number): Body {
  const fell = begun + t;
  return { ...steady, fall: ({ from, to }) => (fell > from && fell <= to ? fell : undefined) };
}

const contacts: HomeContacts = {
  alias: "Jeanne",
  contacts: [{ role: "nurse", number: "+33601020304", language: "fr" }],
};
const record = { contacts: () => Promise.resolve(contacts) };

/** Whether windows follow one another; the wristband's clock is put right by some ms now and then. */
function expectUnbroken(readings: ReturnType<HomeScene["readings"]>): void {
  for (const [index, reading] of readings.slice(1).entries()) {
    const gap = reading.t - reading.window - readings[index]!.t;
    expect(Math.abs(gap)).toBeLessThan(Seconds(1));
  }
}

describe("a home in steady state", () => {
  const scene = new HomeScene();
  let day: string[] = [];

  beforeAll(async () => {
    await scene.pass(Hours(6));
    const before = scene.cloud.taken.length;
    await scene.pass(Hours(24));
    day = scene.cloud.taken.slice(before).map(({ topic }) => topic.channel);
  });

  test("BX-11, BX-12, BX-13: sends 144, 4 and 29 messages of readings a day", () => {
    expect(day.filter((channel) => channel === "readings").length).toBeWithin(144 + 4 + 28, 180);
  });

  test("WB-25: leaves no gap between the windows of a metric", () => {
    for (const metric of ["heart-rate", "spo2", "steps"] as const) {
      expectUnbroken(scene.readings(metric));
    }
  });

  test("is heard by its box, and says so", () => {
    expect(scene.cloud.heartbeats.at(-1)).toMatchObject({ links: [{ device: "B-0", up: true }] });
  });
});

describe("a week with a 48-hour outage and daily losses of the radio", () => {
  const day = Hours(24);
  const losses = [0, 1, 2, 3, 4, 5, 6].map((n) => ({
    from: n * day + Hours(5),
    to: n * day + Hours(5.7),
  }));
  const outage = { from: 2 * day + Hours(3), to: 4 * day + Hours(3) };
  const measured: Measured[] = [];
  const scene = new HomeScene({
    setup: {
      body: createMeansBody(5),
      wearer: witnessed(measured),
      faults: both(fault("radio", losses), fault("line", [outage])),
    },
  });
  let buffered = 0;

  beforeAll(async () => {
    await scene.pass(Hours(98));
    buffered = scene.home.tally().waiting;
    await scene.pass(Hours(7 * 24 - 98));
  });

  test("BX-15: fills the outbox in the outage, and empties it", () => {
    expect(buffered).toBeGreaterThan(300);
    expect(scene.home.tally()).toMatchObject({ waiting: 0, dropped: 0, refused: 0 });
  });

  test("ends with every number at the cloud, and every reading once", () => {
    expect(scene.cloud.received).toBe(scene.home.given());
    expect(scene.cloud.repeatedReadings).toBe(0);
  });

  test("WB-38: every reading that the wristband made is there, in order, but for the batch under way", () => {
    const underWay = { "heart-rate": 5, spo2: 10, steps: 12 };
    for (const metric of ["heart-rate", "spo2", "steps"] as const) {
      const made = measured.filter(({ kind }) => kind === metric).map(({ value }) => value);
      const stored = scene.readings(metric).map(({ value }) => value);
      expect(made.length - stored.length).toBeWithin(0, underWay[metric] + 1);
      expect(stored).toEqual(made.slice(0, stored.length));
    }
  });
});

describe("a fall", () => {
  const cancelled = Minutes(20) + fallSettings.cancelMs;

  test("H-05, BX-07: during an outage is told by SMS within 5 s of its confirmation, and to the cloud once", async () => {
    const scene = new HomeScene({ setup: { body: fallingAt(Minutes(20)) }, ports: { record } });
    await scene.pass(Minutes(10));
    scene.cutLine(true);
    await scene.pass(Millis(cancelled - Minutes(10) - Seconds(1)));
    expect(scene.modem.delivered).toEqual([]);
    await scene.pass(Seconds(6));
    const handed = scene.modem.delivered.map(({ handedAt }) => handedAt - begun - cancelled);
    expect(handed.length).toBeGreaterThan(0);
    expect(Math.max(...handed)).toBeLessThan(Seconds(5));
    expect(scene.cloud.events).toEqual([]);
    await scene.pass(Hours(2));
    scene.cutLine(false);
    await scene.pass(Hours(1));
    expect(scene.cloud.events.map(({ kind }) => kind)).toEqual(["fall"]);
    expect(scene.modem.delivered.length).toBe(handed.length);
  });

  test("WB-24: out of the box's reach is told as soon as the wristband is back", async () => {
    const faults = fault("radio", [{ from: Minutes(19), to: Minutes(60) }]);
    const scene = new HomeScene({ setup: { body: fallingAt(Minutes(20)), faults } });
    await scene.pass(Minutes(59));
    expect(scene.cloud.events).toEqual([]);
    await scene.pass(Minutes(3));
    expect(scene.cloud.events).toMatchObject([{ kind: "fall" }]);
    const late = scene.cloud.events[0]!.t - begun - Minutes(20);
    expect(Math.abs(late)).toBeLessThan(Seconds(1));
  });
});

describe("a box without power", () => {
  test("BX-30: says so while it can, is back with what was on its disk, and loses no reading", async () => {
    const measured: Measured[] = [];
    const faults = both(
      fault("mains", [{ from: Hours(1), to: Hours(3) }]),
      fault("dark", [{ from: Hours(1.5), to: Hours(3) }]),
    );
    const scene = new HomeScene({ setup: { wearer: witnessed(measured), faults } });
    await scene.pass(Hours(1.4));
    expect(scene.cloud.events.map(({ kind }) => kind)).toEqual(["power_lost"]);
    await scene.pass(Hours(1));
    expect(scene.home.connected).toBe(false);
    await scene.pass(Hours(2));
    expect(scene.home.connected).toBe(true);
    const made = measured.filter(({ kind }) => kind === "heart-rate");
    expect(made.length - scene.readings("heart-rate").length).toBeWithin(0, 6);
    expect(scene.cloud.repeatedReadings).toBe(0);
  });

  test("TW-03: is told afterwards what was wished meanwhile, and its wristband does it", async () => {
    const faults = fault("dark", [{ from: Hours(1), to: Hours(2) }]);
    const scene = new HomeScene({ setup: { faults } });
    await scene.pass(Hours(1.5));
    const { tenant, box, wristband: device } = homes(1)[0]!;
    const desired = { v: 1, parts: { config: { profile: "dense" } } };
    scene.cloud.wishes.push({ to: { tenant, box, device }, desired });
    await scene.pass(Hours(1));
    const answers = scene.cloud.taken.filter(({ topic }) => topic.channel === "answer");
    expect(answers.map(({ text }) => JSON.parse(text).state)).toEqual(["accepted", "done"]);
    expect(scene.readings("heart-rate").at(-1)?.window).toBe(Seconds(1));
  });
});

test("a person is the same at every fidelity", async () => {
  const seed = 5;
  const scenes = fidelities.map((fidelity) => {
    return new HomeScene({ setup: { seed, ...seededResident(fidelity, seed) } });
  });
  for (const scene of scenes) await scene.pass(Hours(3));
  const [means, ...finer] = scenes.map((scene) => ({
    heart: mean(scene, "heart-rate"),
    spo2: mean(scene, "spo2"),
    rates: scene.readings("heart-rate").length,
  }));
  for (const one of finer) {
    expect(Math.abs(one.heart - means!.heart)).toBeLessThan(4);
    expect(Math.abs(one.spo2 - means!.spo2)).toBeLessThan(1.5);
    expect(one.rates / means!.rates).toBeWithin(0.8, 1.1);
  }
});

function mean(scene: HomeScene, metric: "heart-rate" | "spo2"): number {
  const values = scene.readings(metric).map(({ value }) => value);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
