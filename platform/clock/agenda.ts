/**
 * What is to happen when: calls in the order of their instants, then of their creation. A binary
 * heap.
 */

/** One call that waits. */
export interface Due {
  readonly at: number;
  readonly order: number;
  readonly name: string;
  readonly run: () => void;
  cancelled: boolean;
}

/** Cancelled calls are swept out once they are so many, and more than those that still wait. */
const sweepFrom = 1000;

/** The calls that wait. */
export class Agenda {
  #heap: Due[] = [];
  #order = 0;
  #cancelled = 0;

  /** Enters a call; answers it, for {@link cancel}. */
  add(at: number, name: string, run: () => void): Due {
    this.#order += 1;
    const due: Due = { at, order: this.#order, name, run, cancelled: false };
    this.#heap.push(due);
    this.#rise(due);
    return due;
  }

  /** Strikes a call out; harmless when it was taken or struck out before. */
  cancel(due: Due): void {
    if (due.cancelled) return;
    due.cancelled = true;
    this.#cancelled += 1;
    if (this.#cancelled < sweepFrom || this.#cancelled * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter(({ cancelled }) => !cancelled).toSorted(before);
    this.#cancelled = 0;
  }

  /** The next call, or undefined. */
  soonest(): Due | undefined {
    while (this.#heap[0]?.cancelled === true) {
      this.#pop();
      this.#cancelled -= 1;
    }
    return this.#heap[0];
  }

  /** Takes out the next call. */
  take(): Due | undefined {
    const due = this.soonest();
    if (due === undefined) return undefined;
    this.#pop();
    // From now on there is nothing to strike out.
    due.cancelled = true;
    return due;
  }

  /** Names of those that wait, soonest first. */
  names(): readonly string[] {
    const waiting = this.#heap.filter(({ cancelled }) => !cancelled).toSorted(before);
    return waiting.map(({ name }) => name);
  }

  /** Moves `due`, now last, up to where it belongs. */
  #rise(due: Due): void {
    const heap = this.#heap;
    let hole = heap.length - 1;
    while (hole > 0) {
      const up = (hole - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || before(parent, due) <= 0) break;
      heap[hole] = parent;
      hole = up;
    }
    heap[hole] = due;
  }

  /** Removes the first; the last takes its place and sinks to where it belongs. */
  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let down = hole * 2 + 1;
      let child = heap[down];
      const right = heap[down + 1];
      if (child === undefined) break;
      if (right !== undefined && before(right, child) < 0) {
        down += 1;
        child = right;
      }
      if (before(last, child) <= 0) break;
      heap[hole] = child;
      hole = down;
    }
    heap[hole] = last;
  }
}

function before(a: Due, b: Due): number {
  return a.at - b.at || a.order - b.order;
}
