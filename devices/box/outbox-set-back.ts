/**
 * A disk that was set back, as when a card is put back from a copy: the cloud then has numbers that a counter does not know
 * it gave out.
 *
 * That counter gives out no more. What the cloud lacks below its highest number went with the disk, and is declared. What
 * waits is not what the cloud has under these numbers: emergencies get new ones, which costs nothing, since the cloud knows
 * them by their id; all else, sent again, is told a repeat from a conflict there.
 */
import type { Seal } from "#platform/seal.ts";
import type { Sql } from "#platform/sql/port.ts";
import { decodeEvent, encodeJson } from "#wire/codec.ts";

import type { Draft } from "./draft.ts";
import { type CounterKey, reconcile } from "./outbox-losses.ts";
import { queries } from "./outbox-queries.ts";
import { openWaiting, rankNumber } from "./outbox-row.ts";

/** An emergency under a number that the cloud has for something else, perhaps. */
interface Stranded {
  /** Of its message. */
  readonly id: number;
  readonly draft: Omit<Draft, "rank">;
}

/** Retires the counter; answers the emergencies that need another number. */
export function retireCounter(
  sql: Sql,
  key: CounterKey,
  cloud: { readonly upTo: number; readonly highest: number; readonly seal: Seal },
): readonly Stranded[] {
  const at = [key.box, key.device, key.epoch] as const;
  const next = cloud.highest + 1;
  sql.run(queries.retireCounter, next, ...at);
  sql.run(queries.advanceCounter, cloud.upTo, ...at);
  reconcile(sql, key, { received: cloud.upTo, next });
  return sql.all(queries.ofCounter, ...at, rankNumber("emergency")).flatMap((row) => {
    const waiting = openWaiting(row, cloud.seal);
    if (waiting === undefined) return [];
    const { id, device, payload } = waiting;
    const event = decodeEvent(payload, { device });
    if (event.kind === "refused") return [];
    const encode: Draft["encode"] = (given) => encodeJson({ ...event.value, ...given });
    return [{ id, draft: { device, channel: "event", encode } }];
  });
}
