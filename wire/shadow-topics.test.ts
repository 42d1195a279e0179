import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { parseSerial } from "./identity.ts";
import { parseShadowTopic, shadowTopic, thingOfFilter } from "./shadow-topics.ts";
import { matchesFilter } from "./topic-filter.ts";

const thing = parseSerial("B-1")!;
const names = fc.option(fc.stringMatching(/^[A-Za-z0-9:_-]{1,64}$/));

test("the topic of an answer lies below that of its request, and under the filters of its shadow", () => {
  fc.assert(
    fc.property(names, fc.constantFrom("get", "update", "delete"), (name, kind) => {
      const topic = shadowTopic({ thing, name }, `${kind}/accepted`);
      expect(parseShadowTopic(topic.replace("/accepted", ""))).toEqual({ thing, name, kind });
      expect(parseShadowTopic(topic)).toBeUndefined();
      expect(matchesFilter("$aws/things/B-1/shadow/#", topic)).toBe(true);
      expect(matchesFilter("$aws/things/B-1/shadow/update/+", topic)).toBe(
        name === null && kind === "update",
      );
      expect(matchesFilter("$aws/things/B-2/shadow/#", topic)).toBe(false);
    }),
  );
});

test("a filter that reaches beyond one thing's shadows is about none", () => {
  expect(thingOfFilter("$aws/things/B-1/shadow/name/+/update/delta")).toBe(thing);
  for (const filter of ["$aws/#", "$aws/things/+/shadow/#", "$aws/things/B-1/#", "#", "$aws/x"]) {
    expect(thingOfFilter(filter)).toBeUndefined();
  }
});

test("what is no request to the shadow service is none, whatever it looks like", () => {
  const bad = ["shadow/fetch", "shadow/name//get", "shadow/name/a b/get", "shadow", "jobs/get"];
  for (const rest of bad) expect(parseShadowTopic(`$aws/things/B-1/${rest}`)).toBeUndefined();
  expect(parseShadowTopic("$aws/things/lamp/shadow/get")).toBeUndefined();
});
