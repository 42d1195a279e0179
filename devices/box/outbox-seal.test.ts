/** BX-16: what lies on a box's disk is of no use without its key. */
import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { createSeal, newSealKey, type Seal } from "#platform/seal.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import { decodeReported } from "#wire/codec.ts";
import { droppedIn } from "#wire/shapes.ts";

import { Facts } from "./facts.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox } from "./outbox.ts";
import { box, device, report, start } from "./uplink-scene.ts";

const clock = createVirtualClock({ start });
const limits = { messages: 100, bytes: 1_000_000 };
const sql = openMemorySql();
migrate(sql, outboxSchema);

function openWith(seal: Seal) {
  return openOutbox({ sql, box, clock, random: createSeededRandom(1), limits, seal });
}

test("BX-16: messages and facts are read with the key, and nothing of them stands in the file", () => {
  const seal = createSeal(newSealKey());
  const outbox = openWith(seal);
  outbox.append([report()]);
  new Facts({ sql, box, seal }).write("contacts", { alias: "Jeanne" });
  const [message] = outbox.next({ rank: "routine", after: 0, limit: 1 });
  expect(new TextDecoder().decode(message?.payload)).toContain("battery");
  expect(new Facts({ sql, box, seal }).read("contacts")).toEqual({ alias: "Jeanne" });
  const rows = ["message", "fact"].flatMap((table) => sql.all(`SELECT payload FROM ${table}`));
  const written = rows.map(({ payload }) => new TextDecoder().decode(payload as Uint8Array)).join();
  expect(written).not.toMatch(/battery|Jeanne/);
});

test("a box whose key is lost declares what it cannot read any more, and goes on", () => {
  const seal = createSeal(newSealKey());
  const outbox = openWith(seal);
  expect(outbox.next({ rank: "routine", after: 0, limit: 1 })).toEqual([]);
  outbox.declare();
  const [declaration] = outbox.next({ rank: "declaration", after: 0, limit: 1 });
  const reported = decodeReported(declaration!.payload, { device });
  expect(reported.kind === "parsed" && droppedIn(reported.value)).toMatchObject([
    { from: 1, to: 1 },
  ]);
  expect(new Facts({ sql, box, seal }).read("contacts")).toBeUndefined();
  outbox.append([report()]);
  expect(outbox.next({ rank: "routine", after: 0, limit: 9 })).toHaveLength(1);
});
