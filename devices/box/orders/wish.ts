/** One version of what a device should be like, and how far it has come; as it lies on the disk. */
import type { Leaf } from "#wire/bodies/leaf.ts";
import { isObject } from "#wire/json.ts";
import type { Answer, Desired, Json } from "#wire/messages.ts";
import { treeShape } from "#wire/parts.ts";
import {
  fields,
  fits,
  guarded,
  listOf,
  oneOf,
  optional,
  type Shape,
  textOf,
  whole,
} from "#wire/shape.ts";
import { type Instant, lastInstant } from "#wire/units.ts";

import { leavesOf, type PartLeaf } from "../leaves.ts";

/** What became of one leaf. */
export type Outcome = {
  readonly path: string;
  readonly state: "applied" | "rejected";
  readonly code?: string;
};

/** A version of wishes for one device. */
export interface Wish {
  readonly v: number;
  readonly deadline?: Instant;
  readonly settled: readonly Outcome[];
  /** Leaves of which nothing has been heard. */
  readonly waiting: readonly PartLeaf[];
}

/** Outcomes of one answer: each has two leaves, of the many that an answer may have. */
const outcomesMost = 100;

const path = textOf(640);
const wishShape: Shape<Wish> = fields<Wish>({
  v: whole(0, Number.MAX_SAFE_INTEGER),
  deadline: optional(whole<Instant>(0, lastInstant)),
  settled: listOf(
    fields<Outcome>({ path, state: oneOf(["applied", "rejected"]), code: optional(textOf(64)) }),
    Number.MAX_SAFE_INTEGER,
  ),
  waiting: listOf(fields<PartLeaf>({ path, value: treeShape }), Number.MAX_SAFE_INTEGER),
});

/** A wish as it came: all of it waits. */
export function wishOf({ v, parts, deadline }: Desired): Wish {
  return { v, ...(deadline !== undefined && { deadline }), settled: [], waiting: leavesOf(parts) };
}

/** The wish that a fact holds. */
export function parseWish(fact: unknown): Wish | undefined {
  return fits(wishShape, fact) ? fact : undefined;
}

/** What is kept of it. */
export function wishJson({ v, deadline, settled, waiting }: Wish): Json {
  return {
    ...{ v, ...(deadline !== undefined && { deadline }) },
    settled: settled.map((outcome) => ({ ...outcome })),
    waiting: waiting.map((leaf) => ({ ...leaf })),
  };
}

/** The wish once these outcomes are known; of leaves that do not wait they say nothing. */
export function settle(wish: Wish, outcomes: readonly Outcome[]): Wish {
  const fresh = outcomes.filter(({ path: of }) => wish.waiting.some((leaf) => leaf.path === of));
  const known = new Set(fresh.map(({ path: of }) => of));
  return {
    ...wish,
    settled: [...wish.settled, ...fresh],
    waiting: wish.waiting.filter((leaf) => !known.has(leaf.path)),
  };
}

/** The answers that say what became of it, in as many pieces as it takes. */
export function doneAnswers({ v, settled }: Wish): Pick<Answer, "id" | "state" | "result">[] {
  const answers = [];
  for (let first = 0; first === 0 || first < settled.length; first += outcomesMost) {
    const some = settled.slice(first, first + outcomesMost);
    const result = Object.fromEntries(some.map(({ path: of, ...outcome }) => [of, outcome]));
    answers.push({ id: answerId(v), state: "done" as const, result });
  }
  return answers;
}

/** Names the answers to a version. */
export function answerId(v: number): string {
  return `desired-${v}`;
}

/** A leaf as the radio carries it; undefined when it does not fit there. */
export function radioLeaf({ path: of, value }: PartLeaf): Leaf | undefined {
  if (Array.isArray(value) || isObject(value)) return undefined;
  if (typeof value === "string" && !/^[ -~]{0,64}$/.test(value)) return undefined;
  return fits(plain, value) && of.length <= 32 ? { path: of, value } : undefined;
}

const plain: Shape<Leaf["value"]> = guarded(
  "a plain value",
  (value): value is Leaf["value"] =>
    value === null || ["boolean", "number", "string"].includes(typeof value),
);
