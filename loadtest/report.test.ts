import { expect, test } from "bun:test";

import { tableOf } from "./report.ts";

test("a missed figure stands out, and a figure without baseline says so", () => {
  const row = { unit: "s", target: "≤ 5", baseline: null, ratio: null, boundBy: "" };
  const report = {
    commit: "abc",
    cpu: "x",
    rows: [
      { ...row, id: "first-twin", value: 7.1234, met: false },
      { ...row, id: "door-path", value: 18_123.4, met: true, baseline: 40_000, ratio: 0.453 },
    ],
  };
  const table = tableOf(report);
  expect(table).toContain("| first-twin | 7.12 | s | ≤ 5 | **no** | – | – |  |");
  expect(table).toContain("| door-path | 18,123 | s | ≤ 5 | yes | 40,000 | 0.45 |  |");
});
