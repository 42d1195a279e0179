/** The next number of a device's counter, taken in the transaction that stores its message. */
import { assert } from "#platform/assert.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import { type BoxSerial, parseEpoch, type Serial } from "#wire/identity.ts";

import type { Given } from "./draft.ts";
import { queries } from "./outbox-queries.ts";
import { integer, text } from "./outbox-row.ts";

/** Takes it; a device without a counter gets one, with an epoch of its own. */
export function takeNumber(
  ports: { readonly sql: Sql; readonly box: BoxSerial; readonly random: Random },
  device: Serial,
): Given {
  const { sql, box, random } = ports;
  const row = sql.get(queries.takeNumber, box, device);
  const epoch = row === undefined ? undefined : parseEpoch(text(row, "epoch"));
  if (row !== undefined && epoch !== undefined) return { epoch, seq: integer(row, "seq") };
  const fresh = parseEpoch(random.letters(12));
  assert(fresh !== undefined, "twelve letters are an epoch");
  sql.run(queries.startCounter, box, device, fresh);
  return { epoch: fresh, seq: 1 };
}
