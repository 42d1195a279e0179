import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { createCells } from "./cells.ts";

interface Seen {
  t: number;
  value: number;
  fresh: boolean;
}

function cellsOf(samples: readonly { t: number; value: number }[]): Seen[] {
  const seen: Seen[] = [];
  const cells = createCells(
    { periodMs: 20, gapMs: 1000, channels: 1 },
    { cell: (t, values, fresh) => seen.push({ t, value: values[0] ?? Number.NaN, fresh }) },
  );
  for (const { t, value } of samples) cells.push(t, [value]);
  return seen;
}

describe("cells", () => {
  test("come every period, whatever the times of the samples: a straight line stays one", () => {
    const step = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 200 }), (steps) => {
        let t = 0;
        const seen = cellsOf(steps.map((ms) => ({ t: (t += ms), value: t })));
        seen.forEach((cell, n) => {
          expect(cell.t).toBe((seen[0]?.t ?? 0) + 20 * n);
          expect(Math.abs(cell.value - cell.t)).toBeLessThanOrEqual(90);
        });
      }),
    );
  });

  test("are the mean of the samples in them: 100 Hz becomes 50 Hz without losing an impact", () => {
    const samples = Array.from({ length: 100 }, (_, n) => ({ t: n * 10, value: n % 2 }));
    for (const { value } of cellsOf(samples)) expect(value).toBe(0.5);
  });

  test("begin afresh after a silence, and when the clock goes back", () => {
    const at = (times: readonly number[]): Seen[] => cellsOf(times.map((t) => ({ t, value: 7 })));
    const silence = at([0, 20, 40, 5000, 5020, 5040]);
    expect(silence.filter(({ fresh }) => fresh).map(({ t }) => t)).toEqual([0, 5000]);
    expect(silence.length).toBe(5);
    const back = at([9000, 9020, 9040, 100, 120, 140]);
    expect(back.filter(({ fresh }) => fresh).map(({ t }) => t)).toEqual([9000, 100]);
  });

  test("take no sample whose time or value is no number", () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1];
    const samples = [0, 20, 40, 60].flatMap((t) => [
      ...odd.map((strange) => ({ t: strange, value: 1e6 })),
      { t, value: 1 },
      { t, value: Number.NaN },
    ]);
    expect(cellsOf(samples).map(({ value }) => value)).toEqual([1, 1, 1]);
  });
});
