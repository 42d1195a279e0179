/** Names of commands: short, for they travel in radio frames, and never the same for two. */
import { canonical } from "#wire/canonical.ts";

/** What every name begins with; ids of answers to desired leaves begin otherwise. */
const prefix = "c-";
/** Eighty bits in hexadecimal: with a billion commands, one chance in a million that any two collide. */
const digits = 20;

/** The name made of these words: the same for the same words, and for no others. */
export function commandId(...words: readonly string[]): string {
  return `${prefix}${digestOf(words)}`;
}

/** What equal JSON has in common, and no other. */
export function digestOf(value: unknown): string {
  const hash = new Bun.CryptoHasher("sha256").update(canonical(value));
  return hash.digest("hex").slice(0, digits);
}

/** Whether `id` may name a command. */
export function isCommandId(id: string): boolean {
  return id.startsWith(prefix);
}
