/**
 * Tasks that take turns on one thread: each runs a short slice when it is due and gives the turn back.
 *
 * Periodic tasks keep to a grid of ticks that begins with the scheduler, so that a late turn makes no
 * later one late, and tasks of one period share a wake-up. Turns that were missed are not made up for.
 * @source catalogue WB-12, WB-15
 */
import type { BandClock } from "./ports.ts";

/** What is to be done, and how often. */
export interface Task {
  readonly name: string;
  /** ms between turns; 0: only when woken. */
  readonly periodMs: number;
  /** One slice, at `now`; true when it wants another turn as soon as all others have had theirs. */
  run(now: number): boolean;
}

/** A task that was taken in. */
export interface Turn {
  /** Gives it a turn at this time, if it has none before. */
  wake(at: number): void;
  /** Gives it turns at another period, from `now` on. */
  every(periodMs: number, now: number): void;
  /** Takes away the turn that it was woken for. */
  rest(): void;
}

export interface Scheduler {
  add(task: Task): Turn;
  /** One slice for each task that is due, in the order in which they were added. */
  step(): void;
  /** Turns that came a whole period late. */
  missed(): number;
}

/** One task, and when its turn is. */
interface Place {
  readonly task: Task;
  periodMs: number;
  /** On the grid; Infinity without a period. */
  due: number;
  /** Besides the grid; Infinity when it was not woken. */
  woken: number;
}

/** A scheduler whose turns begin on multiples of `tickMs`. */
export function createScheduler(clock: BandClock, tickMs: number): Scheduler {
  const places: Place[] = [];
  let missed = 0;
  let stepping = false;
  let asked = Infinity;

  const ask = (at: number): void => {
    if (stepping || at >= asked) return;
    asked = at;
    clock.wake(at);
  };
  const nextTurn = (): number => {
    let next = Infinity;
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index];
      if (place !== undefined) next = Math.min(next, place.due, place.woken);
    }
    return next;
  };
  const give = (place: Place, now: number): void => {
    const { periodMs } = place;
    if (place.due <= now) {
      const late = Math.floor((now - place.due) / periodMs);
      missed += late;
      place.due += (late + 1) * periodMs;
    }
    if (place.woken <= now) place.woken = Infinity;
    if (place.task.run(now)) place.woken = now;
  };
  const onGrid = (at: number): number => Math.ceil(at / tickMs) * tickMs;
  return {
    add: (task) => {
      const { periodMs } = task;
      const due = periodMs > 0 ? onGrid(clock.now()) + periodMs : Infinity;
      const place: Place = { task, periodMs, due, woken: Infinity };
      places.push(place);
      ask(place.due);
      return {
        wake: (at) => {
          place.woken = Math.min(place.woken, onGrid(at));
          ask(place.woken);
        },
        every: (period, now) => {
          if (period === place.periodMs) return;
          place.periodMs = period;
          place.due = onGrid(now) + period;
          ask(place.due);
        },
        rest: () => {
          place.woken = Infinity;
        },
      };
    },
    step: () => {
      const now = clock.now();
      asked = Infinity;
      stepping = true;
      for (let index = 0; index < places.length; index += 1) {
        const place = places[index];
        if (place !== undefined && (place.due <= now || place.woken <= now)) give(place, now);
      }
      stepping = false;
      ask(nextTurn());
    },
    missed: () => missed,
  };
}
