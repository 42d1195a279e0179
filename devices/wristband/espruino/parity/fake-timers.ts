/** Time that only passes when it is told to. */

/** Timers of a fake watch; times are ms since it was made. */
export interface FakeTimers {
  readonly now: () => number;
  /** Calls once, after so many ms; never 0. */
  readonly after: (ms: number, run: () => void) => number;
  readonly cancel: (timer: number) => void;
  /** Lets time pass, and what is due by then happen, in order. */
  readonly pass: (to: number) => void;
}

interface Waiting {
  readonly id: number;
  readonly at: number;
  readonly run: () => void;
}

/** Timers at time 0. */
export function createFakeTimers(): FakeTimers {
  let now = 0;
  let ids = 0;
  let waiting: Waiting[] = [];
  const next = (): Waiting | undefined => {
    let first = waiting[0];
    waiting.forEach((timer) => {
      if (first === undefined || timer.at < first.at) first = timer;
    });
    return first;
  };
  const cancel = (id: number): void => {
    waiting = waiting.filter((timer) => timer.id !== id);
  };
  return {
    now: () => now,
    after: (ms, run) => {
      ids += 1;
      waiting.push({ id: ids, at: now + ms, run });
      return ids;
    },
    cancel,
    pass: (to) => {
      for (let due = next(); due !== undefined && due.at <= to; due = next()) {
        now = Math.max(now, due.at);
        cancel(due.id);
        due.run();
      }
      now = Math.max(now, to);
    },
  };
}
