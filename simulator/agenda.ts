/** Who is due when, for many at once: a binary heap, so that a hundred thousand homes need one timer. */
import { assert } from "#platform/assert.ts";

interface Entry<T> {
  readonly due: number;
  readonly who: T;
}

/** Everyone with the instant at which they are next due. Of equals in time, whoever; each is there once. */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];

  /** How many are in it. */
  get size(): number {
    return this.#heap.length;
  }

  /** The earliest instant, or Infinity when nobody is in it. */
  get nextDue(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Puts `who` in for `due`. */
  add(due: number, who: T): void {
    assert(!Number.isNaN(due), "a due time is a number");
    const entry = { due, who };
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.due <= due) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = entry;
  }

  /** Takes out whoever is due first, or undefined when nobody is. */
  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) this.#sink(last);
    return first.who;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const right = left + 1;
      const below = (heap[right]?.due ?? Infinity) < (heap[left]?.due ?? Infinity) ? right : left;
      const child = heap[below];
      if (child === undefined || child.due >= entry.due) break;
      heap[hole] = child;
      hole = below;
    }
    heap[hole] = entry;
  }
}
