import { expect, test } from "bun:test";

import { speak } from "../language.ts";
import { ownReason } from "./own-reason.ts";

test("what Vigie says of itself is said in the language of the page", () => {
  const french = speak("fr");
  expect(ownReason("2 of 27 rejected", french)).toBe("2 refus sur 27");
  expect(ownReason("4 of 4 canaries applied, 4 needed", french)).toBe(
    "4 éclaireurs sur 4 l’ont appliqué, il en fallait 4",
  );
  expect(ownReason("no canary", french)).toBe("pas d’éclaireurs");
  expect(ownReason("a sentence of tomorrow", french)).toBeUndefined();
});
