import { expect, test } from "bun:test";

import { byState, type PresenceCount } from "./presence-counts.ts";

const one = (state: string, cause: string | null, count: number): PresenceCount => ({
  state,
  cause,
  count,
});

test("states come best first, their causes most frequent first", () => {
  const counts = [
    one("silent", "box_net", 2),
    one("silent", "battery_flat", 5),
    one("online", null, 90),
    one("online", "charging", 4),
  ];
  expect(byState(counts)).toEqual([
    { state: "online", count: 94, causes: [{ cause: "charging", count: 4 }] },
    {
      state: "silent",
      count: 7,
      causes: [
        { cause: "battery_flat", count: 5 },
        { cause: "box_net", count: 2 },
      ],
    },
  ]);
});

test("that no cause is known is told of a silent device, not of one that is there", () => {
  const counts = [one("silent", null, 1), one("in_stock", null, 3)];
  expect(byState(counts).map(({ causes }) => causes)).toEqual([[{ cause: null, count: 1 }], []]);
});

test("the same cause of two kinds of devices is counted together", () => {
  const counts = [one("late", "box_net", 1), one("late", "box_net", 2)];
  expect(byState(counts)[0]?.causes).toEqual([{ cause: "box_net", count: 3 }]);
});
