import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { StreamEntry } from "#wire/entry.ts";
import type { JsonObject } from "#wire/messages.ts";

import type { Twin } from "./document.ts";
import { twinLimits } from "./limits.ts";
import { after, device, entryOf, factOf, pulse, start } from "./specimens.ts";
import { createTwin, fold } from "./twin.ts";

const band = createTwin(device("B-1"), start);
const box = createTwin(device("X-1"), start);

function folded(twin: Twin, ...entries: StreamEntry[]): Twin {
  return entries.reduce((now, entry) => fold(now, entry).twin, twin);
}

function reported(parts: JsonObject, seq = 1): StreamEntry {
  return entryOf("reported", { t: after(seq), parts }, { seq });
}

describe("a twin takes in", () => {
  test("TW-02: readings, battery and firmware, each with its own time", () => {
    const { twin, changed } = fold(band, pulse(72, after(1000), { receivedAt: after(3000) }));
    expect(twin.parts.vitals?.reported).toEqual({ "heart-rate": 72 });
    expect(twin.parts.vitals?.meta["heart-rate"]).toEqual({
      t: after(1000),
      r: after(3000),
      epoch: "e1",
      seq: 1,
      src: "readings",
      q: 90,
    });
    expect(twin.parts.power?.reported).toEqual({ battery: 80 });
    expect(twin.parts.firmware?.reported).toEqual({ version: "2.3.0" });
    expect(changed.map(({ path }) => path)).toEqual([
      "vitals/heart-rate",
      "wear/worn",
      "power/battery",
      "firmware/version",
    ]);
  });

  test("TW-04: the latest reading of a pack, in whatever order it lists them", () => {
    const readings = [3, 1, 2].map((n) => ({
      metric: "spo2",
      value: 90 + n,
      t: after(n),
      window: 0,
    }));
    const twin = folded(band, entryOf("readings", { readings }));
    expect(twin.parts.vitals?.reported).toEqual({ spo2: 93 });
  });

  test("no battery level whose date nobody knows, for it could be an old one", () => {
    expect(fold(band, entryOf("readings", { battery: 5, readings: [] })).twin).toBe(band);
    const dated = entryOf("readings", { t: after(1), battery: 5, readings: [] });
    expect(folded(band, dated).parts.power?.reported).toEqual({ battery: 5 });
  });

  test("CF-24: off the wrist from a flag or an event, and back with the next pulse", () => {
    const lying = { metric: "heart-rate", value: 70, t: after(2), window: 0, flags: ["off_wrist"] };
    const off = folded(
      band,
      pulse(72, after(1)),
      entryOf("readings", { readings: [lying] }, { seq: 2 }),
    );
    expect(off.parts.wear?.reported).toEqual({ worn: false });
    expect(off.parts.vitals?.reported).toEqual({ "heart-rate": 72 });
    const event = { id: "event-0001", kind: "off_wrist", device: "B-1", t: after(3) };
    const on = folded(off, entryOf("event", event, { seq: 3 }), pulse(71, after(4), { seq: 4 }));
    expect(on.parts.wear?.reported).toEqual({ worn: true });
  });

  test("TW-09: nothing of an emergency, which is a person's and not a device's", () => {
    const event = { id: "event-0001", kind: "fall", device: "B-1", t: after(3) };
    expect(fold(band, entryOf("event", event)).twin).toBe(band);
  });

  test("TW-06: what a heartbeat says of the box's link, power and buffer", () => {
    const buffer = { depth: 12, oldest: after(-5) };
    const heard = factOf({
      at: after(1),
      state: "heard",
      heardAt: after(1),
      power: "mains",
      buffer,
    });
    const twin = folded(box, heard);
    expect(twin.parts.buffer?.reported).toEqual({ depth: 12, oldest: after(-5) });
    expect(twin.parts.power?.reported).toEqual({ source: "mains" });
    expect(twin.parts.radio?.reported).toEqual({ link: "up" });
    expect(twin.fact?.at).toBe(after(1));
    const cut = factOf({ at: after(2), state: "heard", heardAt: after(1), ended: "cut" });
    expect(folded(twin, cut).parts.radio?.reported).toEqual({ link: "down" });
    expect(folded(twin, cut, heard).fact?.at).toBe(after(2));
  });

  test("reported parts as a merge patch", () => {
    const first = reported({ radio: { cell: { operator: "F", signal: -80 } }, config: { a: [1] } });
    const second = reported({ radio: { cell: { signal: null } }, config: { a: [] } }, 2);
    const twin = folded(box, { ...first, device: box.id }, { ...second, device: box.id });
    expect(twin.parts.radio?.reported).toEqual({ cell: { operator: "F" } });
    expect(twin.parts.config?.reported).toEqual({ a: [] });
  });

  test("nothing any more once it is retired", () => {
    const retired = { ...band, retiredAt: after(1) };
    const outcome = fold(retired, pulse(72, after(2)));
    expect(outcome.twin).toBe(retired);
    expect(outcome.refused).toEqual([{ path: "", why: "retired" }]);
  });
});

describe("a report is refused, part by part, when", () => {
  const refusalOf = (parts: JsonObject): unknown[] => [...fold(band, reported(parts)).refused];

  test("it speaks of vitals, or of no part there is", () => {
    expect(refusalOf({ vitals: { spo2: 99 }, soul: {}, radio: { a: 1 } })).toEqual([
      { path: "vitals", why: "not_reportable" },
      { path: "soul", why: "not_reportable" },
    ]);
  });

  test("it nests too deep, or its names could not stand in a path", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(9)}1${"}".repeat(9)}`) as JsonObject;
    expect(refusalOf({ radio: deep })).toEqual([{ path: "radio", why: "too_deep" }]);
    for (const name of ["a/b", "", "__proto__", "constructor", "é", "a.b"]) {
      const named = JSON.parse(`{${JSON.stringify(name)}:1}`) as JsonObject;
      expect(refusalOf({ radio: named })).toEqual([{ path: "radio", why: "bad_name" }]);
    }
  });

  test("a part would have too many leaves or bytes, and the other parts are taken over", () => {
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`n${n}`, n]));
    const large = { text: "x".repeat(twinLimits.partBytes) };
    const outcome = fold(band, reported({ sensors: many, config: large, radio: { ok: 1 } }));
    expect([...outcome.refused]).toEqual([
      { path: "sensors", why: "too_many_leaves" },
      { path: "config", why: "part_too_large" },
    ]);
    expect(outcome.changed.map(({ path }) => path)).toEqual(["radio/ok"]);
    expect(Object.keys(outcome.twin.parts)).toEqual(["radio"]);
  });

  test("the twin would be too large", () => {
    const text = "x".repeat(16_000);
    const parts = ["radio", "sensors", "buffer", "clock", "config"];
    const outcome = fold(band, reported(Object.fromEntries(parts.map((p) => [p, { text }]))));
    expect([...outcome.refused]).toEqual([{ path: "config", why: "twin_too_large" }]);
  });
});

describe("laws", () => {
  const t = fc.integer({ min: 0, max: 40 }).map(after);
  const value = fc.constantFrom(null, 1, "x", [1, null], { deeper: 2 }, { deeper: null });
  const body = fc.oneof(
    fc.record({
      channel: fc.constant("readings" as const),
      body: fc.record({
        battery: fc.nat({ max: 100 }),
        readings: fc.array(
          fc.record({
            metric: fc.constantFrom("heart-rate", "spo2", "steps"),
            value: fc.nat({ max: 100 }),
            t,
            window: fc.constant(0),
            flags: fc.constantFrom([], ["off_wrist"]),
          }),
        ),
      }),
    }),
    fc.record({
      channel: fc.constant("reported" as const),
      body: fc.record({
        t,
        parts: fc.dictionary(
          fc.constantFrom("power", "wear", "config"),
          fc.dictionary(fc.constantFrom("battery", "worn", "a"), value),
        ),
      }),
    }),
    fc.record({
      channel: fc.constant("event" as const),
      body: fc.record({ t, kind: fc.constantFrom("off_wrist", "power_lost", "fall") }),
    }),
  );
  const entries = fc
    .array(fc.tuple(body, fc.constantFrom("e1", "e2")), { maxLength: 25 })
    .map((list) =>
      list.map(([{ channel, body: said }, epoch], seq) =>
        entryOf(channel, said as unknown as JsonObject, { epoch, seq }),
      ),
    )
    .map((list) => [
      ...list,
      ...list.map((_, n) =>
        factOf({ at: after(n), state: "heard", heardAt: null, up: n % 2 === 0 }, "B-1"),
      ),
    ]);

  test("TW-04: shuffled and repeated messages give the same twin", () => {
    const runs = entries.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list.slice(0, 8)], { minLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(runs, ([list, some]) => {
        const shuffled = [...some, ...list.toReversed()];
        expect(folded(band, ...shuffled)).toEqual(folded(band, ...list));
      }),
      { numRuns: 1000 },
    );
  });
});
