/**
 * Exact shapes of JSON messages: every field known, every value bounded, and a sentence that names
 * the field at fault.
 *
 * A shape says what is wrong with a value, or nothing; `fits` turns that into a type. Sentences
 * name fields, never values.
 */
import { isObject } from "./json.ts";

/** What it takes to be a T. */
export interface Shape<T> {
  /** What is wrong with `value`, found at `path`; undefined when it is a T. */
  readonly fault: (value: unknown, path: string) => string | undefined;
  /** Whether an object may do without it. */
  readonly optional?: boolean;
  /** Never set: carries T in the type. */
  readonly example?: T;
}

/** A shape for a member that may be absent. */
export type Optional<T> = Shape<T> & { readonly optional: true };

/** A shape for each member of T, optional exactly where the member is. */
export type Members<T> = {
  readonly [K in keyof T]-?: undefined extends T[K]
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>;
};

/** Whether `value` has this shape. */
export function fits<T>(shape: Shape<T>, value: unknown): value is T {
  return shape.fault(value, "") === undefined;
}

/** A shape told by a guard; `expects` completes the sentence "… must be". */
export function guarded<T>(expects: string, guard: (value: unknown) => value is T): Shape<T> {
  return { fault: (value, path) => (guard(value) ? undefined : `${path} must be ${expects}`) };
}

/** Text that `parse` takes as it is, such as an identity. */
export function parsed<T extends string>(
  expects: string,
  parse: (text: string) => T | undefined,
): Shape<T> {
  return guarded(
    expects,
    (value): value is T => typeof value === "string" && parse(value) !== undefined,
  );
}

/** Text of this pattern. */
export function matching(expects: string, pattern: RegExp): Shape<string> {
  return parsed(expects, (text) => (pattern.test(text) ? text : undefined));
}

/** Text of at most `length` UTF-16 units. */
export function textOf(length: number): Shape<string> {
  return parsed(`text of at most ${length} characters`, (value) =>
    value.length <= length ? value : undefined,
  );
}

/** A whole number, bounds included; `T` may brand it. */
export function whole<T extends number = number>(low: number, high: number): Shape<T> {
  return guarded(
    `a whole number from ${low} to ${high}`,
    (value): value is T => Number.isSafeInteger(value) && within(Number(value), low, high),
  );
}

/** One of these words. */
export function oneOf<T extends string>(words: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return guarded(`one of ${words.join(", ")}`, (value): value is T => known.has(value));
}

/** true or false. */
export const truth: Shape<boolean> = guarded(
  "true or false",
  (value): value is boolean => typeof value === "boolean",
);

/** `shape`, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return { fault: (value, path) => (value === null ? undefined : shape.fault(value, path)) };
}

/** `shape`, or nothing at all. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { fault: shape.fault, optional: true };
}

/** A list of at most `most` members of one shape. */
export function listOf<T>(member: Shape<T>, most: number): Shape<readonly T[]> {
  return {
    fault: (value, path) => {
      if (!Array.isArray(value)) return `${path} must be a list`;
      if (value.length > most) return `${path} must have at most ${most} members`;
      for (const [index, each] of value.entries()) {
        const fault = member.fault(each, `${path}[${index}]`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

/** `shape` and something more about it; `rule` completes the sentence "… must". */
export function where<T>(shape: Shape<T>, rule: string, holds: (value: T) => boolean): Shape<T> {
  return {
    fault: (value, path) => {
      if (!fits(shape, value)) return shape.fault(value, path);
      return holds(value) ? undefined : `${path} must ${rule}`;
    },
  };
}

/** An object with these members and no others. */
export function fields<T extends object>(members: Members<T>): Shape<T> {
  const known: readonly (readonly [string, Shape<unknown>])[] = Object.entries(members);
  return {
    fault: (value, path) => {
      if (!isObject(value)) return `${path} must be an object`;
      let found = 0;
      for (const [name, shape] of known) {
        if (!Object.hasOwn(value, name)) {
          if (shape.optional === true) continue;
          return `${path} has no ${name}`;
        }
        found++;
        const fault = shape.fault(value[name], `${path}.${name}`);
        if (fault !== undefined) return fault;
      }
      return Object.keys(value).length === found ? undefined : unknownField(value, known, path);
    },
  };
}

function unknownField(
  value: Readonly<Record<string, unknown>>,
  known: readonly (readonly [string, unknown])[],
  path: string,
): string {
  const names = new Set(known.map(([name]) => name));
  const stranger = Object.keys(value).find((name) => !names.has(name)) ?? "";
  return `${path} has an unknown field ${quoted(stranger)}`;
}

/** A name that a sender chose, short and harmless enough for a sentence. */
export function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 32));
}

function within(value: number, low: number, high: number): boolean {
  return low <= value && value <= high;
}
