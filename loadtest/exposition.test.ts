import { expect, test } from "bun:test";

import { quantileOf } from "./exposition.ts";

const text = `# HELP a_seconds x
a_seconds_bucket{le="0.1",group="x"} 90
a_seconds_bucket{le="1",group="x"} 100
a_seconds_bucket{le="+Inf",group="x"} 100
a_seconds_bucket{le="0.1",group="y"} 100
a_seconds_bucket{le="1",group="y"} 100
a_seconds_bucket{le="+Inf",group="y"} 100
`;

test("a quantile is found within its bucket, over all labels", () => {
  expect(quantileOf(text, "a_seconds", 0.5)).toBeCloseTo(0.0526, 3);
  expect(quantileOf(text, "a_seconds", 0.99)).toBeCloseTo(0.82, 2);
});

test("a histogram that saw nothing has no quantile", () => {
  expect(quantileOf(text, "b_seconds", 0.5)).toBeNaN();
});
