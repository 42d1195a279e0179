/**
 * Streams in a Redis server. What does not wait shares the given connection; each read that waits
 * has one of its own.
 */
import { assert } from "#platform/assert.ts";
import { type RedisConnection, renamed } from "#platform/redis/connection.ts";
import { listOf, mapOf, numberOf, pairsOf, textOf } from "#platform/redis/reply.ts";
import { isTrouble } from "#platform/trouble.ts";

import {
  type Batch,
  type Consumer,
  type Entry,
  type GroupState,
  origin,
  type Streams,
} from "./port.ts";

/** Streams, and the end of them. */
export interface OpenStreams extends Streams {
  /**
   * Cuts the reads that wait, which then throw `stream-unreachable`. The given connection stays
   * open.
   */
  close(): Promise<void>;
}

/** The streams behind a connection. */
export function openStreams(connection: RedisConnection): OpenStreams {
  return new RedisStreams(connection);
}

class RedisStreams implements OpenStreams {
  readonly #connection: RedisConnection;
  readonly #waiting: WaitingRoom;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    this.#waiting = new WaitingRoom(connection);
  }

  async append(
    key: string,
    fields: Readonly<Record<string, string>>,
    options: { atMost?: number } = {},
  ): Promise<string> {
    const trim = options.atMost === undefined ? [] : ["MAXLEN", "~", String(options.atMost)];
    return textOf(await this.#send("XADD", [key, ...trim, "*", ...Object.entries(fields).flat()]));
  }

  async range(key: string, options: { after: string; limit: number }): Promise<Entry[]> {
    const args = [key, `(${options.after}`, "+", "COUNT", String(options.limit)];
    return entriesOf(await this.#send("XRANGE", args));
  }

  async latest(key: string, limit: number): Promise<Entry[]> {
    return entriesOf(await this.#send("XREVRANGE", [key, "+", "-", "COUNT", String(limit)]));
  }

  async last(key: string): Promise<string> {
    const state = mapOf(await this.#ask("XINFO", ["STREAM", key]));
    return state["last-generated-id"] === undefined ? origin : textOf(state["last-generated-id"]);
  }

  async first(key: string): Promise<string | null> {
    const [entry] = entriesOf(await this.#send("XRANGE", [key, "-", "+", "COUNT", "1"]));
    return entry?.id ?? null;
  }

  async length(key: string): Promise<number> {
    return numberOf(await this.#send("XLEN", [key]));
  }

  read(
    positions: ReadonlyMap<string, string>,
    options: { limit: number; blockMs: number },
  ): Promise<Batch[]> {
    return this.#read("XREAD", positions, options);
  }

  async createGroup(key: string, group: string, from: string): Promise<void> {
    try {
      await this.#send("XGROUP", ["CREATE", key, group, from, "MKSTREAM"]);
    } catch (error) {
      if (!isTrouble(error, "group-exists")) throw error;
    }
  }

  readGroup(
    keys: readonly string[],
    consumer: Consumer,
    options: { limit: number; blockMs: number },
  ): Promise<Batch[]> {
    const positions = new Map(keys.map((key) => [key, ">"]));
    return this.#read("XREADGROUP", positions, { ...options, consumer });
  }

  async readOwn(
    key: string,
    consumer: Consumer,
    options: { after: string; limit: number },
  ): Promise<Entry[]> {
    const own: Entry[] = [];
    for (let after = options.after; own.length < options.limit;) {
      const wanted = options.limit - own.length;
      const group = ["GROUP", consumer.group, consumer.consumer];
      const args = [...group, "COUNT", String(wanted), "STREAMS", key, after];
      const page = listOf(mapOf(await this.#send("XREADGROUP", args))[key]);
      own.push(...entriesOf(page));
      if (page.length < wanted) break;
      // Part of a full page may be ids without text, trimmed away: what follows may still be there.
      after = textOf(listOf(page.at(-1))[0]);
    }
    return own;
  }

  async claim(
    key: string,
    consumer: Consumer,
    options: { minIdleMs: number; limit: number },
  ): Promise<{ entries: { entry: Entry; deliveries: number }[]; gone: string[] }> {
    const claimed: Entry[] = [];
    const gone: string[] = [];
    let cursor = origin;
    do {
      const { group, consumer: name } = consumer;
      const count = String(options.limit - claimed.length);
      const args = [key, group, name, String(options.minIdleMs), cursor, "COUNT", count];
      const [next, entries, lost] = listOf(await this.#send("XAUTOCLAIM", args));
      claimed.push(...entriesOf(entries));
      gone.push(...listOf(lost).map(textOf));
      cursor = textOf(next);
    } while (cursor !== origin && claimed.length < options.limit);
    const deliveries = claimed.map(({ id }) => this.#deliveries(key, consumer.group, id));
    const counts = await Promise.all(deliveries);
    const entries = claimed.map((entry, index) => ({ entry, deliveries: counts[index] ?? 1 }));
    return { entries, gone };
  }

  async acknowledge(key: string, group: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#send("XACK", [key, group, ...ids]);
  }

  async groups(key: string): Promise<GroupState[]> {
    const groups = listOf(await this.#ask("XINFO", ["GROUPS", key])).map(mapOf);
    return Promise.all(groups.map((group) => this.#groupState(key, group)));
  }

  async trim(key: string, before: string): Promise<void> {
    await this.#send("XTRIM", [key, "MINID", before]);
  }

  async close(): Promise<void> {
    this.#waiting.close();
  }

  async #groupState(key: string, group: Readonly<Record<string, unknown>>): Promise<GroupState> {
    const name = textOf(group["name"]);
    const [oldest] = listOf(await this.#send("XPENDING", [key, name, "-", "+", "1"]));
    return {
      name,
      lastDelivered: textOf(group["last-delivered-id"]),
      pending: numberOf(group["pending"]),
      oldestPending: oldest === undefined ? null : textOf(listOf(oldest)[0]),
      lag: group["lag"] === null ? null : numberOf(group["lag"]),
    };
  }

  async #deliveries(key: string, group: string, id: string): Promise<number> {
    const [pending] = listOf(await this.#send("XPENDING", [key, group, id, id, "1"]));
    return pending === undefined ? 1 : numberOf(listOf(pending)[3]);
  }

  async #read(
    command: "XREAD" | "XREADGROUP",
    positions: ReadonlyMap<string, string>,
    options: { limit: number; blockMs: number; consumer?: Consumer },
  ): Promise<Batch[]> {
    assert(positions.size > 0, "something is read");
    const { limit, blockMs, consumer } = options;
    const group = consumer === undefined ? [] : ["GROUP", consumer.group, consumer.consumer];
    const block = blockMs > 0 ? ["BLOCK", String(Math.ceil(blockMs))] : [];
    const keys = [...positions.keys()];
    const streams = ["STREAMS", ...keys, ...positions.values()];
    const args = [...group, "COUNT", String(limit), ...block, ...streams];
    const reply =
      blockMs > 0
        ? await this.#waiting.send({ command, args, waitMs: blockMs })
        : await this.#send(command, args);
    const found = mapOf(reply);
    const batches = keys.map((key) => ({ key, entries: entriesOf(found[key]) }));
    return batches.filter(({ entries }) => entries.length > 0);
  }

  /** Sends what fails when there is no such stream; null then. */
  async #ask(command: string, args: string[]): Promise<unknown> {
    try {
      return await this.#send(command, args);
    } catch (error) {
      if (isTrouble(error, "key-missing")) return null;
      throw error;
    }
  }

  async #send(command: string, args: string[]): Promise<unknown> {
    try {
      return await this.#connection.send(command, args);
    } catch (error) {
      throw renamed(error, "stream");
    }
  }
}

/** Connections for reads that wait: as many as wait at once, kept for the next. */
class WaitingRoom {
  readonly #connection: RedisConnection;
  readonly #idle: RedisConnection[] = [];
  readonly #busy = new Set<RedisConnection>();
  #closed = false;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async send(read: { command: string; args: string[]; waitMs: number }): Promise<unknown> {
    try {
      const own = this.#idle.pop() ?? (await this.#connection.another());
      return await this.#sendOver(own, read);
    } catch (error) {
      throw renamed(error, "stream");
    }
  }

  async #sendOver(
    own: RedisConnection,
    read: { command: string; args: string[]; waitMs: number },
  ): Promise<unknown> {
    this.#busy.add(own);
    if (this.#closed) own.close();
    try {
      return await own.send(read.command, read.args, read.waitMs);
    } finally {
      this.#busy.delete(own);
      if (!this.#closed) this.#idle.push(own);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#idle, ...this.#busy]) connection.close();
    this.#idle.length = 0;
  }
}

/** Entries as Redis lists them; those without text (pending, but trimmed away) are left out. */
function entriesOf(reply: unknown): Entry[] {
  const entries: Entry[] = [];
  for (const listed of listOf(reply)) {
    const [id, fields] = listOf(listed);
    if (fields !== null) entries.push({ id: textOf(id), fields: pairsOf(fields) });
  }
  return entries;
}
