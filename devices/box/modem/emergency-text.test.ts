/** What an emergency's SMS says, and what it never says. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { emergencyText } from "./emergency-text.ts";

const kinds = ["fall", "cardiac", "respiratory", "sos"] as const;
const languages = ["fr", "en"] as const;

describe("CF-39: name, word and what to do", () => {
  test.each([
    ["fall", "fr", "Élise : chute. Appelez ou passez. Vigie"],
    ["cardiac", "fr", "Élise : alerte cœur. Appelez ou passez. Vigie"],
    ["respiratory", "fr", "Élise : alerte respiration. Appelez ou passez. Vigie"],
    ["sos", "fr", "Élise : appel à l’aide. Appelez ou passez. Vigie"],
    ["fall", "en", "Élise: fall. Call or visit now. Vigie"],
    ["cardiac", "en", "Élise: heart alert. Call or visit now. Vigie"],
    ["respiratory", "en", "Élise: breathing alert. Call or visit now. Vigie"],
    ["sos", "en", "Élise: call for help. Call or visit now. Vigie"],
  ] as const)("%s in %s", (kind, language, text) => {
    expect(emergencyText(kind, { alias: "Élise", language })).toBe(text);
  });

  test.each([
    ["  \n ", "Your relative: fall."],
    ["Jean\r\nBCC: all", "Jean BCC: all: fall."],
    ["Marie-Antoinette de Habsbourg", "Marie-Antoinette de…: fall."],
  ])("the name %j", (alias, begin) => {
    expect(emergencyText("fall", { alias, language: "en" }).startsWith(begin)).toBe(true);
  });

  test("AL-15: whatever the name, one SMS on one line, without a figure of its own", () => {
    const drawn = fc.record({
      kind: fc.constantFrom(...kinds),
      language: fc.constantFrom(...languages),
      alias: fc.string({ unit: "grapheme", maxLength: 60 }),
    });
    const law = fc.property(drawn, ({ kind, ...to }) => {
      const text = emergencyText(kind, to);
      expect(text.length).toBeLessThanOrEqual(70);
      expect(() => encodeURIComponent(text)).not.toThrow();
      expect(text).not.toMatch(/[\r\n]/);
      if (!/\p{N}/u.test(to.alias)) expect(text).not.toMatch(/\p{N}/u);
    });
    fc.assert(law, { numRuns: 300 });
  });
});
