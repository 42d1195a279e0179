/**
 * Goal: a past fleet that is replayed from frames is the one that is replayed from the first record on.
 * Method: random stories over hours, a frame begun and gone on with between any two changes.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { columns } from "#twins/columns.ts";
import { keysFor } from "#twins/keys.ts";
import { after, device } from "#twins/specimens.ts";
import { Instant } from "#wire/units.ts";

import type { HistoryBook } from "./book.ts";
import { type ChainScene, day, openChainScene } from "./chain-scene.ts";
import { createFraming, dropOldFrames } from "./frames.ts";
import { openPastFleet } from "./past-fleet.ts";

const serials = ["B-1", "B-2", "X-1", "X-2", "X-3"];
const keys = keysFor(2);
const { tenant } = device("B-1");
const minute = 60_000;

const step = fc.record({
  serial: fc.constantFrom(...serials),
  minutes: fc.nat(3),
  leaves: fc.constantFrom(
    { "power/battery": 1 },
    { "power/battery": 2, "tags/lot": "a" },
    { "firmware/version": "2.3.0", "tags/lot": null },
    { "presence/state": "silent", "presence/cause": "box_net" },
    "end" as const,
  ),
  frames: fc.nat(3),
});

/** Every cell of the fleet at a time, and how many twins nobody knows. */
async function fleetAt(book: HistoryBook, at: Instant, now: Instant): Promise<unknown> {
  const clock = { now: () => now };
  const past = openPastFleet({ book, keys, clock, pause: async () => undefined });
  const { table, unknown } = await past.at(tenant, at);
  const rows = table.rowsById();
  return [unknown, rows.map((row) => columns.map((column) => table.get(row, column)))];
}

function play(scene: ChainScene, steps: readonly { readonly minutes: number }[] & Iterable<Step>) {
  const time = { ms: 0 };
  const clock = { now: () => after(time.ms) };
  const framing = createFraming({ ...scene, keys, clock, every: 3 });
  const ended = new Set<string>();
  for (const serial of serials) scene.tell(serial, 0);
  for (const { serial, minutes, leaves, frames } of steps) {
    time.ms += minutes * minute;
    if (!ended.has(serial)) scene.tell(serial, time.ms, leaves);
    if (leaves === "end") ended.add(serial);
    for (let n = 0; n < frames; n += 1) framing.step([0, 1], clock.now());
  }
  return clock.now();
}

interface Step {
  readonly serial: string;
  readonly minutes: number;
  readonly leaves: Parameters<ChainScene["tell"]>[2];
  readonly frames: number;
}

test("every moment is the same with frames and without", async () => {
  const law = fc.asyncProperty(
    fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
    fc.array(fc.nat(100), { minLength: 3, maxLength: 6 }),
    async (steps, moments) => {
      const scene = openChainScene();
      const now = play(scene, steps as never);
      const bare = { ...scene.book, frames: () => [] };
      for (const at of moments.map((minutes) => after(minutes * minute))) {
        expect(await fleetAt(scene.book, at, now)).toEqual(await fleetAt(bare, at, now));
      }
      scene.book.close();
    },
  );
  await fc.assert(law, { numRuns: 100 });
}, 30_000);

test("a moment near a frame is told from it, and frames go when what they hold has to", async () => {
  const scene = openChainScene();
  const steps = Array.from({ length: 30 }, (_, n) => ({
    ...{ serial: serials[n % 5] ?? "", minutes: 3, frames: 2 },
    leaves: { "power/battery": n },
  }));
  const now = play(scene, steps as never);
  const frames = scene.book.frames();
  expect(frames.length).toBeGreaterThan(3);
  const read: number[] = [];
  const watched = {
    ...scene.book,
    textsAfter: (id: number, limit: number) => {
      read.push(id);
      return scene.book.textsAfter(id, limit);
    },
  };
  await fleetAt(watched, Instant(frames.at(-1)!.until), now);
  expect(read[0]).toBe(frames.at(-1)!.upTo);
  dropOldFrames(scene.book, after(100 * day));
  expect(scene.book.frames()).toEqual([]);
  expect(scene.book.framePage(frames[0]!.no, 0)).toBeUndefined();
  scene.book.close();
});

test("a frame of partitions that are no longer held together is never finished", () => {
  const scene = openChainScene();
  const clock = { now: () => after(0) };
  const framing = createFraming({ ...scene, keys, clock, every: 3 });
  for (const serial of serials) scene.tell(serial, 0);
  framing.step([0, 1], after(0));
  framing.step([0], after(0));
  framing.step([0], after(0));
  expect(scene.book.frames()).toMatchObject([{ partitions: [0] }]);
  scene.book.close();
});
