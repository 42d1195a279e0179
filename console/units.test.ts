import { expect, test } from "bun:test";

import { speak } from "./language.ts";
import { unitOf } from "./units.ts";

test("units that are words are said in the language of the page, symbols are the same in all", () => {
  const english = speak("en").word;
  const french = speak("fr").word;
  expect(unitOf("vitals/steps", english)).toBe("steps");
  expect(unitOf("vitals/steps", french)).toBe("pas");
  expect(unitOf("vitals/glucose", english)).toBe("mg/dL");
  expect(unitOf("vitals/glucose", french)).toBe("mg/dL");
});

test("what has no unit gets none", () => {
  expect(unitOf("firmware/version", speak("en").word)).toBe("");
});
