import { describe, expect, test } from "bun:test";

import { encodeEntry, parseEntry, type StreamEntry } from "./entry.ts";
import type { BoxSerial, Epoch, Serial, Tenant } from "./identity.ts";
import { Instant } from "./units.ts";

const entry: StreamEntry = {
  tenant: "nice" as Tenant,
  box: "X-1" as BoxSerial,
  device: "B-1" as Serial,
  channel: "readings",
  epoch: "a1" as Epoch,
  seq: 7,
  receivedAt: Instant(1_700_000_000_000),
  body: '{"readings":[]}',
};

describe("a stream entry", () => {
  test("comes back from its fields as it went in", () => {
    expect(parseEntry(encodeEntry(entry))).toEqual(entry);
  });

  test("is not made of fields that lack one, or hold a wrong one", () => {
    const fields = encodeEntry(entry);
    for (const name of Object.keys(fields)) {
      const { [name]: _, ...rest } = fields;
      expect(parseEntry(rest)).toBeUndefined();
      if (name !== "body") expect(parseEntry({ ...fields, [name]: "#" })).toBeUndefined();
    }
  });
});
