/**
 * An inbox in memory: of the simulator, of tests, and of a wristband, whose box says little and says it
 * again after a reboot.
 */
import type { DataFrame, Lane } from "#wire/frames/frame.ts";
import type { LaneMark } from "#wire/frames/receiver.ts";

import type { Inbox } from "./courier.ts";

/** Epochs that are remembered: frames of an earlier life may still be on the air. */
const epochsMost = 4;

/** An inbox that hands on each body once, and forgets all when it is dropped. */
export function createInbox(take: (frame: DataFrame) => void): Inbox {
  let marks: readonly LaneMark[] = [];
  return {
    markOf: (lane, epoch) => marks.find((mark) => isOf(mark, lane, epoch)),
    keep: (mark, fresh) => {
      const others = marks.filter((other) => !isOf(other, mark.lane, mark.epoch));
      const ofLane = others.filter(({ lane }) => lane === mark.lane).slice(1 - epochsMost);
      const ofOthers = others.filter(({ lane }) => lane !== mark.lane);
      marks = [...ofOthers, ...ofLane, mark];
      if (fresh !== undefined) take(fresh);
      return true;
    },
    latest: () =>
      marks.filter((mark, index) => !marks.slice(index + 1).some(({ lane }) => lane === mark.lane)),
  };
}

function isOf(mark: LaneMark, lane: Lane, epoch: number): boolean {
  return mark.lane === lane && mark.epoch === epoch;
}
