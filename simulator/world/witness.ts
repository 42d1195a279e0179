/**
 * The witness: it stands at the store itself and notes every entry in the instant in which it becomes durable.
 *
 * Checkers hold what the system says of itself against what the witness has seen; trimming takes nothing from it.
 */
import { assert } from "#platform/assert.ts";
import type { Cells, Outcome, Unit } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { type Change, type ChangedLeaf } from "#twins/document.ts";
