/**
 * Flash memory as it is: bits are only ever cleared, in whole units; setting them again takes a whole
 * sector; and the power may go in the middle of either.
 *
 * The model is product code of the simulator: the bootloader that runs on it is the wristband's, and
 * a mistake that a chip would only show one day in a home is a Bug here at once.
 * @source nRF52840 product specification, NVMC; spec/ota.md §4 (write unit of 8 bytes, torn writes)
 */
import { assert } from "#platform/assert.ts";
import type { Random } from "#platform/random/port.ts";

/** The shape of a flash memory; bytes unless said otherwise. */
export interface Geometry {
  readonly sectors: number;
  readonly sectorBytes: number;
  /** What is written at once; divides a sector. */
  readonly unitBytes: number;
}

/** A flash memory. What is erased reads 0xFF. */
export interface Flash {
  readonly geometry: Geometry;
  /** A copy of `length` bytes from `at` on. */
  read(at: number, length: number): Uint8Array;
  /** Writes whole units that are erased, one after another. */
  program(at: number, bytes: Uint8Array): void;
  /** Erases one sector. */
  erase(sector: number): void;
}

/** What a byte reads when its sector was erased. */
export const erasedByte = 0xff;

/** What the operation that the power went in has left: nothing, its first half, or any of its bits. */
export const tears = ["none", "half", "random"] as const;
export type Tear = (typeof tears)[number];

/** The power went; whatever ran here is gone. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

/** When the power goes, and what becomes of the operation it goes in. */
export interface Cut {
  /** Operations that still succeed. */
  readonly after: number;
  readonly tear: Tear;
  readonly random: Random;
}

/** How a flash begins. */
export interface FlashSetup {
  readonly geometry: Geometry;
  /** The first sectors can no more be written or erased: the bootloader's own. */
  readonly lockedSectors: number;
  /** All of it, as it was; erased without. */
  readonly contents?: Uint8Array;
}

/** A flash with its power supply in the tester's hand. */
export interface FlashModel extends Flash {
  /** Units programmed and sectors erased so far. */
  readonly operations: number;
  /** Lets the power go once, later; replaces a cut that has not come yet. */
  cutPower(cut: Cut): void;
  /** Brings the power back, and takes back a cut that has not come yet. */
  restorePower(): void;
  /** All bytes, a copy. */
  contents(): Uint8Array;
  /** Flips bits of one byte, as age and radiation do. */
  rot(at: number, bits: number): void;
}

/** A flash in memory. */
export function createFlash(setup: FlashSetup): FlashModel {
  return new Model(setup);
}

class Model implements FlashModel {
  readonly geometry: Geometry;
  operations = 0;
  readonly #cells: Uint8Array;
  readonly #lockedBytes: number;
  #cut: Cut | undefined;
  #left = Infinity;
  #dark = false;

  constructor({ geometry, lockedSectors, contents }: FlashSetup) {
    const { sectors, sectorBytes, unitBytes } = geometry;
    assert(sectorBytes % unitBytes === 0, "a sector is made of whole units");
    assert(contents === undefined || contents.length === sectors * sectorBytes, "it all fits");
    this.geometry = geometry;
    this.#lockedBytes = lockedSectors * sectorBytes;
    this.#cells = contents?.slice() ?? new Uint8Array(sectors * sectorBytes).fill(erasedByte);
  }

  read(at: number, length: number): Uint8Array {
    assert(at >= 0 && at + length <= this.#cells.length, "what is read lies in the flash");
    if (this.#dark) throw new PowerCut();
    return this.#cells.slice(at, at + length);
  }

  program(at: number, bytes: Uint8Array): void {
    const { unitBytes } = this.geometry;
    assert(at % unitBytes === 0 && bytes.length % unitBytes === 0, "whole units are written");
    assert(at >= this.#lockedBytes, "the bootloader is never written");
    assert(at + bytes.length <= this.#cells.length, "what is written lies in the flash");
    for (let start = 0; start < bytes.length; start += unitBytes) {
      const cells = this.#cells.subarray(at + start, at + start + unitBytes);
      assert(isErased(cells), "only what is erased is written");
      this.#operate(cells, bytes.subarray(start, start + unitBytes));
    }
  }

  erase(sector: number): void {
    const { sectorBytes, sectors } = this.geometry;
    assert(sector >= 0 && sector < sectors, "the sector lies in the flash");
    assert(sector * sectorBytes >= this.#lockedBytes, "the bootloader is never erased");
    const cells = this.#cells.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
    this.#operate(cells, new Uint8Array(sectorBytes).fill(erasedByte));
  }

  cutPower(cut: Cut): void {
    this.#cut = cut;
    this.#left = cut.after;
  }

  restorePower(): void {
    this.#cut = undefined;
    this.#left = Infinity;
    this.#dark = false;
  }

  contents(): Uint8Array {
    return this.#cells.slice();
  }

  rot(at: number, bits: number): void {
    assert(at >= 0 && at < this.#cells.length, "what rots lies in the flash");
    this.#cells[at] = (this.#cells[at] ?? 0) ^ bits;
  }

  /** Turns `cells` into `target`, or into what a cut leaves of that. */
  #operate(cells: Uint8Array, target: Uint8Array): void {
    if (this.#dark) throw new PowerCut();
    if (this.#cut === undefined || this.#left > 0) {
      this.#left -= 1;
      this.operations += 1;
      cells.set(target);
      return;
    }
    tear(cells, target, this.#cut);
    this.#dark = true;
    throw new PowerCut();
  }
}

/** Leaves `cells` somewhere on their way to `target`. */
function tear(cells: Uint8Array, target: Uint8Array, cut: Cut): void {
  if (cut.tear === "none") return;
  if (cut.tear === "half") {
    cells.set(target.subarray(0, target.length >> 1));
    return;
  }
  for (const [index, wanted] of target.entries()) {
    const there = cells[index] ?? erasedByte;
    const reached = cut.random.integer({ low: 0, high: 0xff });
    cells[index] = there ^ ((there ^ wanted) & reached);
  }
}

/** Whether all of `bytes` reads as erased. */
export function isErased(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === erasedByte);
}
