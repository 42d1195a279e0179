import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { cadence } from "#wire/cadence.ts";
import type { Epoch } from "#wire/identity.ts";
import { size } from "#wire/ranges.ts";

import {
  announce,
  type Arrival,
  declareLost,
  emptyMark,
  fits,
  formatMark,
  inFlight,
  type Mark,
  parseEpochs,
  parseMark,
  receiptOf,
  receive,
  remembered,
  repeat,
  standing,
} from "./mark.ts";

const digestOf = (seq: number): number => Math.imul(seq, 2_654_435_761) >>> 0;

const fates = [
  { fate: "stored" },
  { fate: "duplicate" },
  { fate: "refused", code: "clock_ahead" },
] as const;
const arrivals = fc.uniqueArray(
  fc.record({ seq: fc.integer({ min: 1, max: 60 }), kind: fc.constantFrom(...fates) }),
  { selector: ({ seq }) => seq, maxLength: 60 },
);

function arrive(mark: Mark, arrival: Arrival): Mark {
  const found = standing(mark, arrival.seq, arrival.digest);
  if (found === "new") return receive(mark, arrival);
  return found === "beyond" ? mark : repeat(mark);
}

const told = (list: readonly { seq: number; kind: (typeof fates)[number] }[]): Arrival[] =>
  list.map(({ seq, kind }) => ({ seq, digest: digestOf(seq), ...kind }));

describe("a mark", () => {
  test("does not depend on the order in which numbers arrive", () => {
    fc.assert(
      fc.property(arrivals, fc.infiniteStream(fc.nat()), (list, chance) => {
        const shuffled = told(list)
          .map((arrival) => ({ arrival, at: chance.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ arrival }) => arrival);
        expect(shuffled.reduce(arrive, emptyMark)).toEqual(told(list).reduce(arrive, emptyMark));
      }),
    );
  });

  test("only counts repeats when numbers arrive again", () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const once = told(list).reduce(arrive, emptyMark);
        const twice = told(list).reduce(arrive, once);
        expect(twice).toEqual({ ...once, repeats: list.length });
      }),
    );
  });

  test("keeps the identity: sent = stored + refused + duplicate + lost + in flight", () => {
    const step = fc.oneof(
      arrivals.map((list) => (mark: Mark) => told(list).reduce(arrive, mark)),
      fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 20 })).map(
        ([from, more]) =>
          (mark: Mark) =>
            declareLost(mark, { from, to: from + more }),
      ),
      fc.nat(100).map((sent) => (mark: Mark) => announce(mark, sent)),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const mark = steps.reduce((before, take) => take(before), emptyMark);
        const { stored, refused, duplicate, lost } = mark;
        expect(stored + refused + duplicate + lost + inFlight(mark)).toBe(mark.sent);
        expect(mark.upTo + size(mark.ranges)).toBe(stored + refused + duplicate + lost);
        expect(inFlight(mark)).toBeGreaterThanOrEqual(0);
        expect(parseMark(formatMark(mark))).toEqual(mark);
      }),
    );
  });

  test("F29: tells a repeat from a conflict while the number is among the last sixteen", () => {
    const mark = told(
      Array.from({ length: 40 }, (_, at) => ({ seq: at + 1, kind: { fate: "stored" } as const })),
    ).reduce(arrive, emptyMark);
    expect(mark.digests.split(",").length).toBe(remembered);
    expect(standing(mark, 40, digestOf(40))).toBe("repeat");
    expect(standing(mark, 40, 1)).toBe("conflict");
    expect(standing(mark, 3, 1)).toBe("repeat");
    expect(standing(mark, 41, 1)).toBe("new");
  });

  test("withholds a number that would need a 65th range, and takes it once a gap has closed", () => {
    let mark = emptyMark;
    for (let at = 1; at <= cadence.limits.rangesMax; at++) {
      mark = arrive(mark, { seq: 2 * at, digest: at, fate: "stored" });
    }
    expect(mark.ranges.length).toBe(64);
    expect(standing(mark, 200, 0)).toBe("beyond");
    expect(standing(mark, 129, 0)).toBe("new");
    expect(fits(declareLost(mark, { from: 300, to: 301 }))).toBe(false);
    mark = arrive(mark, { seq: 1, digest: 0, fate: "stored" });
    expect(standing(mark, 200, 0)).toBe("new");
  });

  test("counts as lost only what was not received", () => {
    const mark = arrive(emptyMark, { seq: 3, digest: 0, fate: "stored" });
    const after = declareLost(mark, { from: 1, to: 4 });
    expect(after).toMatchObject({ upTo: 4, stored: 1, lost: 3, sent: 4 });
    expect(declareLost(after, { from: 1, to: 4 })).toEqual(after);
  });

  test("names in its receipt what was refused, and why", () => {
    const mark = arrive(emptyMark, { seq: 2, digest: 0, fate: "refused", code: "invalid_json" });
    expect(receiptOf("e1" as Epoch, mark)).toEqual({
      epoch: "e1" as Epoch,
      upTo: 0,
      ranges: [[2, 2]],
      refused: [{ seq: 2, code: "invalid_json" }],
    });
  });

  test("lists the epochs of a device as it was told them", () => {
    expect(parseEpochs(null)).toEqual([]);
    expect(parseEpochs("a1,b2")).toEqual(["a1", "b2"] as Epoch[]);
  });
});
