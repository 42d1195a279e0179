import { expect, test } from "bun:test";

import { drawPlan } from "./draw.ts";
import { parseOptions } from "./options.ts";
import { tellPlan } from "./telling.ts";

test("the command takes how many seeds and from which", () => {
  const told = parseOptions(["--seeds", "5", "--from", "77", "--json"]);
  const options = { seeds: 5, from: 77, verbose: false, json: true };
  expect(told).toEqual({ kind: "options", options });
});

test.each(["--seeds 0", "--seeds many", "--from -1", "--speed 3"])(
  "%s is refused with a sentence",
  (line) => {
    expect(parseOptions(line.split(" ")).kind).toBe("refused");
  },
);

test("whatever a seed draws can be told", () => {
  for (let seed = 0; seed < 500; seed += 1) {
    expect(tellPlan(drawPlan(seed))).toStartWith(`seed ${seed}: `);
  }
});
