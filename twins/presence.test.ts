import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { PresenceFact, StreamEntry } from "#wire/entry.ts";
import type { JsonObject } from "#wire/messages.ts";
import { usualRules } from "#wire/presence-rules.ts";
import { Instant, Minutes } from "#wire/units.ts";

import type { Twin } from "./document.ts";
import { dueAt, judge, presenceOf } from "./presence.ts";
import { after, device, entryOf, factOf, pulse, start } from "./specimens.ts";
import { createTwin, fold } from "./twin.ts";

const minute = 60_000;

function boxTold(...facts: PresenceFact[]): Twin {
  const twin = createTwin(device("X-1"), start);
  return facts.reduce((now, fact) => fold(now, factOf(fact)).twin, twin);
}

function bandTold(...facts: PresenceFact[]): Twin {
  const twin = createTwin(device("B-1"), start);
  return facts.reduce((now, fact) => fold(now, factOf(fact, "B-1")).twin, twin);
}

const heard: PresenceFact = { at: start, state: "heard", heardAt: start, power: "mains" };
const linked: PresenceFact = { at: start, state: "heard", heardAt: start, up: true };
const cut: PresenceFact = { ...heard, ended: "cut" };
const home = boxTold(heard);

/** State and cause that many ms after `start`. */
function seen(twin: Twin, ms: number, box: Twin | null = null): string {
  const { state, cause } = presenceOf({ twin, box }, after(ms));
  return cause === null ? state : `${state} ${cause}`;
}

describe("a box", () => {
  test("is in stock until it is first heard of", () => {
    expect(seen(boxTold(), 90 * minute)).toBe("in_stock");
  });

  test("is online for as long as a door hears it", () => {
    expect(seen(home, 90 * minute)).toBe("online");
    expect(dueAt(home, after(0))).toBeNull();
  });

  test("BX-27: once cut off is late after 45 s and silent after 90 s, by the clock alone", () => {
    const twin = boxTold(cut);
    expect(seen(twin, 45_000)).toBe("online");
    expect(seen(twin, 45_001)).toBe("late box_net");
    expect(seen(twin, 90_000)).toBe("late box_net");
    expect(seen(twin, 90_001)).toBe("silent box_net");
    expect(presenceOf({ twin, box: null }, after(minute * 9)).since).toBe(after(90_001));
    expect(dueAt(twin, after(0))).toBe(after(45_001));
    expect(dueAt(twin, after(45_001))).toBe(after(90_001));
    expect(dueAt(twin, after(90_001))).toBe(after(90_001 + 30 * minute));
  });

  test("CF-23: its silence concerns the patient after 30 min, a technician after 2 h, support after 24 h", () => {
    const twin = boxTold(cut);
    const told: [number, unknown][] = [];
    for (let due = dueAt(twin, start); due !== null; due = dueAt(twin, due)) {
      const { concern } = presenceOf({ twin, box: null }, due);
      told.push([Math.round((due - start - 90_001) / minute), concern]);
    }
    expect(told.slice(1)).toEqual([
      [0, null],
      [30, "hint"],
      [120, "alert"],
      [1440, "task"],
    ]);
    const band = bandTold(linked);
    const day = after(25 * 60 * minute);
    expect(presenceOf({ twin: band, box: twin }, day)).toMatchObject({
      state: "silent",
      concern: null,
    });
  });

  test("CF-23: is late and silent by the rules of its installation", () => {
    const slow = { ...usualRules, lateAfter: Minutes(2), silentAfter: Minutes(5) };
    const states = [2, 2.01, 5, 5.01].map(
      (at) => presenceOf({ twin: boxTold(cut), box: null }, after(at * minute), slow).state,
    );
    expect(states).toEqual(["online", "late", "late", "silent"]);
    expect(dueAt(boxTold(cut), start, slow)).toBe(after(2 * minute + 1));
  });

  test("is late or silent when the door says so, and online when heard again", () => {
    const late = { ...heard, at: after(47_000), state: "late" } as const;
    expect(seen(boxTold(heard, late), 47_000)).toBe("late box_net");
    const back = { ...heard, at: after(60_000), heardAt: after(60_000) };
    expect(seen(boxTold(heard, late, back), 60_000)).toBe("online");
  });

  test("lost its power when it ran on its battery, or said farewell before it went", () => {
    expect(seen(boxTold({ ...heard, power: "battery" }), 0)).toBe("online box_power");
    expect(seen(boxTold({ ...cut, power: "battery" }), 91_000)).toBe("silent box_power");
    expect(seen(boxTold({ ...cut, ended: "farewell" }), 91_000)).toBe("silent box_power");
  });

  test("has returned while a backlog older than two minutes drains", () => {
    const buffer = { depth: 300, oldest: after(-3 * minute) };
    const draining = boxTold({ ...heard, buffer });
    expect(seen(draining, 1000)).toBe("returned");
    const drained = { ...heard, at: after(5000), buffer: { depth: 0, oldest: null } };
    expect(seen(fold(draining, factOf(drained)).twin, 5000)).toBe("online");
    expect(seen(boxTold({ ...heard, buffer: { depth: 3, oldest: after(-1000) } }), 0)).toBe(
      "online",
    );
  });

  test("with a clock that is off says so", () => {
    expect(seen(boxTold({ ...heard, clockOff: true }), 0)).toBe("online clock");
  });
});

describe("a wristband", () => {
  test("that no heartbeat ever named was heard when it last measured, by the clock alone", () => {
    const { twin } = fold(bandTold(), pulse(70, start));
    expect(seen(twin, 3 * minute, home)).toBe("online");
    expect(seen(twin, 6 * minute, home)).toBe("late ble_lost");
    expect(seen(twin, 7 * minute, home)).toBe("silent ble_lost");
    expect(presenceOf({ twin, box: home }, after(7 * minute)).heardAt).toBe(start);
    expect(dueAt(twin, after(0))).toBe(after(3 * minute + 1));
  });

  test("is online while its box hears it, then late and silent by its own cadence", () => {
    expect(seen(bandTold(linked), 90 * minute, home)).toBe("online");
    const lost = bandTold({ ...linked, up: false });
    expect(seen(lost, 3 * minute, home)).toBe("online");
    expect(seen(lost, 3 * minute + 1, home)).toBe("late ble_lost");
    expect(seen(lost, 6 * minute + 1, home)).toBe("silent ble_lost");
  });

  test("is silent for the box's reason when nothing is known of what hangs on that box", () => {
    const band = bandTold(linked);
    expect(seen(band, 91_000, boxTold(cut))).toBe("silent box_net");
    expect(seen(band, 91_000, boxTold({ ...cut, ended: "farewell" }))).toBe("silent box_power");
    expect(presenceOf({ twin: band, box: boxTold(cut) }, after(minute * 5)).since).toBe(
      after(90_001),
    );
  });

  test("CF-24: is told as charging or not worn before any other cause", () => {
    const lost = bandTold({ ...linked, up: false });
    const off = fold(lost, entryOf("event", { kind: "off_wrist", t: after(1) })).twin;
    expect(seen(off, 7 * minute, boxTold(cut))).toBe("silent not_worn");
    const charging = entryOf("reported", { t: after(2), parts: { power: { charging: true } } });
    expect(seen(fold(off, charging).twin, 7 * minute, boxTold(cut))).toBe("silent charging");
  });

  test("CF-24: that nobody wears, or that charges, is late at most: its silence is none", () => {
    const lost = bandTold({ ...linked, up: false });
    const off = fold(lost, entryOf("event", { kind: "off_wrist", t: after(1) })).twin;
    expect(seen(off, 100 * 60 * minute, home)).toBe("late not_worn");
    const charging = entryOf("reported", { t: after(2), parts: { power: { charging: true } } });
    expect(seen(fold(lost, charging).twin, 100 * 60 * minute, home)).toBe("late charging");
    const worn = fold(off, pulse(70, after(3)));
    expect(seen(worn.twin, 7 * minute, home)).toBe("silent ble_lost");
  });

  test("is expected as often as its profile has it", () => {
    const dense = entryOf("reported", { t: after(1), parts: { config: { profile: "dense" } } });
    const lost = fold(bandTold({ ...linked, up: false }), dense).twin;
    expect(presenceOf({ twin: lost, box: home }, after(0)).expectEvery).toBe(30_000);
    expect(seen(lost, 45_001, home)).toBe("online");
    expect(seen(lost, 45_002, home)).toBe("late ble_lost");
    expect(seen(lost, 90_002, home)).toBe("silent ble_lost");
    const strange = entryOf("reported", { t: after(2), parts: { config: { profile: "hectic" } } });
    expect(seen(fold(lost, strange).twin, 3 * minute, home)).toBe("online");
  });

  test("that was set to a quicker rhythm is given that rhythm's time first", () => {
    const at = 100_000;
    const dense = entryOf("reported", { t: after(at), parts: { config: { profile: "dense" } } });
    const lost = fold(bandTold({ ...linked, up: false }), dense).twin;
    expect(seen(lost, at + 45_000, home)).toBe("online");
    expect(seen(lost, at + 45_001, home)).toBe("late ble_lost");
    expect(seen(lost, at + 90_001, home)).toBe("silent ble_lost");
  });

  test("that was taken off its box is in stock, or silent while somebody should wear it", () => {
    const band = { ...bandTold(linked), links: { box: null, assignment: null } };
    expect(seen(band, 1)).toBe("in_stock");
    const assigned = { ...band, links: { box: null, assignment: "A-1" } };
    expect(seen(assigned, 7 * minute)).toBe("silent ble_lost");
  });

  test("ran out of battery when its last level says so, but only once it is gone", () => {
    const low = fold(bandTold({ ...linked, up: false }), pulse(70, after(1), { battery: 4 })).twin;
    expect(seen(low, 2 * minute, home)).toBe("online");
    expect(seen(low, 7 * minute, home)).toBe("silent battery_flat");
  });
});

test("TW-02: a judgement names what it changes, and a second one changes nothing", () => {
  const { twin, changed } = judge({ twin: home, box: null }, after(7));
  expect(twin.presence).toMatchObject({ state: "online", since: start, heardAt: start });
  expect(changed.map(({ path, t }) => [path, t])).toEqual([
    ["presence/state", after(7)],
    ["presence/heardAt", after(7)],
  ]);
  expect(judge({ twin, box: null }, after(8)).twin).toBe(twin);
});

describe("laws", () => {
  /** Something that happens in a home, at its instant. */
  type Happening = { readonly at: number; readonly entry: StreamEntry };
  const ms = fc.integer({ min: 1, max: 40 }).map((step) => step * 15_000);
  const told = fc.record(
    {
      state: fc.constantFrom("heard" as const, "late" as const, "silent" as const),
      age: fc.nat({ max: 120_000 }),
      since: fc.nat({ max: 300_000 }),
      ended: fc.constantFrom("farewell" as const, "will" as const, "cut" as const),
      power: fc.constantFrom("mains" as const, "battery" as const),
      depth: fc.nat({ max: 3 }),
    },
    { requiredKeys: ["state", "age"] },
  );
  const ofBox = fc.tuple(ms, told).map(([at, { age, depth, since, ...rest }]): Happening => {
    const fact: PresenceFact = {
      ...rest,
      at: after(at),
      heardAt: after(at - age),
      ...(since === undefined ? {} : { since: after(at - since) }),
      ...(depth === undefined ? {} : { buffer: { depth, oldest: after(at - depth * 100_000) } }),
    };
    return { at, entry: factOf(fact) };
  });
  const ofBand = fc
    .tuple(ms, fc.boolean(), fc.nat({ max: 400_000 }))
    .map(([at, up, age]): Happening => {
      const fact = { at: after(at), state: "heard", heardAt: after(at - age), up } as const;
      return { at, entry: factOf(fact, "B-1") };
    });
  const said = (channel: "event" | "reported", body: (at: number) => JsonObject) =>
    ms.map((at): Happening => ({ at, entry: entryOf(channel, body(at), { seq: at }) }));
  const happening = fc.oneof(
    ofBox,
    ofBand,
    said("event", (at) => ({ kind: "off_wrist", t: after(at) })),
    said("reported", (at) => ({ t: after(at), parts: { power: { charging: true } } })),
    said("reported", (at) => ({ t: after(at), parts: { config: { profile: "dense" } } })),
    ms.map((at): Happening => ({ at, entry: pulse(70, after(at), { seq: at, battery: 4 }) })),
  );
  // Facts of one device have rising instants, and numbers are given once.
  const happenings = fc.uniqueArray(happening, {
    maxLength: 14,
    selector: ({ at, entry }) => `${entry.device} ${at}`,
  });

  /** The home as it is known after that, looked at after each happening that comes while the clock walks. */
  function live(all: readonly Happening[], looks: readonly number[]): [Twin, Twin] {
    let box = createTwin(device("X-1"), start);
    let band = createTwin(device("B-1"), start);
    for (const [index, { entry }] of all.entries()) {
      if (entry.device === box.id) box = fold(box, entry).twin;
      else band = fold(band, entry).twin;
      const now = after(looks[index] ?? 0);
      box = judge({ twin: box, box: null }, now).twin;
      band = judge({ twin: band, box }, now).twin;
    }
    return [box, band];
  }

  test("presence is a pure function of what happened and of the clock, whatever the order and the looks", () => {
    fc.assert(
      fc.property(
        happenings.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
          ),
        ),
        fc.array(fc.nat({ max: 4_000_000 }), { maxLength: 28 }),
        fc.nat({ max: 200_000_000 }),
        ([all, shuffled], looks, later) => {
          const [box, band] = live(all, []);
          const [sameBox, sameBand] = live(shuffled, looks);
          const now = after(600_000 + later);
          expect(judge({ twin: sameBox, box: null }, now).twin.presence).toEqual(
            judge({ twin: box, box: null }, now).twin.presence,
          );
          expect(judge({ twin: sameBand, box: sameBox }, now).twin.presence).toEqual(
            judge({ twin: band, box }, now).twin.presence,
          );
        },
      ),
    );
  });

  test("between two facts it changes exactly when it is due, and never otherwise", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const [twin] = live(all, []);
        const sight = { twin, box: null };
        let now = Instant(twin.fact?.at ?? start);
        for (let due = dueAt(twin, now); due !== null; due = dueAt(twin, now)) {
          const before = presenceOf(sight, now);
          expect(presenceOf(sight, Instant(due - 1))).toEqual(before);
          now = due;
        }
        const last = presenceOf(sight, now);
        expect(presenceOf(sight, Instant(now + 86_400_000_000))).toEqual(last);
      }),
    );
  });
});
