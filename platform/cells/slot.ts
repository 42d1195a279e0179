/** Which keys may meet in one commit: those that Redis Cluster would keep on one node. */
import { assert } from "#platform/assert.ts";

/** The most units that one commit may carry. */
export const unitsMax = 512;

/** What decides the slot of a key: the text in its first braces, or the whole key. */
export function slotTag(key: string): string {
  const open = key.indexOf("{");
  const close = open < 0 ? -1 : key.indexOf("}", open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** Asserts that all keys lie in one slot. */
export function assertOneSlot(keys: Iterable<string>): void {
  let tag: string | undefined;
  for (const key of keys) {
    tag ??= slotTag(key);
    assert(slotTag(key) === tag, `one commit touches one partition, not ${tag} and ${key}`);
  }
}
