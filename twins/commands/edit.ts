/** One change of a device's commands: read, applied, judged by the clock, committed if nobody wrote meanwhile. */
import { assert } from "#platform/assert.ts";
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Twin } from "#twins/document.ts";
import { decodeTwin } from "#twins/encoding.ts";
import type { Keys } from "#twins/keys.ts";
import type { Fence } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { type CommandBook, settle } from "./book.ts";
import { decodeBook, revField } from "./encoding.ts";
import { unitOf } from "./unit.ts";

/** What commands are kept with. */
export interface EditDeps {
  readonly cells: Cells;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
}

/** What an edit starts from. */
interface Held {
  readonly book: CommandBook;
  readonly twin: Twin;
  /** Of what is stored; no two changes of a device's commands start from the same one. */
  readonly rev: string;
}

/** What it makes of that. */
interface Edit<T extends { readonly book: CommandBook }> {
  readonly apply: (held: Held, now: Instant) => T;
  readonly fence?: Fence | undefined;
}

/** What became of it; `book` is what is stored now. `missing`: the device has no twin; `fenced`: we are replaced. */
type Edited<T> =
  | { readonly kind: "edited"; readonly applied: T; readonly book: CommandBook }
  | { readonly kind: "missing" | "fenced" };

/** More conflicts in a row than other writers could cause. */
const triesMax = 50;

/** Tries until nobody else writes first. */
export async function edit<T extends { readonly book: CommandBook }>(
  deps: EditDeps,
  device: Serial,
  wanted: Edit<T>,
): Promise<Edited<T>> {
  for (let tries = 0; ; tries += 1) {
    assert(tries < triesMax, "a command is written in the end");
    const edited = await attempt(deps, device, wanted);
    if (edited.kind !== "conflict") return edited;
  }
}

async function attempt<T extends { readonly book: CommandBook }>(
  deps: EditDeps,
  device: Serial,
  { apply, fence }: Edit<T>,
): Promise<Edited<T> | { readonly kind: "conflict" }> {
  const { cells, keys, clock } = deps;
  const [hash = {}, fields = {}] = await cells.getAllOf([keys.commands(device), keys.twin(device)]);
  const twin = decodeTwin(device, fields);
  if (twin === null) return { kind: "missing" };
  const before = decodeBook(hash);
  const rev = hash[revField] ?? null;
  const now = clock.now();
  const applied = apply({ book: before, twin, rev: rev ?? "0" }, now);
  const book = settle(applied.book, now);
  if (book === before) return { kind: "edited", applied, book };
  const unit = unitOf(deps, { twin, before, after: book, rev, now });
  const fences = fence === undefined ? [] : [fence(keys.of(device))];
  const [outcome] = await cells.commit([{ ...unit, checks: [...fences, ...unit.checks] }]);
  if (outcome?.kind === "committed") return { kind: "edited", applied, book };
  return { kind: outcome !== undefined && outcome.check < fences.length ? "fenced" : "conflict" };
}
