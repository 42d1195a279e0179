/**
 * The receiving half: which numbers of a lane have come, so that each body is taken once.
 *
 * A mark is plain data, to be kept in the same commit as the body: the acknowledgement goes out after
 * that, and a receiver that is killed in between sees the frame again and knows it.
 * @source spec/clinical.md F08, F12, F14; catalogue WB-38
 */
import { type AckFrame, type DataFrame, type Lane, windowMost } from "./frame.ts";

/** What has come of one lane of one epoch. */
export interface LaneMark {
  readonly lane: Lane;
  readonly epoch: number;
  /** All numbers up to this one have come, or never will. */
  readonly upTo: number;
  /** Bit i: number `upTo` + 1 + i has come; unsigned. */
  readonly bits: number;
  /** Numbers that the sender had to let go before they came. */
  readonly lost: number;
}

/** What a frame means to a receiver. */
export interface Taken {
  readonly mark: LaneMark;
  /** `fresh`: take the body. `repeat`: it was taken before. `beyond`: too far ahead, not acknowledged. */
  readonly outcome: "fresh" | "repeat" | "beyond";
}

/**
 * The mark after a frame.
 *
 * @param mark  that of the frame's lane and epoch; undefined when none of it has come, and then what the
 *              sender no longer holds went to another receiver
 */
export function takeFrame(mark: LaneMark | undefined, frame: DataFrame): Taken {
  const { lane, epoch, number, behind } = frame;
  const oldest = number - behind;
  const known = mark ?? { lane, epoch, upTo: oldest - 1, bits: 0, lost: 0 };
  const current = forgo(known, oldest - 1);
  const bit = number - current.upTo - 1;
  if (bit >= windowMost) return { mark: current, outcome: "beyond" };
  if (bit < 0 || isSet(current.bits, bit)) return { mark: current, outcome: "repeat" };
  return {
    mark: settle({ ...current, bits: (current.bits | (1 << bit)) >>> 0 }),
    outcome: "fresh",
  };
}

/** The acknowledgement that a mark says. */
export function acknowledgementOf({ lane, epoch, upTo, bits }: LaneMark): AckFrame {
  return { kind: "ack", lane, epoch, upTo, bits };
}

/** The mark when numbers up to `floor` are no longer to come. */
function forgo(mark: LaneMark, floor: number): LaneMark {
  if (floor <= mark.upTo) return mark;
  const passed = floor - mark.upTo;
  const came = passed >= windowMost ? mark.bits : lowBits(mark.bits, passed);
  return settle({
    ...mark,
    upTo: floor,
    bits: passed >= windowMost ? 0 : mark.bits >>> passed,
    lost: mark.lost + passed - countBits(came),
  });
}

/** The same mark with `upTo` as high as it can be. */
function settle(mark: LaneMark): LaneMark {
  let { upTo, bits } = mark;
  while (isSet(bits, 0)) {
    upTo += 1;
    bits >>>= 1;
  }
  return { ...mark, upTo, bits };
}

function isSet(bits: number, index: number): boolean {
  return ((bits >>> index) & 1) === 1;
}

function lowBits(bits: number, count: number): number {
  return bits & ((1 << count) - 1);
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left >>>= 1) count += left & 1;
  return count;
}
