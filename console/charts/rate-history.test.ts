import { expect, test } from "bun:test";

import { extendHistory, historyMs, type RatePoint } from "./rate-history.ts";

const at = (ms: number, perSecond = 1): RatePoint => ({ at: ms, perSecond });

test("where nobody looked, the line is broken and not drawn through", () => {
  const history = extendHistory([at(5000)], at(60_000));
  expect(history).toEqual([at(5000), { at: 5001, perSecond: null }, at(60_000)]);
});

test("the same answer twice is one point", () => {
  const history = [at(5000)];
  expect(extendHistory(history, at(5000))).toBe(history);
});

test("what the chart does not reach is forgotten", () => {
  const history = extendHistory([at(0), at(5000)], at(historyMs + 1000));
  expect(history.map((point) => point.at)).not.toContain(0);
  expect(history.at(-1)).toEqual(at(historyMs + 1000));
});
