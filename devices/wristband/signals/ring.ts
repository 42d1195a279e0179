/**
 * The last numbers of a signal in memory given once.
 */

/** A ring of numbers; `at(0)` is the newest, `at(capacity - 1)` the oldest. */
export interface Ring {
  readonly capacity: number;
  push(value: number): void;
  /** The value `age` pushes ago, 0 ≤ age < capacity; 0 where nothing was pushed yet. */
  at(age: number): number;
  /** Every place holds `value`. */
  flood(value: number): void;
}

/** What a ring may live in: integers for samples, floats for sums and instants. */
export type Store = Int16Array | Float32Array | Float64Array;

/** Every place of a store holds `value`; not every interpreter's arrays can do it themselves. */
export function flood(store: Store, value: number): void {
  for (let place = 0; place < store.length; place++) store[place] = value;
}

/** A ring in `store`, which it takes over. */
export function createRing(store: Store): Ring {
  const capacity = store.length;
  let head = 0;
  return {
    capacity,
    push: (value) => {
      head = head + 1 < capacity ? head + 1 : 0;
      store[head] = value;
    },
    at: (age) => {
      const place = head - age;
      return store[place < 0 ? place + capacity : place] ?? 0;
    },
    flood: (value) => {
      flood(store, value);
    },
  };
}
