/**
 * Which twins a reader listens to: those that pass a filter, which may become another one while they listen.
 */
import type { Judged } from "#twins/filter.ts";

/** A filter, and which of a group's filters it is: 0 for one that never changes. */
export interface Edition {
  readonly number: number;
  readonly filter: Judged | undefined;
}

/** A filter that may change. */
export interface Scope {
  /** Undefined once there is none any more. */
  readonly edition: () => Edition | undefined;
  /** Calls `changed` whenever the edition has become another one; answers how to stop. */
  readonly watch: (changed: () => void) => () => void;
}

/** The twins that pass one filter, for good. */
export function fixedScope(filter: Judged | undefined): Scope {
  return { edition: () => ({ number: 0, filter }), watch: () => () => undefined };
}
