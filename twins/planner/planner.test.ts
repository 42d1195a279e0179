import { describe, expect, test } from "bun:test";

import { after, device, start } from "#twins/specimens.ts";
import { parseBox } from "#wire/identity.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { findBlind } from "./blind.ts";
import type { HomeDevice } from "./home-rows.ts";
import { planVisits, type VisitQuery } from "./visits.ts";

const day = 86_400_000;
const now = after(30 * day);
const within = Hours(24 * 14);

/** A device of home `name` that nothing is wrong with. */
function fine(serial: string, wish: Partial<HomeDevice> = {}): HomeDevice {
  const name = serial.slice(2);
  return {
    device: device(serial).serial,
    home: parseBox(`X-${name}`)!,
    isBox: serial.startsWith("X"),
    isWristband: serial.startsWith("B"),
    state: "online",
    cause: null,
    since: start,
    heardAt: now,
    createdAt: start,
    readingAt: serial.startsWith("B") ? now - 60_000 : null,
    battery: 80,
    isCharging: false,
    isOffWrist: false,
    status: "active",
    calibrationDue: null,
    ...wish,
  };
}

function visits(devices: readonly HomeDevice[], query: Partial<VisitQuery> = {}) {
  return planVisits(devices, { within, now, trend: () => undefined, ...query });
}

describe("visits", () => {
  test("stand by home, each reason with its day, and a home without one is not among them", () => {
    const planned = visits([
      fine("X-1"),
      fine("B-1", { calibrationDue: now + 3 * day }),
      fine("X-2", {
        state: "silent",
        cause: "box_net",
        since: now - 2 * day,
        heardAt: now - 2 * day,
      }),
      fine("B-2", { state: "silent", cause: "box_net", since: now - 2 * day, battery: 3 }),
      fine("X-3"),
      fine("B-3"),
    ]);
    expect(planned).toEqual([
      {
        home: parseBox("X-2")!,
        dueAt: after(29 * day),
        devices: 2,
        reasons: [
          { device: device("X-2").serial, why: "silent", dueAt: after(29 * day), battery: null },
          { device: device("B-2").serial, why: "battery", dueAt: now, battery: 3 },
          { device: device("X-2").serial, why: "buffer", dueAt: now, battery: null },
        ],
      },
      {
        home: parseBox("X-1")!,
        dueAt: after(33 * day),
        devices: 1,
        reasons: [
          {
            device: device("B-1").serial,
            why: "calibration",
            dueAt: after(33 * day),
            battery: null,
          },
        ],
      },
    ]);
  });

  test("come by day, then where one visit puts most right", () => {
    const due = (days: number, hours = 0) => ({
      calibrationDue: now + days * day + hours * 3_600_000,
    });
    const planned = visits([
      fine("B-1", due(2, 1)),
      fine("B-2", due(2, 9)),
      fine("X-2", due(2, 8)),
      fine("B-3", due(1)),
      fine("B-4", due(-9)),
      fine("B-5", due(15)),
    ]);
    expect(planned.map(({ home }) => String(home))).toEqual(["X-4", "X-3", "X-2", "X-1"]);
  });

  test("follow a battery's trend, but not while it is being charged", () => {
    const trend = () => ({ since: after(20 * day), from: 90, at: now, level: 40 });
    const [visit] = visits([fine("B-1")], { trend });
    expect(visit?.reasons).toMatchObject([{ why: "battery", dueAt: now + 7 * day, battery: 80 }]);
    expect(visits([fine("B-1", { isCharging: true })], { trend })).toEqual([]);
    expect(visits([fine("B-1")], { trend, within: Hours(24) })).toEqual([]);
  });

  test("see to a silence once, by what explains it best", () => {
    const why = (wish: Partial<HomeDevice>, serial = "B-1") =>
      visits([fine(serial, { state: "silent", since: now - day, heardAt: now - day, ...wish })])
        .flatMap(({ reasons }) => reasons)
        .map((reason) => reason.why);
    expect(why({ cause: "ble_lost" })).toEqual(["silent"]);
    expect(why({ cause: "battery_flat" })).toEqual(["battery"]);
    expect(why({ cause: "box_net" })).toEqual([]);
    expect(why({ cause: "box_power" }, "X-1")).toEqual(["silent"]);
    expect(why({ cause: "box_net" }, "X-1")).toEqual(["silent", "buffer"]);
    expect(why({ cause: null, state: "online", status: "broken" })).toEqual(["broken"]);
  });
});

describe("blind homes", () => {
  const over = Minutes(30);
  const old = { readingAt: now - 2 * 3_600_000 };
  const find = (...devices: readonly HomeDevice[]) => findBlind(devices, { over, now });

  test("are those whose wristbands all told nothing for longer, longest first, and why", () => {
    const { blind, offWrist } = find(
      fine("X-1"),
      fine("B-1"),
      fine("X-2"),
      fine("B-2", { ...old, state: "silent", cause: "ble_lost" }),
      fine("X-3", { state: "silent", cause: "box_power" }),
      fine("B-3", { readingAt: now - day, state: "silent", cause: "box_power" }),
      fine("X-4"),
      fine("B-4", old),
      fine("X-5"),
    );
    expect(blind.map(({ home, cause, forMs }) => [String(home), cause, forMs / 3_600_000])).toEqual(
      [
        ["X-5", "no_wristband", 720],
        ["X-3", "box_power", 24],
        ["X-2", "ble_lost", 2],
        ["X-4", "no_readings", 2],
      ],
    );
    expect(offWrist).toEqual([]);
  });

  test("are told from those whose wristbands are off the wrist or being charged", () => {
    const { blind, offWrist } = find(
      fine("B-1", { ...old, isOffWrist: true }),
      fine("B-2", { ...old, cause: "charging" }),
      fine("B-3", { ...old, state: "silent", cause: "battery_flat" }),
      fine("X-1"),
      fine("B-4", { ...old, isOffWrist: true }),
      fine("X-4", { state: "silent", cause: "box_net" }),
    );
    expect(blind.map(({ home }) => String(home))).toEqual(["X-3", "X-4"]);
    expect(offWrist.map(({ home }) => String(home))).toEqual(["X-1", "X-2"]);
  });

  test("are not those in which one of two wristbands is worn, nor those of other sensors alone", () => {
    const other = { ...fine("B-7", old), home: parseBox("X-1")! };
    expect(find(fine("B-1"), other).blind).toEqual([]);
    expect(find(fine("T-1", old)).blind).toEqual([]);
  });

  test("count from the bound on, and from when a wristband was made when it never told anything", () => {
    const at = (ms: number) => find(fine("B-1", { readingAt: now - ms })).blind.length;
    expect([at(30 * 60_000), at(30 * 60_000 + 1)]).toEqual([0, 1]);
    const { blind } = find(fine("B-1", { readingAt: null }));
    expect(blind).toMatchObject([{ since: start, wristbands: [{ readingAt: null }] }]);
  });
});
