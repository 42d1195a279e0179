import { expect, test } from "bun:test";

import { Hours, Millis } from "#wire/units.ts";

import { realClock } from "./real.ts";

test("the host's clock waits, repeats and is cancelled", async () => {
  const began = realClock.monotonic();
  await realClock.sleep(Millis(30));
  expect(realClock.monotonic() - began).toBeGreaterThanOrEqual(29);
  const beats = { seen: 0 };
  const beat = realClock.every(Millis(5), "beat", () => (beats.seen += 1));
  const never = realClock.after(Millis(10), "never", () => expect.unreachable());
  never.cancel();
  while (beats.seen < 3) await realClock.sleep(Millis(5));
  beat.cancel();
  const counted = beats.seen;
  await realClock.sleep(Millis(30));
  expect(beats.seen).toBe(counted);
});

test("a wait beyond what a host's timer counts does not end at once", async () => {
  const far = realClock.after(Hours(24 * 30), "far", () => expect.unreachable());
  await realClock.sleep(Millis(20));
  far.cancel();
});
