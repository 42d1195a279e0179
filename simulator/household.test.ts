import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { parseBox, parseSerial } from "#wire/identity.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { fullBattery } from "./battery.ts";
import { faultless, faultsOf } from "./faults.ts";
import { Household, type HouseholdSetup } from "./household.ts";
import type { Body } from "./physiology/body.ts";
import { createMeansBody } from "./physiology/means.ts";
import type { Said, SaidReadings } from "./said.ts";

const start = Date.UTC(2026, 2, 2);
const box = parseBox("X-1")!;
const wristband = parseSerial("B-1")!;

function setup(seed: number, change: Partial<HouseholdSetup> = {}): HouseholdSetup {
  return {
    box,
    wristband,
    seed,
    body: createMeansBody(seed),
    faults: faultsOf(seed),
    profile: "seed",
    start,
    ...change,
  };
}

/** A battery that a test need not think of. */
const battery = { ...fullBattery(1), drain: 0 };

/** A body that never takes the wristband off and never falls. */
const steady: Body = {
  wear: () => "worn",
  heartRate: () => ({ value: 70, quality: 95 }),
  spo2: () => ({ value: 96, quality: 95 }),
  steps: () => 10,
  fall: () => undefined,
};

function readings(said: readonly Said[], metric: string): SaidReadings[] {
  return said.filter(
    (one): one is SaidReadings => one.channel === "readings" && one.readings[0]?.metric === metric,
  );
}

describe("a home in steady state", () => {
  const household = new Household(setup(5, { body: steady, battery, faults: faultless }));
  household.advance(start + Hours(6));
  const day = household.advance(start + Hours(30));

  test("BX-11: sends one heart-rate message every ten minutes, with five means", () => {
    const messages = readings(day, "heart-rate");
    expect(messages.length).toBe(144);
    for (const message of messages) expect(message.readings.length).toBe(5);
  });

  test("BX-12: sends one steps message every six hours, with twelve counts", () => {
    const messages = readings(day, "steps");
    expect(messages.length).toBe(4);
    for (const message of messages) expect(message.readings.length).toBe(12);
  });

  test("BX-13: sends one SpO2 message every fifty minutes, with ten means", () => {
    const messages = readings(day, "spo2");
    expect(messages.length).toBeWithin(28, 30);
    for (const message of messages) expect(message.readings.length).toBe(10);
  });

  test("WB-25: leaves no gap between the windows of a metric and no window twice", () => {
    for (const metric of ["heart-rate", "spo2", "steps"]) {
      const all = readings(day, metric).flatMap((message) => message.readings);
      for (const [index, reading] of all.slice(1).entries()) {
        expect(reading.t - reading.window).toBe(all[index]!.t);
      }
    }
  });
});

describe("a home of the dense profile", () => {
  test("sends ten heart rates of a second each every ten seconds", () => {
    const change = { body: steady, battery, faults: faultless, profile: "dense" } as const;
    const household = new Household(setup(5, change));
    household.advance(start + Hours(1));
    const messages = readings(household.advance(start + Hours(2)), "heart-rate");
    expect(messages.length).toBe(360);
    for (const message of messages) {
      expect(message.readings.map(({ window }) => window)).toEqual(Array(10).fill(1000));
    }
  });
});

describe("a home", () => {
  test("says the same whether its time is lived in one stride or in many", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: Hours(3) }), { minLength: 1, maxLength: 60 }),
        (seed, strides) => {
          const strolling = new Household(setup(seed));
          const said: Said[] = [];
          let t = start;
          for (const stride of strides) said.push(...strolling.advance((t += stride)));
          expect(new Household(setup(seed)).advance(t)).toEqual(said);
        },
      ),
    );
  });

  test("reports what it is at once, before anything is measured", () => {
    const household = new Household(setup(5, { faults: faultless }));
    expect(household.nextDue).toBe(start);
    const said = household.advance(start);
    expect(said.map(({ channel, device }) => `${channel} ${device}`)).toEqual([
      "reported X-1",
      "reported B-1",
    ]);
    expect(household.nextDue).toBeGreaterThan(start);
  });

  test("says the same for the same seed, and another seed something else", () => {
    const day = (seed: number): readonly Said[] =>
      new Household(setup(seed)).advance(start + Hours(24));
    expect(day(11)).toEqual(day(11));
    expect(day(11)).not.toEqual(day(12));
  });

  test("says fewer than 200 messages of its wristband a day: the door's burst lets a day through", () => {
    for (let seed = 0; seed < 300; seed++) {
      const said = new Household(setup(seed)).advance(start + Hours(24));
      expect(said.filter(({ device }) => device === wristband).length).toBeLessThan(200);
    }
  });

  test.each(["seed", "dense"] as const)(
    "WB-38: delivers after 30 minutes out of reach every mean, in order, once (%s profile)",
    (profile) => {
      const lost = { from: start + Hours(2), to: start + Hours(2.5) };
      const faults = (t: number): ReturnType<typeof faultless> => ({
        ...faultless(t),
        radio: t >= lost.from && t < lost.to,
      });
      const change = { body: steady, battery, profile };
      const said = new Household(setup(5, { ...change, faults })).advance(start + Hours(4));
      const undisturbed = new Household(setup(5, { ...change, faults: faultless }));
      const expected = readings(undisturbed.advance(start + Hours(4)), "heart-rate");
      const times = (messages: SaidReadings[]): number[] =>
        messages.flatMap((message) => message.readings.map(({ t }) => t));
      const delivered = readings(said, "heart-rate");
      expect(times(delivered)).toEqual(times(expected));
      for (const message of delivered) expect(message.readings.length).toBeLessThanOrEqual(500);
    },
  );

  test("BX-30: says that its power is lost while it can, and that it is back", () => {
    const faults = (t: number): ReturnType<typeof faultless> => ({
      ...faultless(t),
      mains: t >= start + Hours(1) && t < start + Hours(3),
      dark: t >= start + Hours(1.5) && t < start + Hours(3),
    });
    const household = new Household(setup(5, { body: steady, battery, faults }));
    const kinds = (said: readonly Said[]): string[] =>
      said.flatMap((one) => (one.channel === "event" ? [one.kind] : []));
    expect(kinds(household.advance(start + Hours(1.4)))).toEqual(["power_lost"]);
    expect(household.state.power).toBe("battery");
    household.advance(start + Hours(1.6));
    expect(household.state.dark).toBe(true);
    expect(household.advance(start + Hours(2.9))).toEqual([]);
    expect(kinds(household.advance(start + Hours(4)))).toEqual(["power_back"]);
  });

  test("says a fall at the instant of the fall, and after a radio loss before all else", () => {
    const fallen = start + Hours(2) + 12_345;
    const body: Body = {
      ...steady,
      fall: ({ from, to }) => (fallen > from && fallen <= to ? fallen : undefined),
    };
    const near = new Household(setup(5, { body, battery, faults: faultless }));
    expect(near.advance(fallen - 1).some(({ channel }) => channel === "event")).toBe(false);
    expect(near.advance(fallen)).toMatchObject([{ channel: "event", kind: "fall", t: fallen }]);
    const faults = (t: number): ReturnType<typeof faultless> => ({
      ...faultless(t),
      radio: t >= start + Hours(1.9) && t < start + Hours(3),
    });
    const far = new Household(setup(5, { body, battery, faults }));
    far.advance(start + Hours(3) - 1);
    expect(far.advance(start + Hours(3) + Minutes(2))[0]).toMatchObject({
      kind: "fall",
      t: fallen,
    });
  });
});
