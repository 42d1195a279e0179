/**
 * Lists and numbers over the fleet as it was: `at=` of `GET /v1/twins` and `GET /v1/twins/aggregate`.
 */
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Parameter } from "#api/route.ts";
import { notYet } from "#api/twins/index-position.ts";
import { invalid } from "#api/twins/question.ts";
import type { Column } from "#twins/columns.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import type { Fleet } from "#twins/fleet.ts";
import { knowledgeOf } from "#twins/history/knowledge.ts";
import type { Instant } from "#wire/units.ts";

import {
  type HistoryDeps,
  mayRemember,
  momentParameter,
  notRecorded,
  partitionsOf,
  readInstant,
} from "./deps.ts";

/** When a question is about. */
export const atParameter: Parameter = momentParameter(
  "at",
  "As it was then, over the leaves that are remembered",
);

/** What questions about the past may meet besides. */
export const pastProblems = ["history_gone", "history_behind"] as const;

/** The twins that a question is about, and when. */
export interface Scene {
  readonly table: FleetTable;
  readonly now: Instant;
  /** Set for the past: twins of which nobody knows what they were then. */
  readonly unknown?: number;
}

/** What a question asks for, by the parameter that names it. */
export type Wanted = Readonly<Record<string, Iterable<Column>>>;

/** The twins of the asker's tenant now or, with `at`, as they were; or why they cannot be told. */
export async function sceneOf(
  { fleet, history }: { readonly fleet: Fleet; readonly history?: HistoryDeps },
  asked: Asked,
  given: { readonly parameters: ReadonlyMap<string, string>; readonly wanted: Wanted },
): Promise<Scene | Response> {
  const { parameters, wanted } = given;
  const { tenant } = askerOf(asked);
  if (history === undefined || !parameters.has("at")) {
    const late = await notYet(fleet, asked.request);
    return late ?? { table: fleet.table(tenant), now: fleet.now() };
  }
  const refusal = mayRemember(asked);
  if (refusal !== undefined) return refusal;
  const at = readInstant(parameters, "at", history.clock.now());
  if (at === undefined || at instanceof Response) return at ?? problem("invalid");
  const unknown = unknowable(wanted, at, history.clock.now());
  if (unknown !== undefined) return unknown;
  const late = await notRecorded(history, partitionsOf(history.keys), at);
  if (late !== undefined) return late;
  return { ...(await history.past.at(tenant, at)), now: at };
}

/** The refusal of a question about leaves that history never knew, or does not know any more. */
export function unknowable(wanted: Wanted, at: Instant, now: Instant): Response | undefined {
  for (const [parameter, columns] of Object.entries(wanted)) {
    for (const column of columns) {
      const knowledge = knowledgeOf(column, at, now);
      if (knowledge === "never") {
        return invalid(parameter, { detail: `The history does not keep ${column.name}.` });
      }
      if (knowledge === "trimmed") {
        const detail = `${column.name} is not remembered for so long.`;
        return problem("history_gone", { pointer: `/query/${parameter}`, detail });
      }
    }
  }
  return undefined;
}
