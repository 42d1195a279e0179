/**
 * What a box knows by name, across restarts: its bond, its settings, whom to tell.
 *
 * Each call is one statement: called from within a transaction it is part of it.
 */
import { assert } from "#platform/assert.ts";
import type { Seal } from "#platform/seal.ts";
import type { Sql, SqlValue } from "#platform/sql/port.ts";
import type { BoxSerial } from "#wire/identity.ts";
import { parseJson } from "#wire/json.ts";
import type { Json } from "#wire/messages.ts";

import { keepingQueries as queries } from "./keeping-queries.ts";

/** Where a box keeps things. */
export interface Keeping {
  readonly sql: Sql;
  readonly box: BoxSerial;
  readonly seal: Seal;
}

/** See above. Throws the database's Trouble. */
export class Facts {
  readonly #keeping: Keeping;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** What was written under the name, to be read with a guard; undefined when nothing was, or a disk changed it. */
  read(name: string): unknown {
    const { sql, box, seal } = this.#keeping;
    const row = sql.get(queries.fact, box, name);
    return row === undefined ? undefined : openJson(seal, row["payload"]);
  }

  write(name: string, value: Json): void {
    const { sql, box, seal } = this.#keeping;
    sql.run(queries.keepFact, box, name, closeJson(seal, value));
  }

  forget(name: string): void {
    const { sql, box } = this.#keeping;
    sql.run(queries.forgetFact, box, name);
  }
}

/** A value as it lies on the disk. */
export function closeJson(seal: Seal, value: Json): Uint8Array {
  return seal.close(new TextEncoder().encode(JSON.stringify(value)));
}

/** What a column holds that {@link closeJson} wrote; undefined when it does not any more. */
export function openJson(seal: Seal, column: SqlValue | undefined): unknown {
  assert(column instanceof Uint8Array, "what is kept is bytes");
  const plain = seal.open(column);
  if (plain === undefined) return undefined;
  const parsed = parseJson(plain);
  return parsed.kind === "parsed" ? parsed.value : undefined;
}
