import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createSeededRandom } from "#platform/random/memory.ts";

import { createFlash, type FlashModel, PowerCut, tears } from "./flash.ts";

const geometry = { sectors: 4, sectorBytes: 32, unitBytes: 8 };

function flashOf(): FlashModel {
  return createFlash({ geometry, lockedSectors: 1 });
}

test("what is programmed is read, and an erased sector is all ones again", () => {
  const flash = flashOf();
  flash.program(40, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  expect([...flash.read(41, 3)]).toEqual([2, 3, 4]);
  flash.erase(1);
  expect(flash.read(32, 32).every((byte) => byte === 0xff)).toBe(true);
  expect(flash.operations).toBe(2);
});

test("writing what is not erased, half units or the bootloader is a bug", () => {
  const flash = flashOf();
  flash.program(32, new Uint8Array(8));
  expect(() => flash.program(32, new Uint8Array(8))).toThrow("only what is erased");
  expect(() => flash.program(44, new Uint8Array(8))).toThrow("whole units");
  expect(() => flash.program(0, new Uint8Array(8))).toThrow("never written");
  expect(() => flash.erase(0)).toThrow("never erased");
  expect(() => flash.erase(4)).toThrow("lies in the flash");
});

test("without power nothing works until it is back", () => {
  const flash = flashOf();
  flash.cutPower({ after: 1, tear: "none", random: createSeededRandom(1) });
  flash.erase(1);
  expect(() => flash.erase(2)).toThrow(PowerCut);
  expect(() => flash.read(0, 1)).toThrow(PowerCut);
  expect(() => flash.program(32, new Uint8Array(8))).toThrow(PowerCut);
  flash.restorePower();
  flash.erase(2);
});

test("a torn operation leaves each bit as it was or as it was to be", () => {
  const law = fc.property(
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
    fc.constantFrom(...tears),
    fc.boolean(),
    (bytes, tear, erasing) => {
      const flash = flashOf();
      if (erasing) flash.program(32, bytes);
      flash.cutPower({ after: 0, tear, random: createSeededRandom(bytes.join()) });
      const cut = (): void => (erasing ? flash.erase(1) : flash.program(32, bytes));
      expect(cut).toThrow(PowerCut);
      flash.restorePower();
      const there = flash.read(32, 8);
      // Between 0xFF and `bytes`, whichever way: no bit is cleared that both have set.
      expect(there.every((byte, index) => (byte & (bytes[index] ?? 0)) === bytes[index])).toBe(
        true,
      );
      if (tear === "half" && !erasing) {
        expect([...there.subarray(0, 4)]).toEqual([...bytes.subarray(0, 4)]);
      }
    },
  );
  fc.assert(law);
});
