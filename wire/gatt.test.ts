import { expect, test } from "bun:test";

import {
  bandAdvertisement,
  bandGatt,
  decodeBandState,
  encodeBandState,
  encodeRecordsRequest,
  sensorGatt,
  standardUuid,
} from "./gatt.ts";

test("every name on the radio is a UUID of its own, in lower case as BlueZ says it", () => {
  const standard = Object.values(sensorGatt).flatMap(({ service, measure }) => [service, measure]);
  const names = [...Object.values(bandGatt), ...standard.map(standardUuid)];
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test("flags, the longest name and the manufacturer's data fit into an advertisement", () => {
  const state = encodeBandState({ pairing: true });
  expect(3 + 2 + bandAdvertisement.nameMost + 4 + state.length).toBe(31);
});

test("an open pairing window is heard, whatever a later version says beside it", () => {
  for (const pairing of [true, false]) {
    expect(decodeBandState(encodeBandState({ pairing }))).toEqual({ pairing });
  }
  expect(decodeBandState(Uint8Array.of(0xff, 7))).toEqual({ pairing: true });
  expect(decodeBandState(Uint8Array.of())).toEqual({ pairing: false });
});

test("a meter is asked for all, or for what is newer", () => {
  expect([...encodeRecordsRequest()]).toEqual([1, 1]);
  expect([...encodeRecordsRequest(0x1234)]).toEqual([1, 3, 1, 0x34, 0x12]);
});
