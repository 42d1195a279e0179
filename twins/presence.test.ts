import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { PresenceFact } from "#wire/entry.ts";
import { Instant } from "#wire/units.ts";

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
    expect(presenceOf({ twin, box: null }, after(minute * 9)).since).toBe(after(90_000));
    expect(dueAt(twin, after(0))).toBe(after(45_001));
    expect(dueAt(twin, after(45_001))).toBe(after(90_001));
    expect(dueAt(twin, after(90_001))).toBeNull();
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
      after(90_000),
    );
  });

  test("CF-24: is told as charging or not worn before any other cause", () => {
    const lost = bandTold({ ...linked, up: false });
    const off = fold(lost, entryOf("event", { kind: "off_wrist", t: after(1) })).twin;
    expect(seen(off, 7 * minute, boxTold(cut))).toBe("silent not_worn");
    const charging = entryOf("reported", { t: after(2), parts: { power: { charging: true } } });
    expect(seen(fold(off, charging).twin, 7 * minute, home)).toBe("silent charging");
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
  const fact = fc.record(
    {
      state: fc.constantFrom("heard" as const, "late" as const, "silent" as const),
      age: fc.nat({ max: 120_000 }),
      ended: fc.constantFrom("farewell" as const, "will" as const, "cut" as const),
      power: fc.constantFrom("mains" as const, "battery" as const),
    },
    { requiredKeys: ["state", "age"] },
  );
  const facts = fc.array(fact, { minLength: 1, maxLength: 8 }).map((list) =>
    list.map(({ age, ...rest }, n): PresenceFact => {
      const at = after((n + 1) * 20_000);
      return { ...rest, at, heardAt: Instant(at - age) };
    }),
  );

  test("presence depends on the facts and the clock, not on the order of arrival", () => {
    fc.assert(
      fc.property(
        facts,
        fc.nat({ max: 600_000 }),
        fc.infiniteStream(fc.nat()),
        (list, ms, dice) => {
          const shuffled = list
            .map((told) => ({ told, key: dice.next().value ?? 0 }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ told }) => told);
          const at = after(160_000 + ms);
          const inOrder = presenceOf({ twin: boxTold(...list), box: null }, at);
          expect(presenceOf({ twin: boxTold(...shuffled), box: null }, at)).toEqual(inOrder);
        },
      ),
    );
  });

  test("between two facts it changes exactly when it is due, and never otherwise", () => {
    fc.assert(
      fc.property(facts, (list) => {
        const twin = boxTold(...list);
        let now = twin.fact?.at ?? start;
        for (let due = dueAt(twin, now); due !== null; due = dueAt(twin, now)) {
          const before = presenceOf({ twin, box: null }, now);
          expect(presenceOf({ twin, box: null }, Instant(due - 1)).state).toBe(before.state);
          now = due;
        }
        const last = presenceOf({ twin, box: null }, now);
        expect(presenceOf({ twin, box: null }, Instant(now + 86_400_000)).state).toBe(last.state);
      }),
    );
  });
});
