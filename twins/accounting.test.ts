import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { Instant } from "#wire/units.ts";

import { accountingOf, prunedWrites, readAccounting } from "./accounting.ts";
import { keysFor } from "./keys.ts";
import { announce, declareLost, emptyMark, formatMark, receive } from "./mark.ts";

const mark = announce(
  declareLost(receive(emptyMark, { seq: 1, digest: 7, fate: "stored" }), { from: 2, to: 3 }),
  5,
);

test("the accounting sums marks and readings over all partitions", async () => {
  const keys = keysFor(4);
  const { cells } = createMemoryRedis(createVirtualClock({ start: Instant(0) }));
  for (const p of [0, 3]) {
    await cells.commit([
      {
        checks: [],
        writes: [
          { op: "HSET", key: keys.marks(p), field: "B-1:e", value: formatMark(mark) },
          { op: "HSET", key: keys.marks(p), field: "B-1", value: "e" },
          { op: "HINCRBY", key: keys.readings(p), field: "received", by: 3 },
          { op: "HINCRBY", key: keys.readings(p), field: "stored", by: 2 },
          { op: "HINCRBY", key: keys.readings(p), field: "quarantined", by: 1 },
        ],
      },
    ]);
  }
  expect(await readAccounting(cells, keys)).toEqual({
    messages: { sent: 10, stored: 2, refused: 0, duplicate: 0, lost: 4, repeats: 0, inFlight: 4 },
    readings: { received: 6, stored: 4, quarantined: 2, duplicate: 0 },
    counters: 2,
    holds: true,
  });
});

test("a counter that is no longer kept stays in the sums", async () => {
  const keys = keysFor(1);
  const { cells } = createMemoryRedis(createVirtualClock({ start: Instant(0) }));
  const writes = prunedWrites(keys.marks(0), mark);
  await cells.commit([{ checks: [], writes }]);
  await cells.commit([{ checks: [], writes }]);
  const { messages, holds } = await readAccounting(cells, keys);
  expect(messages).toMatchObject({ sent: 10, stored: 2, lost: 4, inFlight: 4 });
  expect(holds).toBe(true);
});

test("a number that was counted twice, or a reading that vanished, is seen", () => {
  const twice = formatMark({ ...mark, stored: 2 });
  expect(accountingOf({ "B-1:e": twice }, {}).holds).toBe(false);
  expect(accountingOf({}, { received: "2", stored: "1" }).holds).toBe(false);
});
