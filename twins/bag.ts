/**
 * A bag: the few texts by name that a twin holds besides its declared leaves (its tags, the state of each desired leaf),
 * as one short JSON text.
 *
 * Many twins hold the very same bag, so a column keeps each different one once, and whatever is asked of a name in it is
 * answered once per bag, not once per twin.
 */
import type { Json } from "#wire/messages.ts";

import { isObject } from "./leaves.ts";

/** Texts by name. */
export type Bag = Readonly<Record<string, string>>;

/** Names in one bag that can be asked for; of more, the first in order. */
const namesMax = 64;
/** Characters of one text; a longer one cannot be asked for. */
const textMax = 256;

/** The bag as a cell: names in order, so that the same bag is the same text; null for an empty one. */
export function packBag(bag: Bag): string | null {
  const entries = Object.entries(bag);
  if (entries.length === 0) return null;
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, namesMax);
  return JSON.stringify(Object.fromEntries(sorted));
}

/** The bag that a cell holds. */
export function unpackBag(cell: string | number | null): Bag {
  if (typeof cell !== "string") return {};
  const value: Json = JSON.parse(cell);
  return isObject(value) ? bagOf(Object.entries(value)) : {};
}

/** What a cell's bag holds under a name, or null. */
export function textIn(cell: string | number | null, name: string): string | null {
  // Names are plain words, so that one which is not in the text is not in the bag: most need no reading.
  if (typeof cell !== "string" || !cell.includes(`"${name}":`)) return null;
  const value: Json = JSON.parse(cell);
  const text = isObject(value) && Object.hasOwn(value, name) ? value[name] : null;
  return typeof text === "string" ? text : null;
}

/** The bag of these leaves; what is no plain value is left out. */
export function bagOf(leaves: Iterable<readonly [name: string, value: Json]>): Bag {
  const bag: Record<string, string> = {};
  for (const [name, value] of leaves) {
    const text = textOf(value);
    if (text !== undefined) bag[name] = text;
  }
  return bag;
}

/** The cell with one text replaced, or taken out when `value` is no plain one. */
export function repacked(cell: string | number | null, name: string, value: Json): string | null {
  const { [name]: _, ...others } = unpackBag(cell);
  return packBag({ ...others, ...bagOf([[name, value]]) });
}

function textOf(value: Json): string | undefined {
  if (value === null || typeof value === "object") return undefined;
  const text = String(value);
  return text.length <= textMax ? text : undefined;
}
