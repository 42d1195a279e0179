/** The operating system's randomness, fit for keys and secrets. */
import { assert } from "#platform/assert.ts";

import type { Random } from "./port.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
/**
 * The largest multiple of the alphabet's size that a byte can hold; larger draws would favour the
 * first letters.
 */
const fair = 256 - (256 % alphabet.length);

/** Unpredictable. `fork` answers itself: nothing drawn here can be replayed anyway. */
export const realRandom: Random = {
  next: () => fraction(),
  integer: ({ low, high }) => {
    assert(Number.isSafeInteger(low) && Number.isSafeInteger(high), "the bounds are integers");
    assert(low <= high, "the range is not empty");
    return low + Math.floor(fraction() * (high - low + 1));
  },
  letters: (length) => {
    let text = "";
    while (text.length < length) {
      for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length))) {
        if (byte < fair) text += alphabet[byte % alphabet.length];
      }
    }
    return text;
  },
  uuid: () => crypto.randomUUID(),
  fork: () => realRandom,
};

const pool = new Uint32Array(512);
let used = pool.length;

/** 53 random bits as a number in [0, 1). */
function fraction(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const high = (pool[used] ?? 0) >>> 5;
  const low = (pool[used + 1] ?? 0) >>> 6;
  used += 2;
  return (high * 2 ** 26 + low) / 2 ** 53;
}
