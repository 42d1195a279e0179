import { expect, test } from "bun:test";

import { bandGatt, sensorGatt, standardUuid } from "./gatt.ts";

test("every name on the radio is a UUID of its own, in lower case as BlueZ says it", () => {
  const standard = Object.values(sensorGatt).flatMap(({ service, measure }) => [service, measure]);
  const names = [...Object.values(bandGatt), ...standard.map(standardUuid)];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});
