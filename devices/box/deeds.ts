/**
 * What is to be done once, whatever happens in between: a command, an emergency to tell, a stranger to report.
 *
 * A deed is written when it is asked for and again when it is done; one that is asked for again is known by its name. The
 * newest that are done are remembered, so that a repeat of long ago is the only one that could be done twice.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { SqlRow } from "#platform/sql/port.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { closeJson, type Keeping, openJson } from "./facts.ts";
import { keepingQueries as queries } from "./keeping-queries.ts";
import { integer, text } from "./outbox-row.ts";

/** One deed, as it stands. */
export interface Deed {
  readonly name: string;
  readonly done: boolean;
  /** When it was first asked for. */
  readonly at: Instant;
  /** What it takes to go on with it; to be read with a guard. */
  readonly note: unknown;
}

/** Ours: far more than a home is asked for in the days that a repeat could take. */
const rememberedMax = 256;

/** The deeds of one kind. Each call is a statement or two; throws the database's Trouble. */
export class Deeds {
  readonly #keeping: Keeping & { readonly clock: Clock };
  readonly #kind: string;

  constructor(keeping: Keeping & { readonly clock: Clock }, kind: string) {
    this.#keeping = keeping;
    this.#kind = kind;
  }

  find(name: string): Deed | undefined {
    const { sql, box } = this.#keeping;
    const row = sql.get(queries.deed, box, this.#kind, name);
    return row && this.#deed(row);
  }

  /** Those that are not done, in no order. */
  open(): Deed[] {
    const { sql, box } = this.#keeping;
    return sql.all(queries.openDeeds, box, this.#kind).map((row) => this.#deed(row));
  }

  /** Remembers one as it stands now. */
  write(name: string, deed: { readonly done: boolean; readonly note?: Json }): void {
    const { sql, box, seal, clock } = this.#keeping;
    const at = [box, this.#kind, name] as const;
    const payload = closeJson(seal, deed.note ?? null);
    sql.run(queries.keepDeed, ...at, Number(deed.done), clock.now(), payload);
    if (deed.done) sql.run(queries.oldDeeds, box, this.#kind, rememberedMax);
  }

  #deed(row: SqlRow): Deed {
    return {
      name: text(row, "name"),
      done: row["done"] === 1,
      at: Instant(integer(row, "at")),
      note: openJson(this.#keeping.seal, row["payload"]),
    };
  }
}
