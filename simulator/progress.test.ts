import { expect, test } from "bun:test";

import { Hours } from "#wire/units.ts";

import { progressLine } from "./progress.ts";

const status = {
  fidelity: "means" as const,
  homes: 50,
  connected: 48,
  sent: 8012,
  received: 8000,
  refused: 0,
  dropped: 0,
  waiting: 12,
  met: false,
  behind: Hours(3.5),
};

test("one line says who is connected, what was said and heard, and what time it is there", () => {
  expect(progressLine(status)).toBe(
    "means, 48/50 homes connected, 8,012 messages said, 8,000 received, 12 waiting, 3.5 h ago",
  );
  expect(progressLine({ ...status, refused: 3, met: true })).toEndWith(
    "3 refused, 12 waiting, now",
  );
});
