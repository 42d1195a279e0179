/**
 * Laws of a door, whatever boxes and the store do: nothing that is acknowledged or receipted is missing, nothing is
 * stored twice, every number is accounted for once.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { isReceived, parseMark } from "#twins/mark.ts";
import { Millis, Minutes } from "#wire/units.ts";

import { type Box, connectTo, createStage, fall, pack, receiptsOf, type Stage } from "./stage.ts";

/** How the store does: what it is asked; nothing; all, without saying so; all, after half a second. */
type Mode = "well" | "away" | "mute" | "slow";

/** One thing that happens. */
type Step =
  | { readonly kind: "pack"; readonly seq: number; readonly box: number }
  | { readonly kind: "event"; readonly seq: number; readonly box: number; readonly id: number }
  | { readonly kind: "bad"; readonly seq: number; readonly box: number }
  | { readonly kind: "store"; readonly mode: Mode }
  | { readonly kind: "reconnect"; readonly box: number }
  | { readonly kind: "time"; readonly ms: number };

const seq = fc.integer({ min: 1, max: 12 });
/** The same box on two doors, each with its own guesses. */
const box = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("pack" as const), seq, box }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("event" as const), seq, box, id: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bad" as const), seq, box }) },
  fc.record({
    kind: fc.constant("store" as const),
    mode: fc.constantFrom<Mode>("well", "away", "mute", "slow"),
  }),
  fc.record({ kind: fc.constant("reconnect" as const), box }),
  fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
);

/** A stage with two doors on a store that can be away, mute or slow. */
function open(): { stage: Stage; boxes: Box[]; store: { mode: Mode } } {
  const store: { mode: Mode } = { mode: "well" };
  const wrap = (cells: Cells, clock: Clock): Cells => ({
    ...cells,
    commit: async (units) => {
      if (store.mode === "away") throw new Trouble("cells-unreachable", { retry: "safe" });
      if (store.mode === "slow") await clock.sleep(Millis(500));
      const outcomes = await cells.commit(units);
      if (store.mode === "mute") throw new Trouble("cells-unreachable", { retry: "ambiguous" });
      return outcomes;
    },
  });
  const stage = createStage({ cells: wrap });
  const boxes = [
    connectTo(stage.door, "X-1", "nice"),
    connectTo(stage.open("other"), "X-1", "nice"),
  ];
  for (const { session } of boxes) session.subscribed();
  return { stage, boxes, store };
}

test("F22, F29: whatever happens, each number is stored once, or counted as what else became of it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { stage, boxes, store } = open();
      const acknowledged = new Set<number>();
      const sent = new Set<number>();
      const play = async (one: Step): Promise<void> => {
        if (one.kind === "store") store.mode = one.mode;
        else if (one.kind === "time") await stage.clock.advance({ by: Millis(one.ms) });
        else if (one.kind === "reconnect") boxes[one.box]?.session.subscribed();
        else
          void publish(boxes[one.box], one).then((kind) => {
            if (kind === "accepted") acknowledged.add(one.seq);
          });
        if ("seq" in one) sent.add(one.seq);
      };
      for (const one of steps) await play(one);
      store.mode = "well";
      await stage.clock.advance({ by: Minutes(1) });

      const { messages, readings, holds } = await stage.accounting();
      expect(holds).toBe(true);
      expect(acknowledged).toEqual(sent);
      const { stored, refused, duplicate } = messages;
      expect(stored + refused + duplicate).toBe(sent.size);
      const packs = (await stage.entries("inbound")).filter(
        ({ channel }) => channel === "readings",
      );
      expect(new Set(packs.map((entry) => entry.seq)).size).toBe(packs.length);
      expect(readings.stored).toBe(packs.length);
      const ids = (await stage.entries("critical")).map(({ body }) => JSON.parse(body).id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const told of boxes.flatMap(receiptsOf))
        expect(told.upTo).toBeLessThanOrEqual(sent.size);
    }),
    { numRuns: 200 },
  );
});

async function publish(
  to: Box | undefined,
  one: Extract<Step, { seq: number }>,
): Promise<string | undefined> {
  if (one.kind === "event") {
    return (await to?.publish("B-1/event", fall(`fall-000${one.id}`, one.seq)))?.kind;
  }
  const body = one.kind === "pack" ? pack("B-1", one) : [...pack("B-1", one), { n: "x", z_: 1 }];
  return (await to?.publish("B-1/readings", body))?.kind;
}

test("a receipt tells only what a store that died this instant would still know", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { stage, boxes, store } = open();
      for (const one of steps) {
        if (one.kind === "store") store.mode = one.mode;
        if (one.kind === "time") await stage.clock.advance({ by: Millis(one.ms) });
        if ("seq" in one) void publish(boxes[one.box], one);
        const key = stage.keys.marks(stage.keys.of("X-1"));
        const mark = parseMark(await stage.redis.cells.get(key, "B-1:e1"));
        for (const { upTo, ranges } of boxes.flatMap(receiptsOf)) {
          const told = [upTo, ...ranges.flat()].filter((number) => number > 0);
          expect(told.filter((number) => !isReceived(mark, number))).toEqual([]);
        }
      }
      store.mode = "well";
      await stage.clock.advance({ by: Minutes(1) });
    }),
    { numRuns: 100 },
  );
});
