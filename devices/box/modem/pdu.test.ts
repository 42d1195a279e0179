/** An SMS in PDU mode: octet for octet, and back as a telephone reads it. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { decodePart } from "./emulated.ts";
import { encodeSms } from "./pdu.ts";

const number = "+33601020304";

function partsOf(text: string, to = number): readonly { hex: string; octets: number }[] {
  const encoded = encodeSms({ number: to, text, reference: 0xab });
  if (encoded.kind === "refused") throw new Error(encoded.sentence);
  return encoded.parts;
}

describe("SMS-SUBMIT", () => {
  test("in UCS-2, to an international number", () => {
    const hex = "0011000B913306010203F40008A704004F00E9";
    expect(partsOf("Oé")).toEqual([{ hex, octets: hex.length / 2 - 1 }]);
  });

  test("to a national number", () => {
    expect(partsOf("O", "0612")[0]?.hex).toBe("001100048160210008A702004F");
  });

  test("a long text is cut in numbered parts", () => {
    const parts = partsOf("a".repeat(71));
    expect(parts.map(({ hex }) => hex.slice(28, 42))).toEqual(["8C050003AB0201", "0E050003AB0202"]);
    expect(parts[0]?.hex.startsWith("0051")).toBe(true);
  });

  test("whatever the text, the parts hold it whole, none above 140 octets", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 });
    const law = fc.property(text, (said) => {
      if (said.length > 198) return;
      const parts = partsOf(said);
      const read = parts.map(({ hex }) => decodePart(hex));
      expect(read.map((part) => part.text).join("")).toBe(said);
      for (const part of read) {
        expect(part.number).toBe(number);
        expect(() => encodeURIComponent(part.text)).not.toThrow();
      }
      for (const { octets } of parts) expect(octets).toBeLessThanOrEqual(14 + 140);
    });
    fc.assert(law, { numRuns: 200 });
  });

  test.each([
    ["", "O", "bad_number"],
    ["06 12", "O", "bad_number"],
    ["+1234567890123456", "O", "bad_number"],
    ["06\r\nAT", "O", "bad_number"],
    [number, "", "bad_text"],
    [number, "a".repeat(202), "bad_text"],
  ])("to %j %j is refused: %s", (to, text, fault) => {
    expect(encodeSms({ number: to, text, reference: 0 })).toMatchObject({ kind: "refused", fault });
  });
});
