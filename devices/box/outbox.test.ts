import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { decodeEvent, decodeReported } from "#wire/codec.ts";
import { type Epoch, parseBox, parseEpoch, parseSerial } from "#wire/identity.ts";
import type { Receipt } from "#wire/messages.ts";
import { droppedIn } from "#wire/shapes.ts";
import { Instant, Seconds } from "#wire/units.ts";

import { type Draft, eventDraft } from "./draft.ts";
import type { OutboxLimits } from "./limits.ts";
import type { Rank, Waiting } from "./outbox-row.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { type Appended, openOutbox, type Outbox } from "./outbox.ts";

const box = parseBox("X-1")!;
const wristband = parseSerial("B-1")!;
const scale = parseSerial("S-1")!;
const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
const roomy: OutboxLimits = { messages: 1000, bytes: 1_000_000 };

function emptySql(): Sql {
  const sql = openMemorySql();
  migrate(sql, outboxSchema);
  return sql;
}

function openOn(sql: Sql, limits = roomy, seed = 1): Outbox {
  return openOutbox({ sql, box, clock, random: createSeededRandom(seed), limits });
}

function draft(rank: Draft["rank"], size = 10, device = wristband): Draft {
  return { device, channel: "readings", rank, encode: () => new Uint8Array(size).fill(7) };
}

function vitals(count: number): Draft[] {
  return Array.from({ length: count }, () => draft("vital"));
}

function numberOf(appended: Appended | undefined): { epoch: string; seq: number } {
  if (appended === undefined || appended.kind === "full") throw new Error("not appended");
  return { epoch: appended.epoch, seq: appended.seq };
}

function everything(outbox: Outbox): Waiting[] {
  const ranks: readonly Rank[] = ["emergency", "declaration", "vital", "routine"];
  return ranks.flatMap((rank) => outbox.next({ rank, after: 0, limit: 10_000 }));
}

const receipt = (from: { epoch: string }, what: Partial<Receipt>): Receipt => ({
  epoch: from.epoch as Receipt["epoch"],
  upTo: 0,
  ranges: [],
  refused: [],
  ...what,
});

describe("numbers", () => {
  test("rise by one per device, from one, over every kind of message", () => {
    const outbox = openOn(emptySql());
    const one = outbox.append([draft("vital"), draft("emergency"), draft("vital", 5, scale)]);
    const two = outbox.append([draft("routine")]);
    expect([...one, ...two].map((appended) => numberOf(appended).seq)).toEqual([1, 2, 1, 3]);
    expect(outbox.sent().map(({ device, seq }) => [device, seq])).toEqual([
      [scale, 1],
      [wristband, 3],
    ]);
  });

  test("F08: go on after a restart, and begin a new epoch when the counter is lost", () => {
    const sql = emptySql();
    const before = numberOf(openOn(sql).append([draft("vital")])[0]);
    const after = numberOf(openOn(sql, roomy, 2).append([draft("vital")])[0]);
    expect(after).toEqual({ epoch: before.epoch, seq: 2 });
    const elsewhere = numberOf(openOn(emptySql(), roomy, 3).append([draft("vital")])[0]);
    expect(elsewhere.seq).toBe(1);
    expect(elsewhere.epoch).not.toBe(before.epoch);
  });

  test("a batch is kept whole or not at all, and gives no number away", () => {
    const outbox = openOn(emptySql());
    const broken: Draft = {
      ...draft("vital"),
      encode: () => {
        throw new Error("no such reading");
      },
    };
    expect(() => outbox.append([draft("vital"), broken])).toThrow("no such reading");
    expect(outbox.depth()).toEqual({ depth: 0, oldest: null });
    expect(outbox.tally().appended).toBe(0);
    expect(numberOf(outbox.append([draft("vital")])[0]).seq).toBe(1);
  });

  test("a cloud that has numbers never given out means a disk set back: a new epoch begins", () => {
    const outbox = openOn(emptySql());
    const given = numberOf(outbox.append([draft("vital")])[0]);
    outbox.receive(wristband, receipt(given, { upTo: 5 }));
    expect(outbox.depth().depth).toBe(1);
    expect(numberOf(outbox.append([draft("vital")])[0]).epoch).not.toBe(given.epoch);
    expect(outbox.receive(wristband, receipt(given, { upTo: 5 })).received.length).toBe(1);
  });

  test("what went with a disk set back, and the cloud lacks, is declared lost", () => {
    const outbox = openOn(emptySql());
    const given = numberOf(outbox.append([draft("vital")])[0]);
    outbox.receive(wristband, receipt(given, { upTo: 3, ranges: [[6, 7]] }));
    outbox.receive(wristband, receipt(given, { upTo: 3, ranges: [[6, 7]] }));
    outbox.declare();
    const [declaration] = outbox.next({ rank: "declaration", after: 0, limit: 1 });
    const reported = decodeReported(declaration!.payload, { device: wristband });
    const dropped = reported.kind === "parsed" ? droppedIn(reported.value) : [];
    expect(dropped).toEqual([{ epoch: given.epoch as Epoch, from: 4, to: 7 }]);
  });

  test("an emergency under a number that a disk set back gave out again gets a new one", () => {
    const outbox = openOn(emptySql());
    const event = { id: "fall-0001", kind: "fall", device: wristband, t: clock.now() } as const;
    const [fall] = outbox.append([eventDraft(event), draft("vital")]);
    const { epoch } = numberOf(fall);
    outbox.receive(wristband, receipt({ epoch }, { upTo: 5 }));
    const { received } = outbox.receive(wristband, receipt({ epoch }, { upTo: 5 }));
    expect(received.length).toBe(1);
    const [left] = everything(outbox);
    expect(left).toMatchObject({ rank: "emergency", seq: 1 });
    expect(left?.epoch).not.toBe(epoch as Epoch);
    const sent = decodeEvent(left!.payload, { device: wristband });
    expect(sent).toMatchObject({ value: { ...event, epoch: left!.epoch, seq: 1 } });
    expect(outbox.tally()).toEqual({ appended: 2, received: 1, refused: 0, dropped: 0 });
  });
});

describe("receipts", () => {
  test("take out what they name, of their device and epoch only", () => {
    const sql = emptySql();
    const outbox = openOn(sql);
    const other = openOutbox({
      sql,
      box: parseBox("X-2")!,
      clock,
      limits: roomy,
      random: createSeededRandom(9),
    });
    other.append([draft("vital")]);
    const [first] = outbox.append(vitals(8));
    outbox.append([draft("vital", 5, scale)]);
    const given = numberOf(first);
    outbox.receive(wristband, receipt({ epoch: "another" }, { upTo: 8 }));
    expect(outbox.depth().depth).toBe(9);
    const { received } = outbox.receive(wristband, receipt(given, { upTo: 2, ranges: [[5, 6]] }));
    expect(received.length).toBe(4);
    const left = everything(outbox).map(({ device, seq }) => `${device} ${seq}`);
    expect(left).toEqual(["B-1 3", "B-1 4", "B-1 7", "B-1 8", "S-1 1"]);
    expect(other.depth().depth).toBe(1);
  });

  test("a refused message leaves, is counted and named once, though receipts repeat it", () => {
    const outbox = openOn(emptySql());
    const [first] = outbox.append([draft("vital"), draft("vital")]);
    const said = receipt(numberOf(first), {
      upTo: 2,
      refused: [{ seq: 2, code: "invalid_senml" }],
    });
    expect(outbox.receive(wristband, said)).toMatchObject({
      received: [1],
      refused: [{ device: wristband, seq: 2, code: "invalid_senml" }],
    });
    expect(outbox.receive(wristband, said)).toEqual({ received: [], refused: [] });
    expect(outbox.tally()).toEqual({ appended: 2, received: 1, refused: 1, dropped: 0 });
  });
});

describe("order", () => {
  test("each rank in order of arrival, from where one was, and a counter's mixed", () => {
    const outbox = openOn(emptySql());
    const order = ["vital", "routine", "emergency", "vital"] as const;
    const [first] = outbox.append(order.map((rank) => draft(rank)));
    expect(everything(outbox).map(({ rank }) => rank)).toEqual([
      "emergency",
      "vital",
      "vital",
      "routine",
    ]);
    const counter = { device: wristband, epoch: parseEpoch(numberOf(first).epoch)! };
    const waiting = (after: number, upTo: number): number[] =>
      outbox.nextOfCounter(counter, { after, upTo, limit: 10 }).map(({ seq }) => seq);
    expect(waiting(0, 4)).toEqual([1, 2, 4]);
    expect(waiting(1, 3)).toEqual([2]);
    expect(outbox.next({ rank: "vital", after: 1, limit: 10 }).map(({ seq }) => seq)).toEqual([4]);
  });

  test("an id is never used again, though the newest message is gone", () => {
    const outbox = openOn(emptySql());
    const [first] = outbox.append([draft("vital")]);
    const id = outbox.last();
    outbox.receive(wristband, receipt(numberOf(first), { upTo: 1 }));
    outbox.append([draft("vital")]);
    expect(outbox.last()).toBeGreaterThan(id);
  });

  test("tells since when the oldest waits", async () => {
    const outbox = openOn(emptySql());
    const at = clock.now();
    outbox.append([draft("routine")]);
    await clock.advance({ by: Seconds(60) });
    outbox.append([draft("vital")]);
    expect(outbox.depth()).toEqual({ depth: 2, oldest: at });
  });
});

describe("a full outbox", () => {
  const tight: OutboxLimits = { messages: 4, bytes: 1_000_000 };

  test("BX-15: drops the oldest routine message first, then the oldest vital one", () => {
    const outbox = openOn(emptySql(), tight);
    const order = ["vital", "routine", "vital", "routine", "vital", "vital", "vital"] as const;
    for (const rank of order) outbox.append([draft(rank)]);
    expect(everything(outbox).map(({ seq }) => seq)).toEqual([3, 5, 6, 7]);
    expect(outbox.tally().dropped).toBe(3);
  });

  test("H-05: of emergencies drops none, and says so to the next", () => {
    const outbox = openOn(emptySql(), { messages: 2, bytes: 1_000_000 });
    outbox.append([draft("emergency"), draft("emergency")]);
    expect(outbox.append([draft("emergency")])).toEqual([{ kind: "full" }]);
    expect(outbox.append([draft("vital")])).toMatchObject([{ kind: "dropped", seq: 3 }]);
    expect(everything(outbox).map(({ rank }) => rank)).toEqual(["emergency", "emergency"]);
  });

  test("declares its losses under a number of their device, once, until they are receipted", () => {
    const outbox = openOn(emptySql(), tight);
    const given = outbox.append(vitals(7));
    outbox.declare();
    outbox.declare();
    const [declaration, ...more] = outbox.next({ rank: "declaration", after: 0, limit: 9 });
    expect(more).toEqual([]);
    const reported = decodeReported(declaration!.payload, { device: wristband });
    expect(reported.kind === "parsed" && droppedIn(reported.value)).toEqual([
      { epoch: declaration!.epoch, from: 1, to: 3 },
    ]);
    const { epoch } = numberOf(given[0]);
    outbox.receive(wristband, receipt({ epoch }, { upTo: 8 }));
    outbox.declare();
    expect(outbox.depth().depth).toBe(0);
  });

  test("holds back what lies above losses that no declaration names yet", () => {
    const outbox = openOn(emptySql(), { messages: 100, bytes: 1_000_000 });
    for (let i = 0; i < 50; i += 1) outbox.append([draft("routine"), draft("vital")]);
    for (let i = 0; i < 40; i += 1) outbox.append([draft("vital")]);
    outbox.declare();
    const [counter] = outbox.counters();
    const sendable = outbox.nextOfCounter(counter!, { after: 0, upTo: 1e6, limit: 1000 });
    // 40 or more holes at 1, 3, 5…; a declaration names 32 of them, the next is 65.
    expect(sendable.at(-1)!.seq).toBe(64);
  });

  test("F15: a full disk drops the oldest routine messages and keeps an emergency", () => {
    const sql = openMemorySql({ pages: 60 });
    migrate(sql, outboxSchema);
    const outbox = openOn(sql, { messages: 100_000, bytes: 1e9 });
    for (let i = 0; i < 600; i += 1) outbox.append([draft("routine", 500)]);
    outbox.append([draft("emergency", 500)]);
    const { appended, dropped } = outbox.tally();
    expect(dropped).toBeGreaterThan(100);
    expect(appended - dropped).toBe(outbox.depth().depth);
    expect(outbox.next({ rank: "emergency", after: 0, limit: 9 }).length).toBe(1);
    expect(outbox.next({ rank: "routine", after: 0, limit: 1 })[0]!.seq).toBe(dropped + 1);
  });
});

describe("F16: a message that the disk gives back changed", () => {
  test("is not sent, but declared lost, and its neighbours go on", () => {
    const sql = emptySql();
    const outbox = openOn(sql);
    outbox.append(vitals(5));
    sql.run("UPDATE message SET payload = x'00' WHERE seq IN (2, 3)");
    expect(everything(outbox).map(({ seq }) => seq)).toEqual([1, 4, 5]);
    expect(outbox.tally()).toEqual({ appended: 5, received: 0, refused: 0, dropped: 2 });
    expect(outbox.depth().depth).toBe(3);
    const [{ epoch }] = outbox.sent() as [Waiting];
    outbox.receive(wristband, receipt({ epoch }, { upTo: 1 }));
    outbox.declare();
    const [declaration] = outbox.next({ rank: "declaration", after: 0, limit: 9 });
    const reported = decodeReported(declaration!.payload, { device: wristband });
    expect(reported.kind === "parsed" && droppedIn(reported.value)).toMatchObject([
      { from: 2, to: 3 },
    ]);
  });
});
