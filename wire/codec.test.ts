/**
 * Goal: whatever is written comes back as it was, and whatever arrives gets an answer.
 * Method: arbitrary valid messages round the codec; then the same bytes, cut, changed and mixed.
 */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import * as codec from "./codec.ts";
import { parseEpoch, parseSerial } from "./identity.ts";
import { eventKinds, type Flag, type Reading, type ReadingsPack } from "./messages.ts";
import type { Metric } from "./metrics.ts";
import { metrics } from "./metrics.ts";
import { numberOf } from "./number-of.ts";
import { addNumber, normalise, type Ranges } from "./ranges.ts";
import { Instant, lastInstant } from "./units.ts";

const device = parseSerial("B-1")!;
const context = { device, receivedAt: Instant(1_790_000_000_000) };

const serial = fc.stringMatching(/^[BXTGS]-[A-Z0-9]{1,24}$/).map((text) => parseSerial(text)!);
const epoch = fc.stringMatching(/^[a-z0-9]{1,16}$/).map((text) => parseEpoch(text)!);
const seq = fc.integer({ min: 1, max: 2 ** 40 });
/** From 2^28 s on, where SenML times are absolute. */
const t = fc.integer({ min: 2 ** 28 * 1000, max: lastInstant }).map(Instant);
const quality = fc.integer({ min: 0, max: 100 });
const value = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((number) => (number === 0 ? 0 : number));

const reading: fc.Arbitrary<Reading> = fc.record(
  {
    metric: fc.constantFrom(...Object.keys(metrics)) as fc.Arbitrary<Metric>,
    value,
    t,
    window: fc.integer({ min: 0, max: 86_400_000 }),
    quality,
    flags: fc.uniqueArray(
      fc.constantFrom<Flag>("motion", "poor_contact", "invalid_strip", "clock_corrected"),
      { minLength: 1 },
    ),
  },
  { requiredKeys: ["metric", "value", "t", "window"] },
);
const pack: fc.Arbitrary<ReadingsPack> = fc.record(
  {
    device: fc.constant(device),
    epoch,
    seq,
    battery: fc.double({ min: 0, max: 100, noNaN: true }).map((percent) => percent + 0),
    firmware: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$/),
    readings: fc.array(reading, { maxLength: 20 }),
    rejected: fc.constant([]),
  },
  { requiredKeys: ["device", "epoch", "seq", "readings", "rejected"] },
);

const name = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,8}$/).filter((word) => !(word in {}));
const leaf = fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null));
const tree = fc.dictionary(
  name,
  fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(name, leaf, { maxKeys: 3 })),
  { maxKeys: 5, noNullPrototype: true },
);
const parts = fc.record(
  { power: tree, radio: tree, config: tree, wear: tree },
  { requiredKeys: [] },
);
const ranges = fc.array(fc.integer({ min: 2, max: 200 }), { maxLength: 40 }).map((list) => {
  const set: Ranges = list.reduce<Ranges>(addNumber, []);
  return normalise(0, set);
});
const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);

/** One round trip per kind of JSON message: what to write, and what reads it. */
const kinds = {
  event: {
    message: fc.record(
      {
        id: fc.stringMatching(/^[A-Za-z0-9-]{8,64}$/),
        epoch,
        seq,
        kind: fc.constantFrom(...eventKinds),
        device: fc.constant(device),
        t,
        quality,
        detail: fc.string({ maxLength: 256, unit: "grapheme" }).map((text) => text.slice(0, 256)),
      },
      { requiredKeys: ["id", "epoch", "seq", "kind", "device", "t"] },
    ),
    decode: (bytes: Uint8Array) => codec.decodeEvent(bytes, context),
  },
  reported: {
    message: fc.record({ epoch, seq, t, parts }),
    decode: (bytes: Uint8Array) => codec.decodeReported(bytes, context),
  },
  alive: {
    message: fc.record({
      t,
      sent: fc.array(fc.record({ device: serial, epoch, seq: fc.nat() }), { maxLength: 4 }),
      links: fc.array(
        fc.record({
          device: serial.filter((other) => other !== device),
          up: fc.boolean(),
          heardAt: fc.option(t),
        }),
        { maxLength: 4 },
      ),
      buffer: fc.record({ depth: fc.nat(), oldest: fc.option(t) }),
      power: fc.constantFrom("mains" as const, "battery" as const),
    }),
    decode: (bytes: Uint8Array) => codec.decodeAlive(bytes, context),
  },
  answer: {
    message: fc.record(
      {
        id,
        epoch,
        seq,
        t,
        state: fc.constantFrom("accepted", "done", "failed", "rejected", "applied"),
        code: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
        result: tree,
      },
      { requiredKeys: ["id", "epoch", "seq", "t", "state"] },
    ),
    decode: (bytes: Uint8Array) => codec.decodeAnswer(bytes, context),
  },
  stored: {
    message: fc
      .record({
        epoch,
        received: ranges,
        refused: fc.array(
          fc.record({ seq, code: fc.constantFrom("conflict" as const, "too_deep" as const) }),
          { maxLength: 3 },
        ),
      })
      .map(({ received, ...rest }) => ({ ...rest, ...received })),
    decode: codec.decodeReceipt,
  },
  desired: {
    message: fc.record({ v: fc.nat(), parts, deadline: t }, { requiredKeys: ["v", "parts"] }),
    decode: codec.decodeDesired,
  },
  command: {
    message: fc.record({
      id,
      name: fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/),
      args: tree,
      deadline: t,
    }),
    decode: codec.decodeCommand,
  },
};

const everyDecoder = [
  (bytes: Uint8Array) => codec.decodeReadings(bytes, context),
  (bytes: Uint8Array) => codec.decodeEvent(bytes),
  ...Object.values(kinds).map((kind) => kind.decode),
];

/** Every decoder answers, and every refusal says why in a sentence without line ends. */
function allAnswer(bytes: Uint8Array): void {
  for (const decode of everyDecoder) {
    const answer = decode(bytes);
    if (answer.kind === "parsed") continue;
    expect(answer.code).toMatch(/^[a-z_]+$/);
    expect(answer.why).toMatch(/^.{4,300}$/);
  }
  const found = numberOf(bytes);
  if (found !== undefined) expect(Number.isSafeInteger(found.seq)).toBe(true);
}

describe("decode is the inverse of encode", () => {
  for (const form of ["json", "cbor"] as const) {
    test(`for readings in ${form}`, () => {
      fc.assert(
        fc.property(pack, (written) => {
          const bytes = codec.encodeReadings(written, form);
          expect(codec.decodeReadings(bytes, context)).toEqual({ kind: "parsed", value: written });
          expect(numberOf(bytes)).toEqual({ epoch: written.epoch, seq: written.seq });
        }),
        { numRuns: 500 },
      );
    });
  }

  for (const [kind, { message, decode }] of Object.entries(kinds)) {
    test(`for ${kind}`, () => {
      fc.assert(
        fc.property(message as fc.Arbitrary<codec.JsonMessage>, (written) => {
          const bytes = codec.encodeJson(written);
          const read: unknown = decode(bytes);
          expect(read).toEqual({ kind: "parsed", value: written });
        }),
      );
    });
  }

  test("readings in JSON are canonical", () => {
    fc.assert(
      fc.property(pack, (written) => {
        const text = new TextDecoder().decode(codec.encodeReadings(written, "json"));
        const record = /\{([^{}]*)\}/g;
        for (const [, members = ""] of text.matchAll(record)) {
          const labels = [...members.matchAll(/"([a-z]+)":/g)].map((found) => found[1]!);
          expect(labels).toEqual(labels.toSorted());
        }
        expect(text).not.toContain(" ");
      }),
    );
  });
});

describe("F26, F27, H-02: the decoder answers whatever the bytes", () => {
  test("arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), allAnswer), { numRuns: 2_000 });
  });

  test("arbitrary JSON", () => {
    const json = fc.json({ maxDepth: 4 }).map((text) => new TextEncoder().encode(text));
    fc.assert(fc.property(json, allAnswer), { numRuns: 1_000 });
  });

  test("valid packs with bytes cut out, changed and repeated", () => {
    const change = fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: fc.uint8Array() });
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pack, fc.constantFrom("json" as const, "cbor"), changes, (valid, form, list) => {
        let bytes = codec.encodeReadings(valid, form);
        for (const { at, cut, put } of list) {
          const from = at % (bytes.length + 1);
          bytes = Uint8Array.from([
            ...bytes.subarray(0, from),
            ...put.subarray(0, 4),
            ...bytes.subarray(from + cut),
          ]);
        }
        allAnswer(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test("valid packs cut anywhere are refused", () => {
    fc.assert(
      fc.property(pack, fc.constantFrom("json" as const, "cbor"), fc.nat(), (valid, form, at) => {
        const bytes = codec.encodeReadings(valid, form);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(codec.decodeReadings(cut, context).kind).toBe("refused");
      }),
    );
  });
});

test("TW-04: a pack that tells of the battery alone keeps its own time, backlog or not", () => {
  const text = `[{"bn":"urn:dev:vigie:B-1:","bt":1700000000,"n":"epoch","vs":"e1"},{"n":"seq","v":1},{"n":"battery","u":"%EL","v":40}]`;
  const receivedAt = Instant(1_700_090_000_000);
  const decoded = codec.decodeReadings(new TextEncoder().encode(text), { device, receivedAt });
  if (decoded.kind === "refused") throw new Error(decoded.why);
  expect(decoded.value.t).toBe(Instant(1_700_000_000_000));
  const again = codec.decodeReadings(codec.encodeReadings(decoded.value, "cbor"), {
    device,
    receivedAt,
  });
  expect(again).toEqual(decoded);
});
