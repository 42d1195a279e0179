/**
 * Texts by number: each different one is kept once, and knows its place in their order.
 */

/** Negative when `a` comes first. */
export type TextOrder = (a: string, b: string) => number;

/** The texts of one column. */
export interface Dictionary {
  /** Texts in it; codes are 1 to this. */
  readonly size: () => number;
  /** The code of a text, which is taken in when it is new. */
  readonly code: (text: string) => number;
  /** The code of a text, or undefined when it is not in the dictionary. */
  readonly find: (text: string) => number | undefined;
  /** Null for code 0. */
  readonly text: (code: number) => string | null;
  /** How many texts come before that of `code`; NaN for code 0. */
  readonly rank: (code: number) => number;
  /** The rank of a text; half a rank before its follower when it is not in the dictionary. */
  readonly place: (text: string) => number;
  readonly clear: () => void;
}

/** An empty dictionary. */
export function createDictionary(compare: TextOrder): Dictionary {
  const texts: (string | null)[] = [null];
  const codeOf = new Map<string, number>();
  /** Codes in the order of their texts, and each code's place there; short of the newest texts until next asked. */
  let order: number[] = [];
  let ranks = new Float64Array(0);
  const by = (a: number, b: number): number => compare(texts[a] ?? "", texts[b] ?? "");

  const sorted = (): readonly number[] => {
    if (order.length === texts.length - 1) return order;
    const fresh: number[] = [];
    for (let code = order.length + 1; code < texts.length; code++) fresh.push(code);
    order = merge(order, fresh.toSorted(by), by);
    ranks = new Float64Array(texts.length).fill(Number.NaN);
    order.forEach((code, rank) => {
      ranks[code] = rank;
    });
    return order;
  };

  return {
    size: () => texts.length - 1,
    code(text) {
      const known = codeOf.get(text);
      if (known !== undefined) return known;
      codeOf.set(text, texts.length);
      return texts.push(text) - 1;
    },
    find: (text) => codeOf.get(text),
    text: (code) => texts[code] ?? null,
    rank(code) {
      sorted();
      return ranks[code] ?? Number.NaN;
    },
    place(text) {
      const all = sorted();
      const place = lowerBound(all.length, (at) => compare(texts[all[at] ?? 0] ?? "", text) < 0);
      return texts[all[place] ?? 0] === text ? place : place - 0.5;
    },
    clear() {
      texts.length = 1;
      codeOf.clear();
      order = [];
    },
  };
}

/** The first of `length` places where `before` no longer holds; `before` must hold for a beginning only. */
export function lowerBound(length: number, before: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(
  a: readonly number[],
  b: readonly number[],
  by: (a: number, b: number) => number,
): number[] {
  const merged: number[] = [];
  let at = 0;
  for (const code of b) {
    for (let next = a[at]; next !== undefined && by(next, code) < 0; next = a[++at]) {
      merged.push(next);
    }
    merged.push(code);
  }
  for (; at < a.length; at++) merged.push(a[at] ?? 0);
  return merged;
}
