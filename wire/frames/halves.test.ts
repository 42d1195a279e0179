/** The sending and the receiving half, each by itself and against a plain model. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type DataFrame, decodeFrame, windowMost } from "./frame.ts";
import { acknowledgementOf, type LaneMark, takeFrame } from "./receiver.ts";
import { bandLimits, FrameSender } from "./sender.ts";

const epoch = 5;

function frameOf(number: number, behind = 0): DataFrame {
  return { kind: "data", lane: "routine", epoch, number, behind, body: new Uint8Array() };
}

/** The next data frame of a sender. */
function sent(sender: FrameSender, now: number): DataFrame | undefined {
  const bytes = sender.next(now);
  const frame = bytes === undefined ? undefined : decodeFrame(bytes);
  return frame?.kind === "data" ? frame : undefined;
}

function newSender(limits = bandLimits): FrameSender {
  return new FrameSender(epoch, limits);
}

const body = new Uint8Array(10);

describe("the receiver", () => {
  test("takes each number once, whatever the order", () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 100 });
    const law = fc.property(numbers, (order) => {
      const seen = new Set<number>();
      let mark: LaneMark | undefined = { lane: "routine", epoch, upTo: 0, bits: 0, lost: 0 };
      for (const number of order) {
        const taken = takeFrame(mark, frameOf(number, number - 1));
        expect(taken.outcome).toBe(seen.has(number) ? "repeat" : "fresh");
        seen.add(number);
        mark = taken.mark;
      }
    });
    fc.assert(law);
  });

  test("agrees with a model that keeps every number", () => {
    // A sender that holds a window of numbers, of which frames come in any order and any number.
    const step = fc.record({ base: fc.nat(60), offset: fc.nat(windowMost - 1) });
    const law = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let floor = 1;
      let mark: LaneMark = { lane: "routine", epoch, upTo: 0, bits: 0, lost: 0 };
      const came = new Set<number>();
      for (const { base, offset } of steps.toSorted((a, b) => a.base - b.base)) {
        floor = Math.max(floor, base + 1);
        const number = floor + offset;
        const { mark: next, outcome } = takeFrame(mark, frameOf(number, offset));
        expect(outcome).toBe(came.has(number) ? "repeat" : "fresh");
        came.add(number);
        mark = next;
        for (let each = 1; each <= number; each += 1) {
          const bit = each - mark.upTo - 1;
          const has = bit < 0 || (bit < windowMost && ((mark.bits >>> bit) & 1) === 1);
          expect(has).toBe(came.has(each) || each < floor);
        }
      }
      const never = Array.from({ length: mark.upTo }, (_, index) => index + 1);
      expect(mark.lost).toBe(never.filter((number) => !came.has(number)).length);
    });
    fc.assert(law);
  });

  test("a frame beyond the window is not taken, and not acknowledged", () => {
    const first = takeFrame(undefined, frameOf(1)).mark;
    const { mark, outcome } = takeFrame(
      first,
      frameOf(first.upTo + windowMost + 1, windowMost - 1),
    );
    expect(outcome).toBe("fresh");
    expect(mark.lost).toBe(1);
    const far: LaneMark = { ...first, upTo: 0 };
    expect(takeFrame(far, { ...frameOf(windowMost + 1), behind: windowMost }).outcome).toBe(
      "beyond",
    );
  });

  test("the first frame of an epoch says where it begins", () => {
    const { mark } = takeFrame(undefined, frameOf(41, 1));
    expect(acknowledgementOf(mark)).toEqual({
      kind: "ack",
      lane: "routine",
      epoch,
      upTo: 39,
      bits: 2,
    });
    expect(mark.lost).toBe(0);
  });
});

describe("WB-24: the sender", () => {
  test("sends emergencies first, then the oldest", () => {
    const sender = newSender();
    sender.offer("routine", body);
    sender.offer("routine", body);
    sender.offer("emergency", body);
    const order = [sent(sender, 0), sent(sender, 0), sent(sender, 0), sent(sender, 0)];
    expect(order.map((frame) => frame && `${frame.lane} ${frame.number}`)).toEqual([
      ...["emergency 1", "routine 1", "routine 2"],
      undefined,
    ]);
  });

  test("sends again what is not acknowledged, an emergency sooner", () => {
    const sender = newSender();
    sender.offer("routine", body);
    sender.offer("emergency", body);
    sent(sender, 0);
    sent(sender, 0);
    expect(sender.nextDue()).toBe(bandLimits.resendAfter.emergency);
    expect(sent(sender, bandLimits.resendAfter.emergency)?.lane).toBe("emergency");
    expect(sent(sender, bandLimits.resendAfter.emergency)).toBeUndefined();
    expect(sent(sender, bandLimits.resendAfter.routine)?.lane).toBe("emergency");
    expect(sent(sender, bandLimits.resendAfter.routine)?.lane).toBe("routine");
    sender.resume();
    expect(sent(sender, bandLimits.resendAfter.routine)?.lane).toBe("emergency");
  });

  test("lets go of what is named, by number and by bit, of this epoch only", () => {
    const sender = newSender();
    for (let index = 0; index < 6; index += 1) sender.offer("routine", body);
    const ack = { kind: "ack", lane: "routine", epoch, upTo: 2, bits: 0b101 } as const;
    sender.acknowledge({ ...ack, epoch: epoch + 1 });
    sender.acknowledge({ ...ack, upTo: 7 });
    expect(sender.waiting).toBe(6);
    sender.acknowledge(ack);
    expect(sender.waiting).toBe(2);
    expect(
      [sent(sender, 0), sent(sender, 0), sent(sender, 0)].map((frame) => frame?.number),
    ).toEqual([4, 6, undefined]);
  });

  test("never has more under way than the window, counted from the oldest", () => {
    const sender = newSender({ ...bandLimits, window: 4 });
    for (let index = 0; index < 9; index += 1) sender.offer("routine", body);
    const numbers: number[] = [];
    for (let frame = sent(sender, 0); frame !== undefined; frame = sent(sender, 0)) {
      numbers.push(frame.number);
    }
    expect(numbers).toEqual([1, 2, 3, 4]);
    // 2, 3 and 4 have come, 1 has not: nothing new may go, or an acknowledgement could not name it.
    sender.acknowledge({ kind: "ack", lane: "routine", epoch, upTo: 0, bits: 0b1110 });
    expect(sent(sender, 0)).toBeUndefined();
    sender.acknowledge({ kind: "ack", lane: "routine", epoch, upTo: 4, bits: 0 });
    expect(sent(sender, 0)).toMatchObject({ number: 5, behind: 0 });
    expect(() => newSender({ ...bandLimits, window: windowMost + 1 })).toThrow(RangeError);
  });

  test("WB-03: holds no more bytes than it may, and refuses one emergency too many", () => {
    const law = fc.property(fc.array(fc.nat(100), { maxLength: 200 }), (lengths) => {
      const sender = newSender({ ...bandLimits, routineBytes: 500, emergencies: 3 });
      for (const length of lengths) sender.offer("routine", new Uint8Array(length));
      let bytes = 0;
      for (let frame = sent(sender, 0); frame !== undefined; frame = sent(sender, 0)) {
        bytes += frame.body.length;
      }
      expect(bytes).toBeLessThanOrEqual(500);
      const taken = [1, 2, 3, 4].map(() => sender.offer("emergency", body));
      expect(taken).toEqual([1, 2, 3, undefined]);
    });
    fc.assert(law);
  });
});
