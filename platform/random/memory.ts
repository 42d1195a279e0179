/**
 * Chance that can be replayed: the same seed draws the same numbers on every machine.
 *
 * @source sfc32 (Chris Doty-Humphrey, PractRand, public domain); seeds are spread by FNV-1a and a
 * SplitMix finaliser
 */
import { assert } from "#platform/assert.ts";

import type { Random } from "./port.ts";

/** A seeded source. Not for keys or secrets. */
export function createSeededRandom(seed: number | string): Random {
  return new Seeded(String(seed));
}

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Draws thrown away at the start, until the seed has reached every bit. */
const warmUp = 12;

class Seeded implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    const spread = spreader(seed);
    this.#a = spread();
    this.#b = spread();
    this.#c = spread();
    for (let draw = 0; draw < warmUp; draw += 1) this.#draw();
  }

  next(): number {
    const high = this.#draw() >>> 5;
    const low = this.#draw() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  integer({ low, high }: { low: number; high: number }): number {
    assert(Number.isSafeInteger(low) && Number.isSafeInteger(high), "the bounds are integers");
    assert(low <= high, "the range is not empty");
    return low + Math.floor(this.next() * (high - low + 1));
  }

  letters(length: number): string {
    let text = "";
    while (text.length < length) text += alphabet[this.#draw() % alphabet.length];
    return text;
  }

  uuid(): string {
    const hex = [0, 0, 0, 0].map(() => this.#draw().toString(16).padStart(8, "0")).join("");
    const variant = "89ab"[this.#draw() & 3] ?? "8";
    const parts = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ];
    return parts.join("-");
  }

  fork(name: string): Random {
    return new Seeded(`${this.#seed}/${name}`);
  }

  /** 32 bits, as an unsigned number. */
  #draw(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** Numbers of 32 bits that all depend on every character of `text`. */
function spreader(text: string): () => number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return () => {
    hash = (hash + 0x9e3779b9) | 0;
    let mixed = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
