import { describe, expect, test } from "bun:test";

import { decodeReadings } from "./codec.ts";
import { parseSerial } from "./identity.ts";
import type { QuarantineReason, Reading, ReadingsPack } from "./messages.ts";
import { Instant } from "./units.ts";

const device = parseSerial("B-1")!;
const now = 1_790_000_000;
const context = { device, receivedAt: Instant(now * 1000) };
const number = [
  { bn: "urn:dev:vigie:B-1:", n: "epoch", vs: "e1" },
  { n: "seq", v: 7 },
];

function decode(pack: unknown): ReturnType<typeof decodeReadings> {
  const text = typeof pack === "string" ? pack : JSON.stringify(pack);
  return decodeReadings(new TextEncoder().encode(text), context);
}

/** The pack of these records after its number. */
function packOf(...records: object[]): ReadingsPack {
  const parsed = decode([...number, ...records]);
  if (parsed.kind === "refused") throw new Error(parsed.why);
  return parsed.value;
}

/** The one reading that this record makes. */
function readingOf(record: object): Reading {
  const { readings, rejected } = packOf(record);
  expect(rejected).toEqual([]);
  expect(readings).toHaveLength(1);
  return readings[0]!;
}

/** Why this record is put aside. */
function reasonOf(record: object): QuarantineReason | undefined {
  const { readings, rejected } = packOf(record);
  expect(readings).toEqual([]);
  return rejected[0]?.reason;
}

/** With which code these records are refused as a whole. */
function codeOf(pack: unknown): string {
  const parsed = decode(pack);
  return parsed.kind === "refused" ? parsed.code : "parsed";
}

const heart = { n: "heart-rate", u: "beat/min", v: 71 };

describe("a pack of readings", () => {
  test("is what a hand can write", () => {
    const parsed = decode(
      '[{"bn":"urn:dev:vigie:B-1:","n":"epoch","vs":"hand1"},{"n":"seq","v":1},' +
        '{"n":"battery","u":"%EL","v":82},{"n":"firmware","vs":"1.4.0"},' +
        '{"n":"heart-rate","u":"beat/min","v":71,"d":120,"q":90}]',
    );
    expect(parsed).toEqual({
      kind: "parsed",
      value: {
        device,
        epoch: "hand1" as ReadingsPack["epoch"],
        seq: 1,
        battery: 82,
        firmware: "1.4.0",
        readings: [
          {
            metric: "heart-rate",
            value: 71,
            t: Instant(now * 1000),
            window: 120_000,
            quality: 90,
          },
        ],
        rejected: [],
      },
    });
  });

  test("may begin with white space, and have its records in any order", () => {
    const [first, second] = number;
    const base = { bn: "urn:dev:vigie:B-1:" };
    expect(codeOf(` \r\n\t${JSON.stringify([base, heart, second, first])}`)).toBe("parsed");
  });

  test("without its number, or with two, is refused", () => {
    expect(codeOf([])).toBe("invalid_senml");
    expect(codeOf(number.slice(0, 1))).toBe("invalid_senml");
    expect(codeOf([...number, { n: "seq", v: 8 }])).toBe("invalid_senml");
    expect(codeOf([number[0], { n: "seq", v: 0 }])).toBe("invalid_senml");
    expect(codeOf([number[0], { n: "seq", v: 1.5 }])).toBe("invalid_senml");
    expect(codeOf([{ ...number[0], vs: "Not an epoch" }, number[1]])).toBe("invalid_senml");
  });

  test("of another device than the topic's is refused", () => {
    expect(codeOf([{ ...number[0], bn: "urn:dev:vigie:B-2:" }, number[1]])).toBe("wrong_device");
    expect(codeOf([...number, { bn: "urn:dev:vigie:B-12:", ...heart }])).toBe("wrong_device");
    expect(codeOf([{ n: "epoch", vs: "e1" }])).toBe("wrong_device");
  });

  test("F26: that is no list of objects is refused", () => {
    expect(codeOf("{}")).toBe("invalid_senml");
    expect(codeOf("[1]")).toBe("invalid_senml");
    expect(codeOf("[[]]")).toBe("invalid_senml");
    expect(codeOf("[null]")).toBe("invalid_senml");
  });

  test("F26: of a thousand records is read, and of one more is not", () => {
    const many = Array.from({ length: 998 }, () => heart);
    expect(codeOf([...number, ...many])).toBe("parsed");
    expect(codeOf([...number, ...many, heart])).toBe("too_many_records");
  });
});

describe("SenML rules", () => {
  test("base name, unit, time and value carry on to later records", () => {
    const { readings } = packOf(
      { bt: now - 600, bu: "beat/min", bv: 60 },
      { n: "heart-rate", v: 1 },
      { n: "heart-rate", v: 2, t: 120 },
    );
    expect(readings.map(({ value, t }) => [value, t / 1000])).toEqual([
      [61, now - 600],
      [62, now - 480],
    ]);
  });

  test("a record with base fields alone is no reading and no fault", () => {
    expect(packOf({ bt: now })).toMatchObject({ readings: [], rejected: [] });
  });

  test("F27: two value fields, or none, put the record aside and keep the others", () => {
    const { readings, rejected } = packOf({ ...heart, vs: "x" }, { n: "spo2", u: "%" }, heart);
    expect(readings).toHaveLength(1);
    expect(rejected).toEqual([
      { reason: "invalid_record", text: '{"n":"heart-rate","u":"beat/min","v":71,"vs":"x"}' },
      { reason: "invalid_record", text: '{"n":"spo2","u":"%"}' },
    ]);
    expect(reasonOf({ ...heart, s: 1 })).toBe("invalid_record");
    expect(reasonOf({ n: "heart-rate", u: "beat/min", s: 1 })).toBe("invalid_record");
    expect(reasonOf({ n: "heart-rate", vb: true })).toBe("invalid_record");
  });

  test("F27: a missing name puts the record aside", () => {
    expect(reasonOf({ u: "beat/min", v: 71 })).toBe("invalid_record");
    expect(reasonOf({ bn: "", u: "beat/min", v: 71 })).toBe("invalid_record");
  });

  test("names have the characters of the RFC", () => {
    expect(reasonOf({ ...heart, n: "heart rate" })).toBe("invalid_record");
    expect(reasonOf({ ...heart, n: "hëart" })).toBe("invalid_record");
    expect(reasonOf({ ...heart, n: 5 })).toBe("invalid_record");
    expect(reasonOf({ ...heart, n: "mood" })).toBe("unknown_metric");
    expect(reasonOf({ ...heart, n: "constructor" })).toBe("unknown_metric");
  });

  test("F27: an unknown label is passed over unless it must be understood", () => {
    expect(readingOf({ ...heart, x: { y: [1] } }).value).toBe(71);
    expect(codeOf([...number, { ...heart, x_: 1 }])).toBe("must_understand");
    expect(codeOf([...number, { x_: 1 }])).toBe("must_understand");
  });

  test("a version above ours is refused, and two versions are", () => {
    expect(codeOf([{ bver: 10, ...number[0] }, number[1]])).toBe("parsed");
    expect(codeOf([{ bver: 5, ...number[0] }, number[1]])).toBe("parsed");
    expect(codeOf([{ bver: 11, ...number[0] }, number[1]])).toBe("unsupported_version");
    expect(codeOf([{ bver: "10", ...number[0] }, number[1]])).toBe("invalid_senml");
    expect(
      codeOf([
        { bver: 10, ...number[0] },
        { bver: 9, ...number[1] },
      ]),
    ).toBe("invalid_senml");
  });

  test("a base field of the wrong type refuses the pack, for it touches every record", () => {
    expect(codeOf([{ ...number[0], bn: 1 }, number[1]])).toBe("invalid_senml");
    expect(codeOf([{ ...number[0], bt: "now" }, number[1]])).toBe("invalid_senml");
    expect(codeOf(`[{"bn":"urn:dev:vigie:B-1:","bt":1e999,"n":"epoch","vs":"a"}]`)).toBe(
      "invalid_senml",
    );
  });

  test("F27: a label given twice refuses the pack, escaped or not", () => {
    const start = JSON.stringify(number).slice(0, -1);
    expect(codeOf(`${start},{"n":"heart-rate","v":1,"v":2,"u":"beat/min"}]`)).toBe("invalid_json");
    expect(codeOf(`${start},{"n":"spo2","v":1,"\\u0076":2,"u":"%"}]`)).toBe("invalid_json");
    expect(codeOf(`${start},{"n":"a:b","x":"\\":","u":"%","v":1}]`)).toBe("parsed");
  });
});

describe("time", () => {
  test("none is the moment of reception: the end of the window", () => {
    expect(readingOf({ ...heart, d: 120 })).toMatchObject({
      t: context.receivedAt,
      window: 120_000,
    });
  });

  test("below 2^28 is relative to reception, from 2^28 on absolute", () => {
    expect(readingOf({ ...heart, t: -90.5 }).t).toBe(Instant((now - 90.5) * 1000));
    expect(readingOf({ ...heart, t: 2 ** 28 }).t).toBe(Instant(2 ** 28 * 1000));
    expect(readingOf({ ...heart, t: now - 0.001 }).t).toBe(Instant(now * 1000 - 1));
    expect(readingOf({ ...heart, bt: now, t: -60 }).t).toBe(Instant((now - 60) * 1000));
  });

  test("of a clock that was never set is never guessed", () => {
    expect(reasonOf({ ...heart, t: 2 ** 28 - 1 })).toBe("clock_lost");
    expect(reasonOf({ ...heart, bt: 3_600 })).toBe("clock_lost");
    expect(reasonOf({ ...heart, t: now, f: ["clock_lost"] })).toBe("clock_lost");
    expect(reasonOf({ ...heart, f: "motion, clock_lost" })).toBe("clock_lost");
  });

  test("that no calendar of ours can name is put aside", () => {
    expect(reasonOf({ ...heart, t: 1e15 })).toBe("clock_ahead");
    expect(reasonOf({ ...heart, t: -1e15 })).toBe("too_late");
    expect(reasonOf({ ...heart, t: "2016-12-31T23:59:60Z" })).toBe("invalid_record");
  });
});

describe("units", () => {
  test("F27: saturation as a share and as percent is the same", () => {
    expect(readingOf({ n: "spo2", u: "/", v: 0.57 }).value).toBe(57);
    expect(readingOf({ n: "spo2", u: "%", v: 57 }).value).toBe(57);
  });

  test("rates and pressures of the registry become beats a minute and mmHg", () => {
    expect(readingOf({ n: "heart-rate", u: "1/s", v: 1.2 }).value).toBe(72);
    expect(readingOf({ n: "heart-rate", u: "1/min", v: 72 }).value).toBe(72);
    expect(readingOf({ n: "systolic", u: "Pa", v: 15_998.64 }).value).toBe(120);
    expect(readingOf({ n: "glucose", u: "kg/m3", v: 1.1 }).value).toBe(110);
    expect(readingOf({ n: "glucose", u: "mmol/L", v: 5 }).value).toBe(90.08);
    expect(readingOf({ n: "temperature", u: "K", v: 310.15 }).value).toBe(37);
    expect(readingOf({ n: "weight", u: "g", v: 71_250 }).value).toBe(71.25);
  });

  test("F28: a unit that is not of the metric is never converted", () => {
    expect(reasonOf({ n: "heart-rate", u: "%", v: 71 })).toBe("wrong_unit");
    expect(reasonOf({ n: "temperature", u: "degF", v: 98.6 })).toBe("wrong_unit");
    expect(reasonOf({ n: "weight", u: "lb", v: 160 })).toBe("wrong_unit");
    expect(reasonOf({ n: "heart-rate", v: 71 })).toBe("wrong_unit");
    expect(reasonOf({ n: "heart-rate", u: "constructor", v: 71 })).toBe("wrong_unit");
  });

  test("F28: a value labelled with the wrong unit of the metric is taken by its label", () => {
    expect(readingOf({ n: "spo2", u: "/", v: 97 }).value).toBe(9_700);
    expect(readingOf({ n: "glucose", u: "mg/dL", v: 5.5 }).value).toBe(5.5);
  });
});

describe("what describes the pack or qualifies a reading", () => {
  test("a battery that cannot be is put aside and the readings are kept", () => {
    const { battery, readings, rejected } = packOf({ n: "battery", u: "%EL", v: 130 }, heart);
    expect(battery).toBeUndefined();
    expect(readings).toHaveLength(1);
    expect(rejected[0]?.reason).toBe("out_of_range");
    expect(reasonOf({ n: "battery", u: "%", v: 80 })).toBe("wrong_unit");
    expect(reasonOf({ n: "battery", u: "%EL", vs: "full" })).toBe("invalid_record");
  });

  test("a firmware version is a short plain word", () => {
    expect(packOf({ n: "firmware", vs: "1.4.0-rc.1+b7" }).firmware).toBe("1.4.0-rc.1+b7");
    expect(reasonOf({ n: "firmware", vs: "1.4 <script>" })).toBe("invalid_record");
    expect(reasonOf({ n: "firmware", v: 1.4 })).toBe("invalid_record");
  });

  test("window, quality and flags are bounded", () => {
    expect(readingOf({ ...heart, d: 0, q: 0, f: [] })).not.toHaveProperty("flags");
    expect(readingOf({ ...heart, f: "motion,poor_contact" }).flags).toEqual([
      "motion",
      "poor_contact",
    ]);
    expect(readingOf({ ...heart, f: ["motion", "motion"] }).flags).toEqual(["motion"]);
    for (const wrong of [
      { d: -1 },
      { d: 1e9 },
      { d: "2min" },
      { q: 101 },
      { q: -1 },
      { q: 50.5 },
      { f: ["sunburnt"] },
      { f: 3 },
      { f: "" },
    ]) {
      expect(reasonOf({ ...heart, ...wrong })).toBe("invalid_record");
    }
  });

  test("a number that overflows is no value", () => {
    const parsed = decode(
      `${JSON.stringify(number).slice(0, -1)},{"n":"heart-rate","u":"beat/min","v":1e999}]`,
    );
    expect(parsed).toMatchObject({
      value: {
        readings: [],
        rejected: [
          { reason: "invalid_record", text: '{"n":"heart-rate","u":"beat/min","v":"Infinity"}' },
        ],
      },
    });
  });

  test("at most 1 KiB of a record is kept", () => {
    const { rejected } = packOf({ n: "é".repeat(5_000), v: 1 });
    expect(new TextEncoder().encode(rejected[0]?.text).length).toBeLessThanOrEqual(1_024);
    expect(rejected[0]?.text).toStartWith('{"n":"éé');
  });
});
