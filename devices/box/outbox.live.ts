/**
 * F14: a process that appends to an outbox is killed (SIGKILL) at random moments, again and again
 * on one file. What it had reported as appended is there after each start, under the number it
 * had reported.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";
import { openSoundSql } from "#platform/sql/salvage.ts";
import { parseBox } from "#wire/identity.ts";
import { type Duration, Millis } from "#wire/units.ts";

import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox } from "./outbox.ts";

const folder = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "outbox.sqlite");
const kills = 40;
const box = parseBox("X-1")!;

/** Appends single messages and batches for ever, and says each number once it has it. */
const appender = `
  import { writeSync } from "node:fs";
  import { openOutbox } from "#devices/box/outbox.ts";
  import { outboxSchema } from "#devices/box/outbox-schema.ts";
  import { realClock } from "#platform/clock/real.ts";
  import { realRandom } from "#platform/random/real.ts";
  import { openSoundSql } from "#platform/sql/salvage.ts";
  const { sql } = openSoundSql(process.env.OUTBOX_PATH, outboxSchema);
  const limits = { messages: 1e6, bytes: 1e9 };
  const outbox = openOutbox({ sql, box: "X-1", clock: realClock, random: realRandom, limits });
  const draft = {
    device: "B-1", channel: "readings", rank: "vital",
    encode: ({ seq }) => new TextEncoder().encode("message " + seq + "x".repeat(seq % 300)),
  };
  for (let i = 0; ; i += 1) {
    const appended = outbox.append(Array.from({ length: 1 + (i % 5) }, () => draft));
    writeSync(1, appended.map(({ epoch, seq }) => epoch + " " + seq + "\\n").join(""));
  }
`;

/** What the child reported before it was killed. */
async function appendUntilKilled(after: Duration): Promise<string[]> {
  const child = Bun.spawn([process.execPath, "-e", appender], {
    cwd: join(import.meta.dir, "../.."),
    env: { ...process.env, OUTBOX_PATH: path },
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let said = decoder.decode((await reader.read()).value);
  await realClock.sleep(after);
  child.kill("SIGKILL");
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    said += decoder.decode(part.value);
  }
  await child.exited;
  // The last line may be cut: a number that was not wholly said was not reported.
  return said.split("\n").slice(0, -1);
}

test("F14, BX-17: kill -9 loses nothing that was reported as appended, and no number comes twice", async () => {
  const reported: string[] = [];
  for (let i = 0; i < kills; i += 1) {
    reported.push(...(await appendUntilKilled(Millis(realRandom.integer({ low: 0, high: 60 })))));
    const { sql, salvaged } = openSoundSql(path, outboxSchema);
    expect(salvaged).toBeUndefined();
    const outbox = openOutbox({
      sql,
      box,
      clock: realClock,
      random: realRandom,
      limits: { messages: 1e6, bytes: 1e9 },
    });
    const kept = outbox
      .next({ rank: "vital", after: 0, limit: 1e6 })
      .map(({ epoch, seq }) => `${epoch} ${seq}`);
    expect(kept.slice(0, reported.length)).toEqual(reported);
    // What was stored and not yet said counts as said from here on.
    reported.splice(0, reported.length, ...kept);
    expect(new Set(kept).size).toBe(kept.length);
    expect(outbox.sent().map(({ seq }) => seq)).toEqual([kept.length]);
    sql.close();
  }
  expect(reported.length).toBeGreaterThan(kills * 5);
}, 120_000);
