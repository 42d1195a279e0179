import { describe, expect, test } from "bun:test";

import {
  bannedNames,
  brokenLinks,
  healthInLogs,
  leftovers,
  partsWithoutReadme,
  readTree,
  silentFixtures,
  strayKeys,
  type Tree,
  uncontrolledHazards,
  wrongArrows,
  wrongRiskNumbers,
} from "./tidy.ts";

const tree = await readTree();
const planted = (files: Record<string, string>): Tree => new Map(Object.entries(files));

describe("the tree is tidy", () => {
  test("every import follows the arrows", () => expect(wrongArrows(tree)).toEqual([]));
  test("no file has a name that says nothing", () => expect(bannedNames(tree)).toEqual([]));
  test("no note to oneself is left", () => expect(leftovers(tree)).toEqual([]));
  test("every part has a README with one title", () =>
    expect(partsWithoutReadme(tree)).toEqual([]));
  test("every relative link leads somewhere", async () =>
    expect(await brokenLinks(tree)).toEqual([]));
  test("no log call names a body, a phone or a patient", () =>
    expect(healthInLogs(tree)).toEqual([]));
  test("every Redis key is spelt in twins/keys.ts", () => expect(strayKeys(tree)).toEqual([]));
  test("every controlled hazard is named by a test", () =>
    expect(uncontrolledHazards(tree)).toEqual([]));
  test("H-12, RK-F-12: every risk number is severity × occurrence × detection", () => {
    const table = tree.get("docs/hazards.md") ?? "";
    expect(table.match(/^\| H-\d\d \|/gm)?.length).toBe(12);
    expect(wrongRiskNumbers(table)).toEqual([]);
  });
  test("every fixture folder says source, rate, unit and licence", () =>
    expect(silentFixtures(tree)).toEqual([]));
});

describe("each rule sees what it is for", () => {
  test("an api that imports the pipeline, and a path into another part", () => {
    const found = wrongArrows(
      planted({
        "api/a.ts": 'import { x } from "#pipeline/x.ts";',
        "twins/b.ts": 'import type { y } from "../api/y.ts";',
        "twins/c.ts": 'import { z } from "#platform/cells/real.ts";',
        "twins/d.ts": 'import { z } from "#wire/units.ts";',
      }),
    );
    expect(found.length).toBe(3);
  });
  test("a file of nothing in particular", () =>
    expect(bannedNames(planted({ "wire/utils.ts": "", "wire/units.ts": "" }))).toEqual([
      "wire/utils.ts",
    ]));
  test("a pulse in a log line", () =>
    expect(healthInLogs(planted({ "a.ts": 'log.info("seen", { heartRate: 70 });' })).length).toBe(
      1,
    ));
  test("a key spelt by hand", () =>
    expect(strayKeys(planted({ "twins/a.ts": "const key = `vigie:{0}:in`;" }))).toEqual([
      "twins/a.ts",
    ]));
  test("a controlled hazard without a test", () => {
    const table = "| H-81 | loss | controlled |\n| H-82 | loss | controlled |";
    const proof = 'test("H-81: nothing is lost", () => 1);';
    expect(uncontrolledHazards(planted({ "docs/hazards.md": table, "a.test.ts": proof }))).toEqual([
      "H-82",
    ]);
  });
  test("a wrong product", () =>
    expect(wrongRiskNumbers("| H-01 | x | 9 × 6 × 3 = 163 | open |")).toEqual(["H-01"]));
  test("a part without a README, and a fixture that says nothing", () => {
    expect(partsWithoutReadme(planted({ "wire/a.ts": "" }))).toEqual(["wire"]);
    expect(silentFixtures(planted({ "wire/fixtures/a.json": "{}" }))).toEqual(["wire/fixtures"]);
  });
});
