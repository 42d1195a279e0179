/**
 * The wishes of a part, packed: leaves wished for in one edit share what the edit says, and instants are told from it.
 *
 * Two lists: the edits `[v, setAt, by, why, deadline, escalate]`, and the leaves
 * `[path, edit, state, at - setAt, told, code]` with `told` as `[t - setAt, epoch, seq, said]`; what is absent at the
 * end of a list is left out.
 */
import type { Wish, WishAnswer, WishState } from "#twins/document.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

const stateLetters: Readonly<Record<WishState, string>> = {
  pending: "p",
  delivered: "d",
  applied: "a",
  rejected: "r",
  expired: "x",
};
const saidLetters: Readonly<Record<WishAnswer["said"], string>> = {
  accepted: "d",
  applied: "a",
  rejected: "r",
};
const stateOf = inverse(stateLetters);
const saidOf = inverse(saidLetters);

type Wishes = Readonly<Record<string, Wish>>;

/** The two lists; epochs that are not in `epochs` are added to it. */
export function encodeWishes(wishes: Wishes, epochs: string[]): [edits: Json[], leaves: Json[]] {
  const edits: Json[] = [];
  const places = new Map<string, number>();
  const leaves = Object.entries(wishes).map(([path, wish]): Json => {
    const { v, setAt, by, why = null, deadline = null, escalate } = wish;
    const edit = trimmed([v, setAt, by, why, deadline, escalate ? 1 : null]);
    const text = JSON.stringify(edit);
    const place = places.get(text) ?? edits.push(edit) - 1;
    places.set(text, place);
    const { state, at, told, code = null } = wish;
    const answer = told === undefined ? null : encodeAnswer(told, setAt, epochs);
    return trimmed([path, place, stateLetters[state], at - setAt, answer, code]);
  });
  return [edits, leaves];
}

/** The wishes that the two lists hold; undefined when no code wrote them. A part without any has no lists. */
export function decodeWishes(
  [edits = [], leaves = []]: readonly Json[],
  epochs: readonly Json[],
): Record<string, Wish> | undefined {
  if (!isList(edits) || !isList(leaves)) return undefined;
  const wishes: Record<string, Wish> = {};
  for (const leaf of leaves) {
    if (!isList(leaf)) return undefined;
    const [path, place, ...rest] = leaf;
    const edit = typeof place === "number" ? edits[place] : undefined;
    if (typeof path !== "string" || !isList(edit)) return undefined;
    const wish = decodeWish(edit, rest, epochs);
    if (wish === undefined) return undefined;
    wishes[path] = wish;
  }
  return wishes;
}

function encodeAnswer({ t, epoch, seq, said }: WishAnswer, setAt: number, epochs: string[]): Json {
  let place = epochs.indexOf(epoch);
  if (place < 0) place = epochs.push(epoch) - 1;
  return [t - setAt, place, seq, saidLetters[said]];
}

function decodeWish(
  [v, setAt, by, why, deadline, escalate]: readonly Json[],
  [letter, delay, answer, code]: readonly Json[],
  epochs: readonly Json[],
): Wish | undefined {
  const state = stateOf.get(letter ?? null);
  if (typeof v !== "number" || typeof setAt !== "number" || typeof by !== "string")
    return undefined;
  if (state === undefined || typeof delay !== "number") return undefined;
  const told = isList(answer) ? decodeAnswer(answer, setAt, epochs) : undefined;
  return {
    v,
    state,
    at: Instant(setAt + delay),
    setAt: Instant(setAt),
    by,
    ...decodeTerms(why, deadline, escalate),
    ...(typeof code === "string" ? { code } : {}),
    ...(told === undefined ? {} : { told }),
  };
}

function decodeTerms(
  why: Json | undefined,
  deadline: Json | undefined,
  escalate: Json | undefined,
): Pick<Wish, "why" | "deadline" | "escalate"> {
  return {
    ...(typeof why === "string" ? { why } : {}),
    ...(typeof deadline === "number" ? { deadline: Instant(deadline) } : {}),
    ...(escalate === 1 ? { escalate: true } : {}),
  };
}

function decodeAnswer(
  [delay, place, seq, letter]: readonly Json[],
  setAt: number,
  epochs: readonly Json[],
): WishAnswer | undefined {
  const said = saidOf.get(letter ?? null);
  const epoch = typeof place === "number" ? epochs[place] : undefined;
  if (typeof delay !== "number" || typeof epoch !== "string") return undefined;
  if (typeof seq !== "number" || said === undefined) return undefined;
  return { t: setAt + delay, epoch, seq, said };
}

function trimmed(list: readonly Json[]): Json[] {
  return list.slice(0, list.findLastIndex((each) => each !== null) + 1);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function inverse<Word extends string>(
  letters: Readonly<Record<Word, string>>,
): ReadonlyMap<Json, Word> {
  const words = new Map<Json, Word>();
  for (const word in letters) words.set(letters[word], word);
  return words;
}
