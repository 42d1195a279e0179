/** Devices counted by presence, arranged for people: by state, and within a state by cause. */

/** How many devices are in one state for one cause. */
export interface PresenceCount {
  readonly state: string;
  readonly cause: string | null;
  readonly count: number;
}

/** One state and why devices are in it. */
export interface StateCount {
  readonly state: string;
  readonly count: number;
  /** The most frequent first. That there is no cause is told only of devices that should have one. */
  readonly causes: readonly Pick<PresenceCount, "cause" | "count">[];
}

const order = ["online", "returned", "late", "silent", "in_stock"];
const unexplained = new Set(["late", "silent"]);

/** The states that there are, the best first. */
export function byState(counts: readonly PresenceCount[]): readonly StateCount[] {
  return order
    .map((state) => {
      const all = counts.filter((one) => one.state === state);
      return { state, count: countOf(all), causes: byCause(all) };
    })
    .filter(({ count }) => count > 0);
}

/** The same cause of several kinds of devices is one. */
function byCause(counts: readonly PresenceCount[]): StateCount["causes"] {
  const told = counts.filter(({ state, cause }) => cause !== null || unexplained.has(state));
  return [...new Set(told.map(({ cause }) => cause))]
    .map((cause) => ({ cause, count: countOf(told.filter((one) => one.cause === cause)) }))
    .toSorted((a, b) => b.count - a.count);
}

/** All together. */
export function countOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
