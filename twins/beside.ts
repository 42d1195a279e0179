/**
 * Writing a twin together with one field of the hash beside it (`keys.faces`), in one commit, against others who do.
 */
import type { Cells, Write } from "#platform/cells/port.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import type { Edited, TwinWriter } from "./desired/writer.ts";
import type { Twin } from "./document.ts";
import type { Keys } from "./keys.ts";
import type { ChangePosition } from "./store.ts";

/** What an edit makes of both. `done` is what whoever asked for it is answered from. */
export interface EditedBeside<Done> extends Omit<Edited, "kind" | "beside"> {
  readonly kind: "beside";
  /** The field from now on. */
  readonly text: string;
  /** Written with it. */
  readonly writes?: readonly Write[];
  readonly done: Done;
}

/** What lies beside a twin as it was read. */
export interface Beside {
  /** The field that is written; undefined when there is none. */
  readonly text: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

/** Pure; called again when somebody else wrote first. What is not `beside` is the answer of the write. */
export type EditBeside<Done, Refusal> = (
  twin: Twin | null,
  beside: Beside,
  now: Instant,
) => EditedBeside<Done> | Refusal;

/** What became of it. `contended`: others wrote first, time after time. */
export type WrittenBeside<Done> =
  | { readonly kind: "done"; readonly done: Done; readonly position: ChangePosition | undefined }
  | { readonly kind: "contended" };

/** What writing needs. */
export interface BesideDeps {
  readonly cells: Pick<Cells, "getAll">;
  readonly keys: Keys;
  readonly writer: TwinWriter;
}

/** Tries of one write. */
const triesMax = 12;

/** Writes both. Throws Trouble of the cells. */
export async function writeBeside<Done, Refusal extends { readonly kind: string }>(
  { cells, keys, writer }: BesideDeps,
  { id, field }: { readonly id: Serial; readonly field: string },
  edit: EditBeside<Done, Refusal>,
): Promise<WrittenBeside<Done> | Refusal> {
  const key = keys.faces(id);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const fields = await cells.getAll(key);
    const text = fields[field];
    const attempt: { done?: { readonly value: Done } } = {};
    const written = await writer.write(id, (twin, now): Edited | Refused<Refusal> => {
      const outcome = edit(twin, { text, fields }, now);
      if (!isEdited(outcome)) return { kind: "refused", refusal: outcome };
      const { kind: _, text: value, writes = [], done, ...edited } = outcome;
      attempt.done = { value: done };
      const checks = [{ key, field, expected: text ?? null }];
      const beside = { checks, writes: [{ op: "HSET", key, field, value } as const, ...writes] };
      return { kind: "edited", ...edited, beside };
    });
    if (written.kind === "refused") return written.refusal;
    if (written.kind === "beside" || written.kind === "contended") continue;
    if (attempt.done === undefined) continue;
    const position = written.kind === "written" ? written.position : undefined;
    return { kind: "done", done: attempt.done.value, position };
  }
  return { kind: "contended" };
}

interface Refused<Refusal> {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

function isEdited<Done, Refusal extends { readonly kind: string }>(
  outcome: EditedBeside<Done> | Refusal,
): outcome is EditedBeside<Done> {
  return outcome.kind === "beside";
}
