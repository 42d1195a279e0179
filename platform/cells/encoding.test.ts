import { expect, test } from "bun:test";

import { Bug } from "#platform/assert.ts";

import { encode } from "./encoding.ts";
import { slotTag } from "./slot.ts";

test("a batch is told as a programme and the texts it takes", () => {
  const { keys, texts } = encode([
    {
      checks: [
        { key: "{1}a", field: "f", expected: null },
        { key: "{1}b", field: "g", expected: "v" },
      ],
      writes: [
        { op: "HSET", key: "{1}a", field: "f", value: "w" },
        { op: "XADD", key: "{1}s", fields: { n: "1", m: "2" }, atMost: 9 },
      ],
    },
    { checks: [], writes: [{ op: "HINCRBY", key: "{1}b", field: "n", by: -1 }] },
  ]);
  expect(keys).toEqual(["{1}a", "{1}b", "{1}s"]);
  expect(texts).toEqual([
    'A !C "S !T # $.I ".',
    "f",
    "g",
    "v",
    "f",
    "w",
    "9",
    "n",
    "1",
    "m",
    "2",
    "n",
    "-1",
  ]);
});

test("an entry without fields, a broken count and a foreign partition are bugs", () => {
  const wrong = [
    [{ op: "XADD", key: "{1}s", fields: {} } as const],
    [{ op: "HINCRBY", key: "{1}s", field: "n", by: 0.5 } as const],
    [{ op: "DEL", key: "{1}s" } as const, { op: "DEL", key: "{2}s" } as const],
  ];
  for (const writes of wrong) expect(() => encode([{ checks: [], writes }])).toThrow(Bug);
});

test("the slot of a key is what stands in its first braces, else the whole key", () => {
  const keys = ["a:{7}:in", "{7}{8}", "a:state", "a{}b", "a{b"];
  expect(keys.map(slotTag)).toEqual(["7", "7", "a:state", "a{}b", "a{b"]);
});
