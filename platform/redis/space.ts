/**
 * The key space that cells and streams in memory share: hashes, streams, their expiry, and who
 * waits for an entry.
 */
import type { Clock } from "#platform/clock/port.ts";
import { Log } from "#platform/stream/log.ts";
import { Trouble } from "#platform/trouble.ts";

/** A hash of text fields. */
export interface Hash {
  readonly kind: "hash";
  readonly fields: Map<string, string>;
}

/** Somebody who waits for an entry, and tries again to get one. */
export type Attempt = () => void;

/** Bytes that a field weighs besides its text. */
const fieldOverhead = 32;

/** All keys. */
export class Space {
  readonly clock: Clock;
  /** Bytes beyond which nothing more is taken; 0 for none. */
  limit: number;
  readonly #values = new Map<string, Hash | Log>();
  readonly #expiry = new Map<string, number>();
  readonly #waiting = new Map<string, Set<Attempt>>();
  #hashBytes = 0;

  constructor(clock: Clock, limit: number) {
    this.clock = clock;
    this.limit = limit;
  }

  hash(key: string): ReadonlyMap<string, string> | undefined {
    return this.#hash(key)?.fields;
  }

  setField(at: { key: string; field: string }, value: string): void {
    let hash = this.#hash(at.key);
    if (hash === undefined) {
      hash = { kind: "hash", fields: new Map() };
      this.#values.set(at.key, hash);
    }
    const old = hash.fields.get(at.field);
    this.#hashBytes += value.length - (old?.length ?? -at.field.length - fieldOverhead);
    hash.fields.set(at.field, value);
  }

  deleteField(at: { key: string; field: string }): void {
    const fields = this.#hash(at.key)?.fields;
    const old = fields?.get(at.field);
    if (fields === undefined || old === undefined) return;
    this.#hashBytes -= old.length + at.field.length + fieldOverhead;
    fields.delete(at.field);
    if (fields.size === 0) this.delete(at.key);
  }

  log(key: string): Log | undefined {
    const value = this.#live(key);
    if (value?.kind === "hash") throw wrongKind(key);
    return value;
  }

  /** The stream of that key, made when there is none. */
  logFor(key: string): Log {
    const held = this.log(key);
    if (held !== undefined) return held;
    const made = new Log();
    this.#values.set(key, made);
    return made;
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value?.kind === "hash") {
      for (const [field, text] of value.fields) {
        this.#hashBytes -= text.length + field.length + fieldOverhead;
      }
    }
    this.#values.delete(key);
    this.#expiry.delete(key);
  }

  expire(key: string, seconds: number): void {
    if (this.#live(key) === undefined) return;
    if (seconds <= 0) this.delete(key);
    else this.#expiry.set(key, this.clock.now() + seconds * 1000);
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter(
      (key) => key.startsWith(prefix) && this.#live(key) !== undefined,
    );
  }

  /** Bytes held, roughly: text and a constant for each field and entry. */
  used(): number {
    let bytes = this.#hashBytes;
    for (const value of this.#values.values()) if (value.kind === "stream") bytes += value.bytes;
    return bytes;
  }

  full(): boolean {
    return this.limit > 0 && this.used() > this.limit;
  }

  /**
   * Calls `attempt` whenever one of `keys` has a new entry, oldest waiter first; answers how to
   * stop.
   */
  wait(keys: Iterable<string>, attempt: Attempt): () => void {
    const wanted = [...keys];
    for (const key of wanted) {
      const attempts = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, attempts.add(attempt));
    }
    return () => {
      for (const key of wanted) this.#waiting.get(key)?.delete(attempt);
    };
  }

  /** Tells those who wait that `key` has a new entry. */
  wake(key: string): void {
    for (const attempt of this.#waiting.get(key) ?? []) attempt();
  }

  #hash(key: string): Hash | undefined {
    const value = this.#live(key);
    if (value?.kind === "stream") throw wrongKind(key);
    return value;
  }

  #live(key: string): Hash | Log | undefined {
    if (this.#expiry.size === 0) return this.#values.get(key);
    const until = this.#expiry.get(key);
    if (until !== undefined && until <= this.clock.now()) this.delete(key);
    return this.#values.get(key);
  }
}

function wrongKind(key: string): Trouble {
  return new Trouble("cells-refused", { retry: "never", detail: `${key} holds another kind` });
}
