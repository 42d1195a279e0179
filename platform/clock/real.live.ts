import { expect, test } from "bun:test";

import { Hours, Millis } from "#wire/units.ts";

import { clockContract } from "./contract.ts";
import { realClock } from "./real.ts";

clockContract("host's", () => ({ clock: realClock, pass: (ms) => Bun.sleep(ms) }));

test("a wait beyond what a host's timer counts does not end at once", async () => {
  const far = realClock.after(Hours(24 * 30), "far", () => expect.unreachable());
  await realClock.sleep(Millis(20));
  far.cancel();
});
