/** Laws of shadows, whatever is asked of them. */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { isObject } from "#twins/leaves.ts";
import { device, start } from "#twins/specimens.ts";
import { createTwin } from "#twins/twin.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

import { decodeRecord, emptyRecord, encodeRecord } from "./record.ts";
import { parseRequest } from "./request.ts";
import { differenceOf, mergeSection, stampsOver } from "./section.ts";
import { updateShadow } from "./update.ts";
import { viewShadow } from "./view.ts";

const names = fc.constantFrom("a", "b", "c");
const { tree } = fc.letrec<{ tree: JsonObject; value: Json }>((tie) => ({
  tree: fc.dictionary(names, tie("value"), { maxKeys: 3 }),
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom<Json>(null, 1, 2, "x", [1]),
    tie("tree"),
  ),
}));

function parsed(state: unknown) {
  return parseRequest(new TextEncoder().encode(JSON.stringify({ state })));
}

test("A25: no bytes make the parser throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(["request", "rejected"]).toContain(parseRequest(bytes).kind);
    }),
  );
});

test("A6, A19: each accepted update counts one, is kept as it was, and leaves stamps for just its leaves", () => {
  const twin = createTwin(device("B-1"), start);
  fc.assert(
    fc.property(fc.array(fc.record({ desired: tree, reported: tree }), { maxLength: 5 }), (all) => {
      let record = emptyRecord;
      for (const [at, state] of all.entries()) {
        const request = parsed(state);
        if (request.kind === "rejected") return;
        const written = updateShadow({ twin, record, name: null }, request, {
          by: "aws:VK1",
          now: start,
        });
        if (written.kind === "rejected") throw new Error(written.message);
        expect(written.after.version).toBe(at + 1);
        record = decodeRecord(encodeRecord(written.record));
        expect(viewShadow(twin, record, null)).toEqual(written.after);
        for (const section of ["desired", "reported"] as const) {
          const { state: held, stamps } = written.after;
          expect(stampsOver(held[section], [stamps[section]])).toEqual(stamps[section]);
        }
      }
    }),
  );
});

test("A13, A14: once the delta is reported there is none", () => {
  fc.assert(
    fc.property(tree, tree, (wanted, told) => {
      const [desired, reported] = [mergeSection({}, wanted), mergeSection({}, told)];
      const delta = differenceOf(desired, reported);
      expect(differenceOf(desired, mergeSection(reported, replacing(delta, reported)))).toEqual({});
    }),
  );
});

/** A device that takes a delta over puts objects in the place of plain values, and the other way round. */
function replacing(delta: JsonObject, held: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(delta).map(([name, value]) => {
      const inner = held[name];
      return [name, isObject(value) && isObject(inner) ? replacing(value, inner) : value];
    }),
  );
}
