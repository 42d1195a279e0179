import { expect, test } from "bun:test";

import { pastRows } from "./past-rows.ts";

test("what was reported and what was desired of a leaf stand in one row, however deep", () => {
  const rows = pastRows({
    ...{ id: "X-1", tenant: "demo", kind: "box", rev: 3, at: 9000, createdAt: 1, identity: {} },
    links: { box: "X-1", assignment: null },
    presence: { state: "online", cause: null, concern: null, since: 1 },
    tags: {},
    parts: {
      config: {
        reported: { thresholds: { battery: 20 }, zone: "Europe/Paris" },
        desired: { thresholds: { battery: 15 } },
      },
    },
    sync: { "config/thresholds/battery": "delivered" },
    since: { "config/thresholds/battery": 5000 },
  });
  expect(rows).toEqual([
    {
      path: "config/thresholds/battery",
      ...{ reported: 20, desired: 15, sync: "delivered", since: 5000 },
    },
    {
      path: "config/zone",
      ...{ reported: "Europe/Paris", desired: undefined, sync: undefined, since: undefined },
    },
  ]);
});
