/**
 * What a measurement of accuracy says: figures against aims, each group of people apart, and what to think of it.
 */

/** One figure with its aim; `met` is null where none is set. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  /** The aim with its comparison, empty when there is none. */
  readonly target: string;
  readonly met: boolean | null;
  /** Of what, and of how much. */
  readonly of: string;
}

/** What one subject, activity or recording gave. */
export interface Detail {
  readonly dataSet: string;
  readonly group: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** What one data set says. */
export interface Measurement {
  readonly rows: readonly Figure[];
  readonly details: readonly Detail[];
  /** Read these before a figure. */
  readonly caveats: readonly string[];
}

/** An aim: a figure is met at or beyond the bound. */
export interface Aim {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A figure held against its aim. */
export function figure(stated: Omit<Figure, "target" | "met">, aim: Aim = {}): Figure {
  const { atLeast, atMost } = aim;
  const value = Number(stated.value.toPrecision(4));
  if (atLeast !== undefined) {
    return { ...stated, value, target: `≥ ${atLeast}`, met: stated.value >= atLeast };
  }
  if (atMost !== undefined) {
    return { ...stated, value, target: `≤ ${atMost}`, met: stated.value <= atMost };
  }
  return { ...stated, value, target: "", met: null };
}

/** The mean, NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share of those for which it holds, NaN of none. */
export function share<T>(things: readonly T[], holds: (thing: T) => boolean): number {
  return things.filter(holds).length / things.length;
}

/** The highest, NaN of nothing. */
export function highest(values: readonly number[]): number {
  return values.length > 0 ? Math.max(...values) : Number.NaN;
}

/** The figures that something was measured for. */
export function measured(rows: readonly Figure[]): Figure[] {
  return rows.filter(({ value }) => Number.isFinite(value));
}

/** Things by a name that each has. */
export function groupBy<T>(things: readonly T[], name: (thing: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const group = groups.get(name(thing));
    if (group === undefined) groups.set(name(thing), [thing]);
    else group.push(thing);
  }
  return [...groups];
}
