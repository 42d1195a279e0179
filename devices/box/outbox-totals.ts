/** How much an outbox holds per rank, known without asking the disk. */
import { assert } from "#platform/assert.ts";
import type { Sql, SqlRow } from "#platform/sql/port.ts";

import type { OutboxLimits } from "./limits.ts";
import { queries } from "./outbox-queries.ts";
import { integer, type Rank, rankNumber, ranks } from "./outbox-row.ts";

/** Messages and the sum of their payloads. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

const nothing: Amount = { messages: 0, bytes: 0 };

/**
 * The totals of one box; the owner adds and takes what it writes, and recounts when a write
 * fails.
 */
export class Totals {
  readonly #of: Amount[] = [];

  recount(sql: Sql, box: string): void {
    this.#of.length = 0;
    for (const row of sql.all(queries.totals, box)) {
      const [messages, bytes] = [integer(row, "messages"), integer(row, "bytes")];
      this.#of[integer(row, "rank")] = { messages, bytes };
    }
  }

  of(rank: Rank): Amount {
    return this.#of[rankNumber(rank)] ?? nothing;
  }

  /** Over all ranks, or some. */
  sum(over: readonly Rank[] = ranks): Amount {
    return over.reduce((total, rank) => plus(total, this.of(rank)), nothing);
  }

  add(rank: Rank, amount: Amount): void {
    this.#of[rankNumber(rank)] = plus(this.of(rank), amount);
  }

  /** Takes off a deleted row (`rank`, `bytes`); answers its rank. */
  takeRow(row: SqlRow): Rank {
    const rank = ranks[integer(row, "rank")];
    assert(rank !== undefined, "the outbox holds ranked messages");
    const left = plus(this.of(rank), { messages: -1, bytes: -integer(row, "bytes") });
    assert(left.messages >= 0 && left.bytes >= 0, "the totals agree with the rows");
    this.#of[rankNumber(rank)] = left;
    return rank;
  }
}

/** Whether `amount` is more than `limits` allow. */
export function exceeds(amount: Amount, limits: OutboxLimits): boolean {
  return amount.messages > limits.messages || amount.bytes > limits.bytes;
}

/** Both together. */
export function plus(a: Amount, b: Amount): Amount {
  return { messages: a.messages + b.messages, bytes: a.bytes + b.bytes };
}
