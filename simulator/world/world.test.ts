/**
 * Worlds of a few seeds, and the proof that a world would notice: each planted bug is one that some seed must catch.
 */
import { describe, expect, test } from "bun:test";

import type { Door } from "#pipeline/doors/door.ts";
import type { Cells, Unit, Write } from "#platform/cells/port.ts";
import type { Entry } from "#platform/stream/port.ts";

import type { Planted } from "./cloud.ts";
import { drawPlan } from "./draw.ts";
import type { Faces } from "./store.ts";
import { live } from "./world.ts";

/** Small ones, which together meet every kind of fault. */
const seeds = [10, 37, 60, 64, 86, 90, 95, 107, 110, 115];

describe("the world", () => {
  test.each(seeds)(
    "seed %i: nothing is lost, nothing is told twice, twins are folds",
    async (seed) => {
      expect((await live(drawPlan(seed))).complaints).toEqual([]);
    },
  );

  test("the same seed is the same run, to the last entry and twin", async () => {
    const [one, again, other] = [drawPlan(95), drawPlan(95), drawPlan(37)];
    expect(again).toEqual(one);
    const first = await live(one);
    expect(await live(again)).toEqual(first);
    expect((await live(other)).fingerprint).not.toBe(first.fingerprint);
  });
});

/** Whether one of the seeds says so of the planted bug. */
async function notices(planted: Planted, complaint: RegExp): Promise<boolean> {
  for (const seed of seeds) {
    const { complaints } = await live(drawPlan(seed), planted);
    if (complaints.some((one) => complaint.test(one))) return true;
  }
  return false;
}

/** A door whose every session is changed. */
function sessionsOf(change: (session: ReturnType<Door["connect"]>) => typeof session) {
  return (door: Door): Door => ({
    connect: (peer, link) => change(door.connect(peer, link)),
    emergency: (...posted) => door.emergency(...posted),
    sweep: () => door.sweep(),
    close: () => door.close(),
    turnedAway: (line) => door.turnedAway(line),
    accepting: true,
    trouble: undefined,
  });
}

/** A store in which every write of a commit is changed. */
function writesOf(change: (write: Write) => readonly Write[]) {
  return ({ cells, streams }: Faces): Faces => {
    const commit: Cells["commit"] = (units) =>
      cells.commit(units.map((unit): Unit => ({ ...unit, writes: unit.writes.flatMap(change) })));
    return { streams, cells: { ...cells, commit } };
  };
}

/** A store in which every entry that a group reads is changed. */
function readingOf(change: (entry: Entry) => Entry) {
  return ({ cells, streams }: Faces): Faces => ({
    cells,
    streams: {
      ...streams,
      readGroup: async (...asked) => {
        const batches = await streams.readGroup(...asked);
        return batches.map(({ key, entries }) => ({ key, entries: entries.map(change) }));
      },
    },
  });
}

describe("the checkers notice", () => {
  test("a door that acknowledges one message in ten without keeping it", async () => {
    const door = sessionsOf((session) => ({
      subscribed: () => session.subscribed(),
      ended: (how) => session.ended(how),
      receive: (message) =>
        Bun.hash.crc32(message.payload) % 10 === 0
          ? Promise.resolve({ kind: "accepted" })
          : session.receive(message),
    }));
    expect(await notices({ door }, /come to rest/)).toBe(true);
  });

  test("a door that marks as received what it does not keep", async () => {
    let routine = 0;
    const doorStore = writesOf((write) =>
      write.op === "XADD" && write.key.endsWith(":in") && ++routine % 10 === 0 ? [] : [write],
    );
    expect(await notices({ doorStore }, /as stored/)).toBe(true);
  });

  test("a door that tells boxes to forget what is not durable", async () => {
    const door = (real: Door): Door => ({
      ...sessionsOf((session) => session)(real),
      connect: (peer, link) =>
        real.connect(peer, {
          close: (reason) => link.close(reason),
          send: (topic, payload) =>
            link.send(
              topic,
              payload.replace(/"upTo":(\d+)/, (_, n) => `"upTo":${Number(n) + 1}`),
            ),
        }),
    });
    expect(await notices({ door }, /is nowhere/)).toBe(true);
  });

  test("a door that keeps an entry twice", async () => {
    const doorStore = writesOf((write) =>
      write.op === "XADD" && write.key.endsWith(":in") ? [write, write] : [write],
    );
    expect(await notices({ doorStore }, /twice/)).toBe(true);
  });

  test("a door that alters a value", async () => {
    const doorStore = writesOf((write) => {
      const body = write.op === "XADD" ? write.fields["body"] : undefined;
      if (write.op !== "XADD" || body === undefined) return [write];
      const altered = body.replace(/"value":(\d)/, (_, n) => `"value":1${n}`);
      return [{ ...write, fields: { ...write.fields, body: altered } }];
    });
    expect(await notices({ doorStore }, /is altered/)).toBe(true);
  });

  test("a door that takes a failed commit for one that was done", async () => {
    const doorStore = ({ cells, streams }: Faces): Faces => ({
      streams,
      cells: {
        ...cells,
        commit: (units) =>
          cells.commit(units).catch(() => units.map(() => ({ kind: "committed", ids: [] }))),
      },
    });
    expect(await notices({ doorStore }, /is nowhere/)).toBe(true);
  });

  test("an emergency that is in the stream and not under its id", async () => {
    const doorStore = writesOf((write) =>
      write.op === "HSET" && write.key.includes(":event:") ? [] : [write],
    );
    expect(await notices({ doorStore }, /under its id/)).toBe(true);
  });

  test("an emergency that goes the way of routine", async () => {
    const doorStore = writesOf((write) =>
      write.op === "XADD" ? [{ ...write, key: write.key.replace(":critical", ":in") }] : [write],
    );
    expect(await notices({ doorStore }, /in the routine stream/)).toBe(true);
  });

  test("a door that loses nothing, and hears an emergency too late", async () => {
    let urgent = 0;
    const late = sessionsOf((session) => ({
      subscribed: () => session.subscribed(),
      ended: (how) => session.ended(how),
      receive: (message) =>
        message.topic.endsWith("/event") && ++urgent % 8 !== 0
          ? Promise.resolve({ kind: "accepted" })
          : session.receive(message),
    }));
    const door = (real: Door): Door => ({
      ...late(real),
      emergency: () => Promise.resolve({ kind: "away" }),
    });
    expect(await notices({ door }, /was heard after/)).toBe(true);
  });

  test("a processor that passes over an entry", async () => {
    let read = 0;
    const body = `{"epoch":"e1","id":"desired-0","seq":1,"state":"accepted","t":0}`;
    const nothing = { channel: "answer", body };
    const processorStore = readingOf((entry) =>
      ++read % 20 === 0 ? { ...entry, fields: { ...entry.fields, ...nothing } } : entry,
    );
    expect(await notices({ processorStore }, /is not what its entries say/)).toBe(true);
  });

  test("a processor that takes the order of arrival for the order of events", async () => {
    const processorStore = readingOf((entry) => {
      const { body = "", receivedAt = "" } = entry.fields;
      const arrived = body.replaceAll(/"t":\d+/g, `"t":${receivedAt}`);
      return { ...entry, fields: { ...entry.fields, body: arrived } };
    });
    expect(await notices({ processorStore }, /is not what its entries say/)).toBe(true);
  });

  test("a processor that was replaced and writes all the same", async () => {
    const processorStore = ({ cells, streams }: Faces): Faces => ({
      streams,
      cells: {
        ...cells,
        commit: (units) => cells.commit(units.map(({ writes }) => ({ writes, checks: [] }))),
      },
    });
    expect(await notices({ processorStore }, /goes from revision/)).toBe(true);
  });
});
