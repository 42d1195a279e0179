/**
 * Bytes that are of no use without a key: AES-256-GCM, each piece by itself, so that a row can be kept, moved and thrown
 * away alone.
 *
 * A sealed piece is nonce (12 bytes), text, tag (16). Nonces are random: after 2³² pieces a key should be changed.
 * @source NIST SP 800-38D §8.2.2
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { assert } from "./assert.ts";

/** Closes and opens. */
export interface Seal {
  close(plain: Uint8Array): Uint8Array;
  /** Undefined for what this seal has not closed, and for what was changed since. */
  open(sealed: Uint8Array): Uint8Array | undefined;
}

/** Leaves everything open: for simulated homes, and where the disk itself is encrypted. */
export const noSeal: Seal = { close: (plain) => plain, open: (sealed) => sealed };

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** The seal of this key, as {@link newSealKey} makes them. */
export function createSeal(key: string): Seal {
  const secret = Buffer.from(key, "base64");
  assert(secret.length === keyBytes, "a seal's key has 256 bits");
  return {
    close: (plain) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce);
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed) => {
      if (sealed.length < nonceBytes + tagBytes) return undefined;
      const end = sealed.length - tagBytes;
      const decipher = createDecipheriv(algorithm, secret, sealed.subarray(0, nonceBytes));
      decipher.setAuthTag(sealed.subarray(end));
      try {
        const first = decipher.update(sealed.subarray(nonceBytes, end));
        return Buffer.concat([first, decipher.final()]);
      } catch {
        // The tag does not fit: the only way in which opening fails.
        return undefined;
      }
    },
  };
}

/** A new key, as text for a file that only its owner reads. */
export function newSealKey(): string {
  return randomBytes(keyBytes).toString("base64");
}
