import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { start } from "#twins/specimens.ts";
import { cadence } from "#wire/cadence.ts";
import { Hours, Instant, Millis } from "#wire/units.ts";

import type { EventRow } from "./contract.ts";
import { createShelf, shelfLimits } from "./shelf.ts";

const clock = createVirtualClock({ start });

function eventAt(t: number, wish: Partial<EventRow> = {}): EventRow {
  const unknown = { box: null, receivedAt: null, quality: null, detail: null };
  return {
    ...unknown,
    id: `${t}`,
    kind: "low_battery",
    emergency: false,
    device: "B-1",
    t,
    ...wish,
  };
}

function fallAt(t: number, wish: Partial<EventRow> = {}): EventRow {
  return eventAt(t, { kind: "fall", emergency: true, ...wish });
}

test("however many technical events come, no emergency is pushed out, and memory stays bounded", () => {
  const shelf = createShelf(clock);
  const many = 5 * shelfLimits.technical;
  shelf.put(fallAt(0));
  for (let t = 1; t <= many; t++) shelf.put(eventAt(t));
  const all = shelf.latest(many, "both", 0);
  expect(all.length).toBeLessThanOrEqual(2 * shelfLimits.technical + 1);
  expect([all[0]?.t, all.at(-1)?.kind]).toEqual([many, "fall"]);
  expect(shelf.latest(1, "both", 0)).toMatchObject([{ kind: "fall" }]);
  expect(shelf.latest(1, "both", 1)).toMatchObject([{ t: many }]);
  expect([shelf.emergenciesSince(0), shelf.emergenciesSince(1)]).toEqual([1, 0]);
});

test("emergencies beyond the bound are counted exactly, however often they are read", () => {
  const shelf = createShelf(clock);
  const many = 3 * shelfLimits.emergencies + 7;
  for (let read = 0; read < 2; read++) {
    for (let t = 1; t <= many; t++) shelf.put(fallAt(t));
  }
  expect([shelf.emergenciesKept(), shelf.emergenciesSince(8)]).toEqual([many, many - 7]);
  const newest = shelf.latest(shelfLimits.emergencies, "emergency", many);
  expect([newest.length, newest[0]?.t, newest.at(-1)?.t]).toEqual([
    shelfLimits.emergencies,
    many,
    many - shelfLimits.emergencies + 1,
  ]);
});

test("an emergency that arrives days after it happened is news like any other", () => {
  const shelf = createShelf(clock);
  shelf.put(fallAt(start - Hours(60 * 24), { receivedAt: start }));
  shelf.put(eventAt(start));
  expect(shelf.latest(1, "both", start - Hours(24))).toMatchObject([{ kind: "fall" }]);
});

test("an event is kept for 30 days from when it was received, also when it is read again with less known", async () => {
  const own = createVirtualClock({ start });
  const shelf = createShelf(own);
  shelf.put(fallAt(start - 5, { receivedAt: start, box: "X-1" }));
  await own.advance({ by: Hours(1) });
  shelf.put(fallAt(start - 5));
  expect(shelf.latest(9, "both", start)).toMatchObject([{ receivedAt: start, box: "X-1" }]);
  await own.advance({ to: Instant(start + cadence.emergency.kept - 1) });
  expect([shelf.latest(9, "both", start).length, shelf.emergenciesKept()]).toEqual([1, 1]);
  await own.advance({ by: Millis(1) });
  expect([shelf.latest(9, "both", start).length, shelf.emergenciesKept()]).toEqual([0, 0]);
});

test("of both, a list is newest first and lacks no recent emergency that fits", () => {
  const moment = fc.record({ t: fc.nat(40), emergency: fc.boolean() });
  const list = fc.array(moment, { maxLength: 60 });
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 30 }), fc.nat(40), (moments, limit, since) => {
      const shelf = createShelf(clock);
      const wish = (index: number) => ({ id: `${index}` });
      for (const [index, { t, emergency }] of moments.entries()) {
        shelf.put(emergency ? fallAt(t, wish(index)) : eventAt(t, wish(index)));
      }
      const times = shelf.latest(limit, "both", since).map(({ t }) => t);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(times.length).toBe(Math.min(limit, moments.length));
      const recent = (each: { emergency: boolean; t: number }) => each.emergency && each.t >= since;
      const shown = shelf.latest(limit, "both", since).filter(recent).length;
      expect(shown).toBe(Math.min(limit, moments.filter(recent).length));
    }),
  );
});
