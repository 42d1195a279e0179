import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Twin } from "#twins/document.ts";
import { after, device, entryOf, pulse, start } from "#twins/specimens.ts";
import { createTwin, fold } from "#twins/twin.ts";
import type { JsonObject } from "#wire/messages.ts";

import { viewText } from "./view-text.ts";
import { viewTwin } from "./view.ts";

const clearances = ["technical", "clinical"] as const;

/** A twin that has measured a pulse at each of these times, and reported that. */
function lived(times: readonly number[], config: JsonObject = {}): Twin {
  const entries = times.map((t, seq) => pulse(60 + seq, after(t), { seq }));
  const report = entryOf("reported", { t: after(0), parts: { config } }, { seq: 1000 });
  return [...entries, report].reduce<Twin>(
    (twin, entry) => fold(twin, entry).twin,
    createTwin(device("B-1"), start),
  );
}

describe("the text of a twin", () => {
  test("TW-11: is that of its view, with every age and staleness, whenever it is told", () => {
    const moment = fc.integer({ min: -1000, max: 5_000_000 });
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 3 }), fc.array(moment), (times, looks) => {
        const twin = lived(times);
        for (const look of looks) {
          for (const clearance of clearances) {
            const viewer = { now: after(look), clearance };
            expect(viewText(twin, viewer)).toBe(JSON.stringify(viewTwin(twin, viewer)));
          }
        }
      }),
    );
  });

  test("is not led astray by a device that reports what looks like an age", () => {
    const twin = lived([1], { ageMs: -5.5, at: -7.5, heardAgeMs: [{ ageMs: -1.5 }] });
    const viewer = { now: after(60_000), clearance: "technical" } as const;
    for (let look = 0; look < 3; look += 1) {
      expect(viewText(twin, viewer)).toBe(JSON.stringify(viewTwin(twin, viewer)));
    }
  });
});
