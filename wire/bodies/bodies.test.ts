import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { bodyBytesMost } from "#wire/frames/frame.ts";
import { eventKinds } from "#wire/messages.ts";

import { chunkBytes, decodeDown, type DownBody, encodeDown, installHows } from "./down.ts";
import { groupLeaves, type Leaf } from "./leaf.ts";
import {
  bandAnswers,
  bandCauses,
  bandEvents,
  bandFlaws,
  bandMetrics,
  type BandReading,
  type Moment,
  type UpBody,
  updateStates,
} from "./up-body.ts";
import { decodeUp, encodeUp } from "./up.ts";

const word = (maxLength: number, minLength = 1): fc.Arbitrary<string> =>
  fc.string({ unit: "grapheme-ascii", minLength, maxLength });
const count = fc.maxSafeNat();
const u32 = fc.nat(0xff_ff_ff_ff);
const percent = fc.nat(100);
const start = 7 * 24 * 3_600_000;
const t: fc.Arbitrary<Moment> = fc.record({
  ms: fc.integer({ min: start, max: 2 ** 42 }),
  clock: fc.constantFrom("wall" as const, "start" as const),
});
const leaf: fc.Arbitrary<Leaf> = fc.record({
  path: word(12),
  value: fc.oneof(
    ...[fc.constant(null), fc.boolean(), count, word(8, 0)],
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  ),
});
const leaves = fc.array(leaf, { maxLength: 3 });
const anyReading = fc.record(
  {
    metric: fc.constantFrom(...bandMetrics),
    value: fc.nat(9000),
    t: fc.nat(start),
    window: fc.nat(start),
    quality: percent,
    flaw: fc.constantFrom(...bandFlaws),
  },
  { requiredKeys: ["metric", "value", "t", "window", "quality"] },
);

const anyUp: fc.Arbitrary<UpBody> = fc.oneof(
  fc.record({
    ...{ kind: fc.constant("readings" as const), t, battery: percent, firmware: word(10) },
    readings: fc.array(anyReading, { maxLength: 4 }),
  }),
  fc.record({
    ...{ kind: fc.constant("event" as const), t, event: fc.constantFrom(...bandEvents) },
    ...{ number: fc.integer({ min: 1, max: 1e9 }), quality: percent },
    cause: fc.constantFrom(...bandCauses),
  }),
  fc.record({ kind: fc.constant("reported" as const), t, leaves }),
  fc.record({
    ...{ kind: fc.constant("settled" as const), t, v: count },
    leaves: fc.array(fc.record({ path: word(14), code: word(10) }, { requiredKeys: ["path"] }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    ...{ kind: fc.constant("answer" as const), t, id: word(16), code: word(10, 0) },
    ...{ state: fc.constantFrom(...bandAnswers), result: fc.array(leaf, { maxLength: 2 }) },
  }),
  fc.record({
    ...{ kind: fc.constant("update" as const), t, image: u32, have: u32, code: word(16, 0) },
    state: fc.constantFrom(...updateStates),
  }),
  fc.record({
    kind: fc.constant("clock" as const),
    t: fc.record({ ms: count, clock: fc.constant("start" as const) }),
    wall: count,
  }),
);

const anyDown: fc.Arbitrary<DownBody> = fc.oneof(
  fc.record({ kind: fc.constant("time" as const), now: count }),
  fc.record({ kind: fc.constant("desired" as const), v: count, leaves }),
  fc.record({
    ...{ kind: fc.constant("command" as const), id: word(16), name: word(10), deadline: count },
    args: fc.array(leaf, { maxLength: 2 }),
  }),
  fc.record({
    ...{ kind: fc.constant("update-offer" as const), image: u32, bytes: u32, version: word(12) },
  }),
  fc.record({
    ...{ kind: fc.constant("update-chunk" as const), image: u32, offset: fc.nat(2 ** 21) },
    bytes: fc.uint8Array({ maxLength: chunkBytes }),
  }),
  fc.record({
    ...{ kind: fc.constant("update-install" as const), image: u32 },
    how: fc.constantFrom(...installHows),
  }),
);

describe("decode ∘ encode = id, and a body fits into a frame", () => {
  test("WB-34: what a wristband says comes out as it went in", () => {
    const law = fc.property(anyUp, (body) => {
      const bytes = encodeUp(body);
      expect(bytes.length).toBeLessThanOrEqual(bodyBytesMost);
      expect(decodeUp(bytes)).toEqual(body);
    });
    fc.assert(law);
  });

  test("what a wristband is told comes out as it went in", () => {
    const law = fc.property(anyDown, (body) => {
      const bytes = encodeDown(body);
      expect(bytes.length).toBeLessThanOrEqual(bodyBytesMost);
      expect(decodeDown(bytes)).toEqual(body);
    });
    fc.assert(law);
  });
});

describe("H-02: bytes that are no body", () => {
  const decoders = [decodeUp, decodeDown];

  test("none makes a decoder throw, whatever it is", () => {
    const bytes = fc.uint8Array({ maxLength: bodyBytesMost });
    fc.assert(fc.property(bytes, (body) => decoders.forEach((decode) => void decode(body))));
  });

  test("one that was cut is refused, or is a shorter one of whole parts", () => {
    const law = fc.property(anyUp, fc.nat(bodyBytesMost), (body, cut) => {
      const bytes = encodeUp(body);
      const decoded = decodeUp(bytes.subarray(0, cut % bytes.length));
      if (decoded.kind === "refused") return;
      expect(encodeUp(decoded)).toEqual(bytes.slice(0, cut % bytes.length));
    });
    fc.assert(law);
  });

  test.each([
    ["an unknown kind", [0x7f, 0], "unknown"],
    ["nothing at all", [], "malformed"],
    ["a time of nine bytes", [6, ...Array.from({ length: 8 }, () => 0xff), 1, 0], "malformed"],
    ["more battery than there is", [0, 1, 101, 0], "malformed"],
    ["a reading from before there was time", [0, 1, 50, 0, 0, 70, 90, 0, 2], "malformed"],
    ["a metric that is none", [0, 1, 50, 0, 3, 70, 90, 0, 0], "malformed"],
    ["a flaw that is none", [0, 1, 50, 0, 0x40, 70, 90, 0, 0], "malformed"],
    ["an event without a number", [1, 1, 0, 0, 0, 0], "malformed"],
    ["a text that is no ASCII", [2, 1, 1, 0x0a, 0], "malformed"],
    ["a leaf whose value is none", [2, 1, 1, 0x61, 9], "malformed"],
    ["something behind the end", [1, 1, 0, 1, 0, 0, 0], "malformed"],
    ["a start that is a wall's", [6, 1, 1], "malformed"],
  ] as const)("%s is refused", (_what, bytes, fault) => {
    expect(decodeUp(Uint8Array.from(bytes))).toEqual({ kind: "refused", fault });
  });

  test("what does not fit, or is no ASCII, is not written", () => {
    const command = { kind: "command", name: "locate", deadline: 1, args: [] } as const;
    expect(() => encodeDown({ ...command, id: "x".repeat(120) })).toThrow(RangeError);
    expect(() => encodeDown({ ...command, id: "é" })).toThrow(RangeError);
    expect(() => encodeDown({ ...command, id: "x", deadline: 1.5 })).toThrow(RangeError);
    expect(() => encodeDown({ kind: "time", now: -1 })).toThrow(RangeError);
  });
});

describe("golden bodies: what is in the field goes on being understood", () => {
  const wall: Moment = { ms: 1_790_000_000_000, clock: "wall" };
  const reading: BandReading = {
    ...{ metric: "heart-rate", value: 71.5, t: wall.ms - 1000, window: 120_000, quality: 93 },
  };
  const profile: Leaf = { path: "config/profile", value: "dense" };

  test.each<[UpBody, string]>([
    [
      { kind: "readings", t: wall, battery: 82, firmware: "1.5.0", readings: [reading] },
      "0080d8c1a28c345205312e352e3000cb055dc0a907e807",
    ],
    [
      {
        ...{ kind: "readings", t: { ms: 300_000, clock: "start" }, battery: 9, firmware: "1.5.0" },
        readings: [{ metric: "steps", value: 412, t: 0, window: 0, quality: 0, flaw: "off_wrist" }],
      },
      "80e0a7120905312e352e30329c030000e0a712",
    ],
    [
      { kind: "event", t: wall, event: "fall", number: 7, cause: "impact", quality: 84 },
      "0180d8c1a28c3400070154",
    ],
    [
      { kind: "reported", t: wall, leaves: [{ path: "wear/worn", value: true }] },
      "0280d8c1a28c3409776561722f776f726e02",
    ],
    [
      {
        kind: "settled",
        t: wall,
        v: 12,
        leaves: [{ path: profile.path }, { path: "x", code: "no" }],
      },
      "0380d8c1a28c340c0e636f6e6669672f70726f66696c65000178026e6f",
    ],
    [
      {
        ...{ kind: "answer", t: wall, id: "cmd-41", state: "done", code: "measured" },
        result: [{ path: "value", value: 96.5 }],
      },
      "0480d8c1a28c3406636d642d343101086d656173757265640576616c7565040000000000205840",
    ],
    [
      { kind: "update", t: wall, image: 258, state: "loading", have: 4096, code: "" },
      "0580d8c1a28c34820201802000",
    ],
    [{ kind: "clock", t: { ms: 61_000, clock: "start" }, wall: wall.ms }, "86c8dc0380d8c1a28c34"],
  ])("up %#", (body, hex) => {
    expect(encodeUp(body).toHex()).toBe(hex);
    expect(decodeUp(Uint8Array.fromHex(hex))).toEqual(body);
  });

  test.each<[DownBody, string]>([
    [{ kind: "time", now: wall.ms }, "0080d8c1a28c34"],
    [
      { kind: "desired", v: 12, leaves: [profile] },
      "010c0e636f6e6669672f70726f66696c65050564656e7365",
    ],
    [
      {
        ...{ kind: "command", id: "cmd-41", name: "measure", deadline: wall.ms },
        args: [{ path: "metric", value: "spo2" }],
      },
      "0206636d642d3431076d65617375726580d8c1a28c34066d6574726963050473706f32",
    ],
    [{ kind: "update-offer", image: 258, bytes: 4096, version: "1.5.0" }, "038202802005312e352e30"],
    [
      { kind: "update-chunk", image: 258, offset: 104, bytes: Uint8Array.of(0xca, 0xfe) },
      "04820268cafe",
    ],
    [{ kind: "update-install", image: 258, how: "permanent" }, "05820201"],
  ])("down %#", (body, hex) => {
    expect(encodeDown(body).toHex()).toBe(hex);
    expect(decodeDown(Uint8Array.fromHex(hex))).toEqual(body);
  });
});

test("the longest chunk of the largest image fits into a frame", () => {
  const bytes = new Uint8Array(chunkBytes);
  const body = { kind: "update-chunk", image: 0xff_ff_ff_ff, offset: 2 ** 27, bytes } as const;
  expect(encodeDown(body)).toHaveLength(bodyBytesMost);
  expect(chunkBytes % 8).toBe(0);
});

test("a batch of the dense profile's seconds fits into one body", () => {
  const second = { metric: "heart-rate", value: 72.5, window: 1000, quality: 90 } as const;
  const readings = Array.from({ length: 10 }, (_, n) => ({ ...second, t: 1.79e12 - 1000 * n }));
  const end: Moment = { ms: 1.79e12, clock: "wall" };
  const body = { kind: "readings", t: end, battery: 100, firmware: "10.10.10", readings } as const;
  expect(encodeUp(body).length).toBeLessThanOrEqual(bodyBytesMost);
});

test("every event of a wristband is one of the cloud's", () => {
  for (const event of bandEvents) expect(eventKinds).toContain(event);
});

test("leaves in groups are all there, in order, and each group fits", () => {
  const law = fc.property(fc.array(leaf, { maxLength: 30 }), (all) => {
    const groups = groupLeaves(all, 90);
    expect(groups.flat()).toEqual(all);
    for (const group of groups) {
      expect(group).not.toBeEmpty();
      encodeDown({ kind: "desired", v: 2 ** 40, leaves: group });
    }
  });
  fc.assert(law);
});
