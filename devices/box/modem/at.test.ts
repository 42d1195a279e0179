/** What a modem says, whatever way its bytes are cut. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type AtLine, AtReader, isRegistered, parseSignal } from "./at.ts";

function read(...chunks: readonly Uint8Array[]): AtLine[] {
  const reader = new AtReader();
  return chunks.flatMap((chunk) => reader.read(chunk));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Lines in short: "ok", "refused CMS 500", "+CSQ 17,0". */
function short(text: string): string[] {
  return read(bytes(text)).map((line) => {
    if (line.kind === "info") return `${line.name} ${line.text}`;
    if (line.kind !== "refused") return line.kind;
    return ["refused", line.refusal.family, line.refusal.number].join(" ").trim();
  });
}

describe("a modem's lines", () => {
  test.each([
    ["\r\nOK\r\n", ["ok"]],
    ["AT\r\r\nOK\r\n", ["other", "ok"]],
    ["\r\n> ", ["prompt"]],
    ["\r\n> 0011AB\u001A\r\n+CMGS: 7\r\n\r\nOK\r\n", ["prompt", "other", "+CMGS 7", "ok"]],
    ["\r\n+CMS ERROR: 500\r\n", ["refused CMS 500"]],
    ["\r\n+CME ERROR: SIM not inserted\r\n", ["refused CME"]],
    ["\r\nERROR\r\n", ["refused plain"]],
    ["\r\nRDY\r\n\r\n^SYSSTART\r\n", ["restarted", "restarted"]],
    ["\r\n+CSQ: 17,0\r\nRING\r\n", ["+CSQ 17,0", "other"]],
    ["\0\u00FFOK\r", ["ok"]],
    ["OKAY\r> \n", ["other", "prompt"]],
  ])("%j is %j", (text, lines) => {
    expect(short(text)).toEqual(lines);
  });

  test("any cutting of the bytes gives the same lines", () => {
    const words = ["\r\n", "\r", "> ", "OK", "ERROR", "+CMGS: 7", "+CMS ERROR: 8", "RDY", "\u001A"];
    const piece = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 }));
    const said = fc.array(piece).map((pieces) => bytes(pieces.join("")));
    const law = fc.property(said, fc.array(fc.nat({ max: 9 })), (whole, sizes) => {
      const chunks: Uint8Array[] = [];
      let from = 0;
      for (const size of sizes) {
        chunks.push(whole.slice(from, from + size));
        from += size;
      }
      expect(read(...chunks, whole.slice(from))).toEqual(read(whole));
    });
    fc.assert(law, { numRuns: 300 });
  });

  test("a line without an end takes no more than its room", () => {
    expect(short(`${"x".repeat(100_000)}\r\nOK\r\n`)).toEqual(["other", "ok"]);
  });
});

test.each([
  ["0,1", true],
  ["2,5", true],
  ["0, 6", true],
  ["1", true],
  ["0,2", false],
  ["0,3", false],
  ["", false],
])("registration %j is %p", (text, registered) => {
  expect(isRegistered(text)).toBe(registered);
});

test("a signal is 0 to 31, or unknown", () => {
  expect(["0,0", "31,99", "99,99", "?"].map(parseSignal)).toEqual([0, 31, undefined, undefined]);
});
