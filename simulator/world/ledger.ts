/** The disk of a box with somebody looking on: which message was given which number, once it is there to stay. */
import { queries } from "#devices/box/outbox-queries.ts";
import { rankNumber } from "#devices/box/outbox-row.ts";
import { assert } from "#platform/assert.ts";
import type { Sql, SqlValue } from "#platform/sql/port.ts";
import { decodeEvent } from "#wire/codec.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";

/** A message that was given a number. */
export interface Given {
  readonly device: Serial;
  readonly epoch: string;
  readonly seq: number;
  readonly channel: string;
  readonly payload: Uint8Array;
  /** Of an emergency: its id. */
  readonly event: string | undefined;
}

/** The database, whose messages are told of when their transaction is through. */
export function witnessing(sql: Sql, note: (given: Given) => void): Sql {
  let given: Given[] = [];
  return {
    run: (...query) => sql.run(...query),
    get: (statement, ...values) => {
      if (statement === queries.insert) given.push(givenOf(values));
      return sql.get(statement, ...values);
    },
    all: (...query) => sql.all(...query),
    transaction: (work) => {
      given = [];
      const result = sql.transaction(work);
      given.forEach(note);
      return result;
    },
    close: () => sql.close(),
  };
}

/** In the order of the statement's columns. */
function givenOf([
  _box,
  name,
  epoch,
  seq,
  rank,
  channel,
  _topic,
  _at,
  payload,
]: readonly SqlValue[]): Given {
  const device = parseSerial(String(name));
  assert(device !== undefined && payload instanceof Uint8Array, "a message is a device's");
  const decoded = rank === rankNumber("emergency") ? decodeEvent(payload, { device }) : undefined;
  const event = decoded?.kind === "parsed" ? decoded.value.id : undefined;
  return {
    device,
    epoch: String(epoch),
    seq: Number(seq),
    channel: String(channel),
    payload,
    event,
  };
}
