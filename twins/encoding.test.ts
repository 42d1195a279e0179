import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type JsonObject, partNames } from "#wire/messages.ts";

import type { LeafMeta, Part, Twin } from "./document.ts";
import { decodeTwin, encodeTwin } from "./encoding.ts";
import { after, device, factOf, pulse, start } from "./specimens.ts";
import { createTwin, fold } from "./twin.ts";

const meta: fc.Arbitrary<LeafMeta> = fc.record(
  {
    t: fc.nat({ max: 1e6 }).map(after),
    r: fc.nat({ max: 1e6 }).map(after),
    epoch: fc.constantFrom("door", "a1b2c3", "z"),
    seq: fc.nat(),
    src: fc.constantFrom("readings", "event", "reported", "answer", "presence", "api"),
    q: fc.nat({ max: 100 }),
    gone: fc.constant(true as const),
  },
  { requiredKeys: ["t", "r", "epoch", "seq", "src"] },
);
const path = fc.constantFrom("battery", "cell/operator", "heart-rate", "a_b/c-d/e");
const object: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom("a", "b"),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
);
const part: fc.Arbitrary<Part> = fc
  .record({ v: fc.nat(), reported: object, desired: object, meta: fc.dictionary(path, meta) })
  .map((made) => ({ ...made, meta: { ...made.meta } }));
const twin: fc.Arbitrary<Twin> = fc
  .dictionary(fc.constantFrom(...partNames), part)
  .map((parts) => ({ ...createTwin(device("B-1"), start), parts: { ...parts } }));

describe("a twin in a hash", () => {
  test("comes back as it went in", () => {
    fc.assert(
      fc.property(twin, (made) => {
        expect(decodeTwin(made.id, encodeTwin(made, null))).toEqual(made);
      }),
    );
  });

  test("comes back with its presence, fact, links and end", () => {
    const buffer = { depth: 2, oldest: after(-9) };
    const heard = { at: after(1), state: "heard", heardAt: null, ended: "will", buffer } as const;
    const told = fold(createTwin(device("X-1"), start), factOf({ ...heard, clockOff: true })).twin;
    const made: Twin = {
      ...told,
      rev: 41,
      retiredAt: after(5),
      links: { box: null, assignment: "A-91c3" },
      identity: { lot: "L24-07" },
      presence: { ...told.presence, state: "late", cause: "box_net", heardAt: after(1) },
    };
    expect(decodeTwin(made.id, encodeTwin(made, null))).toEqual(made);
  });

  test("is written in those fields only that changed", () => {
    const before = fold(createTwin(device("B-1"), start), pulse(72, after(1))).twin;
    const next = pulse(73, after(2), { seq: 2 });
    expect(Object.keys(encodeTwin(fold(before, next).twin, before)).toSorted()).toEqual(
      ["fw", "pw", "rev", "vi", "we"].toSorted(),
    );
  });

  test("is none without a revision, and trouble when no code wrote it", () => {
    const { id } = createTwin(device("B-1"), start);
    expect(decodeTwin(id, {})).toBeNull();
    expect(() => decodeTwin(id, { rev: "x" })).toThrow("twin-damaged");
    expect(() => decodeTwin(id, { rev: "1 z" })).toThrow("twin-damaged");
  });
});
