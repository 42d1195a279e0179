import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type JsonObject, partNames } from "#wire/messages.ts";

import {
  type LeafMeta,
  type Part,
  type Twin,
  type Wish,
  type WishAnswer,
  wishStates,
} from "./document.ts";
import { decodeTwin, encodeTwin } from "./encoding.ts";
import { emptyPart, withLeaf } from "./leaves.ts";
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
const answer: fc.Arbitrary<WishAnswer> = fc.record({
  t: fc.nat({ max: 1e6 }).map(after),
  epoch: fc.constantFrom("a1b2c3", "z"),
  seq: fc.nat(),
  said: fc.constantFrom("accepted", "applied", "rejected"),
});
const wish: fc.Arbitrary<Wish> = fc.record(
  {
    v: fc.nat({ max: 3 }),
    state: fc.constantFrom(...wishStates),
    at: fc.nat({ max: 1e6 }).map(after),
    setAt: fc.nat({ max: 2 }).map(after),
    by: fc.constantFrom("u:fleet@nice", "change:7"),
    why: fc.string(),
    deadline: fc.nat({ max: 1e6 }).map(after),
    escalate: fc.constant(true as const),
    code: fc.constant("too_hot"),
    told: answer,
  },
  { requiredKeys: ["v", "state", "at", "setAt", "by"] },
);
/** A leaf is wished for if and only if it is desired. */
const wanted = fc.dictionary(path, fc.tuple(fc.integer(), wish)).map((leaves) => ({
  desired: Object.entries(leaves).reduce(
    (all: JsonObject, [at, [value]]) => withLeaf(all, at.split("/"), value),
    {},
  ),
  wishes: Object.fromEntries(Object.entries(leaves).map(([at, [, made]]) => [at, { ...made }])),
}));
const part: fc.Arbitrary<Part> = fc
  .tuple(fc.record({ v: fc.nat(), reported: object, meta: fc.dictionary(path, meta) }), wanted)
  .map(([made, wishes]) => ({ ...made, meta: { ...made.meta }, ...wishes }));
const twin: fc.Arbitrary<Twin> = fc
  .record({
    parts: fc.dictionary(fc.constantFrom(...partNames), part),
    tags: object,
    desiredV: fc.nat(),
  })
  .map(({ parts, ...own }) => ({
    ...createTwin(device("B-1"), start),
    ...own,
    parts: { ...parts },
  }));

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

  test("a state written before there were wishes and tags is read as one that has none", () => {
    const made = fold(createTwin(device("B-1"), start), pulse(72, after(1))).twin;
    const fields = encodeTwin(made, null);
    expect(fields["rev"]).toBe(`1 ${start.toString(36)}`);
    expect(JSON.parse(fields["h"]!)).toHaveLength(6);
    expect(JSON.parse(fields["pw"]!)).toHaveLength(4);
    expect(decodeTwin(made.id, fields)).toEqual(made);
  });

  test("TW-12: six wished-for leaves with author, reason and deadline take 500 bytes", () => {
    const made = createTwin(device("B-1"), start);
    const asked = { v: 3, state: "delivered", at: after(60_000), setAt: start } as const;
    const why = { by: "u:fleet@nice", why: "seed cadence for the winter", deadline: after(9e6) };
    const names = ["profile", "a/low", "a/high", "b/low", "b/high", "contacts"];
    const wishes = Object.fromEntries(names.map((name) => [name, { ...asked, ...why }]));
    const config = { ...emptyPart, wishes, desired: { profile: "seed" } };
    const bytes = (parts: Twin["parts"]): number =>
      JSON.stringify(encodeTwin({ ...made, parts }, null)).length;
    expect(bytes({ config }) - bytes({})).toBeLessThan(500);
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
