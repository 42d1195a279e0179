/** What checkers look at, and what they say. */
import type { Cells } from "#platform/cells/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { TwinStore } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { WorldHome } from "../home.ts";
import type { Witness } from "../witness.ts";

/** A world as a checker sees it: past all weather. */
export interface Evidence {
  readonly keys: Keys;
  readonly cells: Cells;
  readonly twins: TwinStore;
  readonly registry: Registry;
  readonly witness: Witness;
  readonly homes: readonly WorldHome[];
  /** Leaves of a device that people have wished otherwise, `part/path`: what they are is not its entries' to say alone. */
  readonly wished: (device: Serial) => readonly string[];
}

/** One sentence that says what should not be. */
export type Complaint = string;

/** Looks for one kind of wrong. */
export interface Checker {
  /** What must hold at every instant. */
  during(): Promise<readonly Complaint[]>;
  /** What must hold once the world has come to rest. */
  atRest(): Promise<readonly Complaint[]>;
}

/** When everything was mended; null while it is not. */
export type HealedAt = Instant | null;

/** When everything was mended, and when it first came to rest after that. */
export interface Mending {
  readonly healedAt: HealedAt;
  readonly restedAt: HealedAt;
}
