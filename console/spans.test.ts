import { expect, test } from "bun:test";

import { spanText } from "./spans.ts";

const plain = (ms: number, language: "en" | "fr" = "en"): string =>
  spanText(ms, language).replaceAll("\u00a0", " ");

test("a span is said in the units that people use for its length", () => {
  expect(plain(0)).toBe("0 s");
  expect(plain(59_999)).toBe("59 s");
  expect(plain(60_000)).toBe("1 min");
  expect(plain(59 * 60_000)).toBe("59 min");
  expect(plain(3_600_000)).toBe("1 h");
  expect(plain(26_640_000)).toBe("7 h 24 min");
  expect(plain(86_400_000)).toBe("24 h");
  expect(plain(2 * 86_400_000)).toBe("2 d");
  expect(plain(2 * 86_400_000 + 5 * 3_600_000 + 60_000, "fr")).toBe("2 j 5 h");
});

test("what the clocks put into the future is no time ago", () => {
  expect(plain(-5000)).toBe("0 s");
});
