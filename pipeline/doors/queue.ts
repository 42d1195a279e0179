/** First in, first out, in constant time. */
export class Queue<T> {
  #things: T[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#things.length - this.#head;
  }

  push(thing: T): void {
    this.#things.push(thing);
  }

  /** Puts things before all that wait, in their order. */
  putBack(things: readonly T[]): void {
    if (things.length === 0) return;
    this.#things = [...things, ...this.#things.slice(this.#head)];
    this.#head = 0;
  }

  /** The first, or undefined when none waits. */
  take(): T | undefined {
    if (this.#head === this.#things.length) return undefined;
    const thing = this.#things[this.#head];
    this.#head++;
    // What was taken is let go once it is half of the array, so that each thing is moved at most once.
    if (this.#head * 2 > this.#things.length) {
      this.#things = this.#things.slice(this.#head);
      this.#head = 0;
    }
    return thing;
  }
}
