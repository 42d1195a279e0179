import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Sql } from "#platform/sql/port.ts";
import { openSoundSql } from "#platform/sql/salvage.ts";
import { parseBox, parseSerial } from "#wire/identity.ts";
import { Instant } from "#wire/units.ts";

import type { Draft } from "./draft.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox, type Outbox } from "./outbox.ts";

const folder = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "outbox.sqlite");
const box = parseBox("X-1")!;
const device = parseSerial("B-1")!;
const pageSize = 4096;
const count = 500;

function openOn(sql: Sql, seed: number): Outbox {
  const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
  const limits = { messages: 10_000, bytes: 10_000_000 };
  return openOutbox({ sql, box, clock, random: createSeededRandom(seed), limits });
}

const draft: Draft = {
  device,
  channel: "readings",
  rank: "vital",
  encode: ({ seq }) => new TextEncoder().encode(`message ${seq} ${"x".repeat(150)}`),
};

/** A closed file with messages 101 to 500 waiting. */
function written(): Buffer {
  const { sql } = openSoundSql(path, outboxSchema);
  const outbox = openOn(sql, 1);
  const [first] = outbox.append(Array.from({ length: count }, () => draft));
  if (first?.kind !== "waiting") throw new Error("not appended");
  outbox.receive(device, { epoch: first.epoch, upTo: 100, ranges: [], refused: [] });
  sql.close();
  return readFileSync(path);
}

test("F16: whichever page is torn, what is legible is still sent, the rest is declared, no number returns", () => {
  const whole = written();
  let salvages = 0;
  for (let page = 0; page < whole.length / pageSize; page += 1) {
    const bytes = Buffer.from(whole);
    bytes.fill(0x5a, page * pageSize, (page + 1) * pageSize);
    writeFileSync(path, bytes);
    const { sql, salvaged } = openSoundSql(path, outboxSchema);
    if (salvaged !== undefined && salvaged.rows > 0) {
      salvages += 1;
      const outbox = openOn(sql, 2);
      const waiting = outbox.next({ rank: "vital", after: 0, limit: count });
      const declared = sql.all("SELECT low, high FROM dropped");
      const lost = declared.reduce(
        (sum, row) => sum + Number(row["high"]) - Number(row["low"]) + 1,
        0,
      );
      const counted = sql.get("SELECT next FROM counter")?.["next"] === count + 1;
      if (counted) expect(waiting.length + lost).toBe(count - 100);
      const old = waiting.at(0)?.epoch;
      const [next] = outbox.append([draft]);
      expect(next).toMatchObject({ kind: "waiting", seq: 1 });
      expect(next?.kind === "waiting" && next.epoch !== old).toBe(true);
    }
    sql.close();
  }
  expect(salvages).toBeGreaterThan(10);
});
