/**
 * The box's outbox: what it owns until the cloud's receipt, on disk, numbered, bounded.
 *
 * A message is given its number in the transaction that stores it, so a number without a message
 * can only come from a loss, and every loss is remembered and declared. When the outbox is full
 * the oldest routine message goes first, then the oldest vital one; an emergency never, nor the
 * declaration of what went.
 *
 * @source DESIGN §4 numbers and receipts; clinical §4.4.1, F14–F17; catalogue BX-15, BX-17
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { noSeal, type Seal } from "#platform/seal.ts";
import type { Sql, SqlRow } from "#platform/sql/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import { encodeJson } from "#wire/codec.ts";
import type { BoxSerial, Epoch, Serial } from "#wire/identity.ts";
import type { Receipt, RefusalCode } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import type { Draft } from "./draft.ts";
import type { OutboxLimits } from "./limits.ts";
import { reconcileCounter, recordLoss, undeclaredLosses } from "./outbox-losses.ts";
import { takeNumber } from "./outbox-number.ts";
import { queries } from "./outbox-queries.ts";
import {
  checksumOf,
  integer,
  type MessageNumber,
  openWaiting,
  parseNumber,
  type Rank,
  rankNumber,
  type Waiting,
} from "./outbox-row.ts";
import { retireCounter } from "./outbox-set-back.ts";
import { exceeds, plus, Totals } from "./outbox-totals.ts";

/**
 * What became of a draft: `full` of emergencies alone, it was given no number and is the caller's
 * again.
 */
export type Appended =
  | ({ readonly kind: "waiting"; readonly id: number } & MessageNumber)
  | ({ readonly kind: "dropped" } & MessageNumber)
  | { readonly kind: "full" };

/** What a receipt took out of the outbox. */
export interface Received {
  /** Ids of the messages that are the cloud's. */
  readonly received: readonly number[];
  /** Messages that the cloud will never take; no longer here either. */
  readonly refused: readonly (MessageNumber & {
    readonly id: number;
    readonly code: RefusalCode;
  })[];
}

/** What happened in this outbox since it was opened, in messages. */
export interface Tally {
  readonly appended: number;
  readonly received: number;
  readonly refused: number;
  readonly dropped: number;
}

/** Droppable ranks, the first to go first. */
const droppable = ["routine", "vital"] as const satisfies readonly Rank[];
/** How many messages make room at once when the disk itself is full. */
const roomAtOnce = 64;

interface OutboxPorts {
  readonly sql: Sql;
  readonly box: BoxSerial;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OutboxLimits;
  /** Closes payloads before they lie on the disk; open unless given. */
  readonly seal?: Seal;
}

/** Opens the outbox of one box in a database of {@link outboxSchema}. */
export function openOutbox(ports: OutboxPorts): Outbox {
  return new Outbox(ports);
}

/**
 * See {@link openOutbox}. Everything is synchronous and on disk when it returns; Trouble is the
 * database's.
 */
export class Outbox {
  readonly #sql: Sql;
  readonly #box: BoxSerial;
  readonly #ports: OutboxPorts;
  readonly #seal: Seal;
  /** Told by the database when opened and after every failure. */
  readonly #totals = new Totals();
  #hasLosses = false;
  #tally = { appended: 0, received: 0, refused: 0, dropped: 0 };

  constructor(ports: OutboxPorts) {
    this.#sql = ports.sql;
    this.#box = ports.box;
    this.#ports = ports;
    this.#seal = ports.seal ?? noSeal;
    this.#recount();
  }

  /**
   * Keeps the messages, all or none; in the order given. What `alongside` writes into the same database is kept with them,
   * or not either; it may be called again when room had to be made first.
   */
  append(drafts: readonly Draft[], alongside: () => void = () => {}): Appended[] {
    for (;;) {
      try {
        return this.#transaction(() => {
          alongside();
          return this.#appendAll(drafts);
        });
      } catch (error) {
        if (!isTrouble(error, "disk-full") || !this.#makeRoom()) throw error;
      }
    }
  }

  /** The oldest messages of one rank after `after` (an id; 0 for all), at most `limit`. */
  next(from: { rank: Rank; after: number; limit: number }): Waiting[] {
    const { rank, after, limit } = from;
    if (this.#totals.of(rank).messages === 0) return [];
    return this.#legible(
      this.#sql.all(queries.nextOfRank, this.#box, rankNumber(rank), after, limit),
    );
  }

  /**
   * The oldest vital and routine messages of a counter, numbers in (`after`, `upTo`], at most `limit`.
   * Ends before one that lies above an undeclared loss: the cloud keeps only so many holes.
   */
  nextOfCounter(
    { device, epoch }: Pick<MessageNumber, "device" | "epoch">,
    { after, upTo, limit }: { after: number; upTo: number; limit: number },
  ): Waiting[] {
    if (after >= upTo || this.#totals.sum(droppable).messages === 0) return [];
    const wanted = [this.#box, device, epoch, after, upTo, rankNumber("vital"), limit] as const;
    const waiting = this.#legible(this.#sql.all(queries.nextOfCounter, ...wanted));
    if (!this.#hasLosses) return waiting;
    const held = waiting.findIndex((message) => this.#isHeld(message));
    return held < 0 ? waiting : waiting.slice(0, held);
  }

  /** The message called `id`, or undefined when it is no longer here. */
  read(id: number): Waiting | undefined {
    return this.#legible(this.#sql.all(queries.read, id, this.#box)).at(0);
  }

  /** Takes out what a receipt says the cloud has, or will never have. */
  receive(device: Serial, receipt: Receipt): Received {
    return this.#transaction(() => this.#receive(device, receipt));
  }

  /**
   * Makes a message of the losses that none declares; call before sending a backlog and after
   * receipts.
   */
  declare(): void {
    if (!this.#hasLosses) return;
    this.#transaction(() => {
      for (const { device, dropped, rows } of undeclaredLosses(this.#sql, this.#box)) {
        const t = this.#ports.clock.now();
        const declaration = this.#insert("declaration", {
          device,
          channel: "reported",
          encode: (given) =>
            encodeJson({
              ...given,
              t,
              parts: { buffer: { dropped: dropped.map((range) => ({ ...range })) } },
            }),
        });
        for (const row of rows) this.#sql.run(queries.declare, declaration.id, row);
      }
      this.#noteLosses();
    });
  }

  /** How many messages wait, and since when the oldest does. */
  depth(): { depth: number; oldest: Instant | null } {
    const depth = this.#totals.sum().messages;
    if (depth === 0) return { depth, oldest: null };
    const oldest = this.#sql.get(queries.oldest, this.#box);
    return { depth, oldest: oldest === undefined ? null : Instant(integer(oldest, "at")) };
  }

  /** Sum of the payloads that wait. */
  bytes(): number {
    return this.#totals.sum().bytes;
  }

  /** Id of the oldest message, 0 when none waits. */
  first(): number {
    const row = this.#sql.get(queries.oldest, this.#box);
    return row === undefined ? 0 : integer(row, "id");
  }

  /** Id of the newest message, 0 when none waits. */
  last(): number {
    const row = this.#sql.get(queries.last, this.#box);
    return row === undefined ? 0 : integer(row, "id");
  }

  /** The highest number given out per counter, the newest counters first. */
  counters(): MessageNumber[] {
    return this.#sql
      .all(queries.counters, this.#box)
      .toReversed()
      .flatMap((row) => parseNumber({ ...row, seq: integer(row, "next") - 1 }) ?? []);
  }

  /** The same, as many as a heartbeat may name. */
  sent(): MessageNumber[] {
    return this.counters().slice(0, cadence.limits.countersPerAlive);
  }

  /** What happened since this outbox was opened. */
  tally(): Tally {
    return { ...this.#tally };
  }

  #appendAll(drafts: readonly Draft[]): Appended[] {
    const before = this.#tally.dropped;
    const appended = drafts.map((draft) => this.#appendOne(draft));
    this.#evict();
    if (this.#tally.dropped === before) return appended;
    return appended.map((one) =>
      one.kind === "waiting" && this.#sql.get(queries.read, one.id, this.#box) === undefined
        ? { kind: "dropped", device: one.device, epoch: one.epoch, seq: one.seq }
        : one,
    );
  }

  #appendOne(draft: Draft): Appended {
    if (draft.rank === "emergency" && this.#isFullOfEmergencies()) return { kind: "full" };
    return { kind: "waiting", ...this.#insert(draft.rank, draft) };
  }

  #insert(rank: Rank, draft: Omit<Draft, "rank">): MessageNumber & { id: number } {
    const { device, channel, topicId = "" } = draft;
    const given = takeNumber(this.#ports, device);
    const number = { device, ...given };
    const plain = draft.encode(given);
    assert(plain.length <= cadence.limits.payloadBytes, "a message fits in one packet");
    const payload = this.#seal.close(plain);
    const checksum = checksumOf({ ...number, channel, topicId, payload });
    const at = this.#ports.clock.now();
    const key = [this.#box, device, number.epoch, number.seq, rankNumber(rank)] as const;
    const content = [channel, topicId, at, payload, checksum] as const;
    const row = this.#sql.get(queries.insert, ...key, ...content);
    assert(row !== undefined, "an inserted row has an id");
    this.#totals.add(rank, { messages: 1, bytes: payload.length });
    this.#tally.appended += 1;
    return { ...number, id: integer(row, "id") };
  }

  /** Drops messages until the limits hold. */
  #evict(): void {
    while (exceeds(this.#totals.sum(), this.#ports.limits) && this.#dropOldest());
  }

  /** Drops the oldest message that may be; false when none may. */
  #dropOldest(): boolean {
    for (const rank of droppable) {
      if (this.#totals.of(rank).messages === 0) continue;
      const row = this.#sql.get(queries.deleteOldest, this.#box, rankNumber(rank));
      assert(row !== undefined, "the totals agree with the rows");
      this.#totals.takeRow(row);
      const number = parseNumber(row);
      assert(number !== undefined, "the outbox holds numbered messages");
      const { epoch, device, seq } = number;
      recordLoss(this.#sql, { box: this.#box, device, epoch }, { low: seq, high: seq });
      this.#hasLosses = true;
      this.#tally.dropped += 1;
      return true;
    }
    return false;
  }

  /** Frees pages of a full disk; false when there is nothing to give. */
  #makeRoom(): boolean {
    return this.#transaction(() => {
      let freed = 0;
      while (freed < roomAtOnce && this.#dropOldest()) freed += 1;
      return freed > 0;
    });
  }

  #receive(device: Serial, receipt: Receipt): Received {
    const { epoch, upTo, ranges } = receipt;
    const highest = ranges.at(-1)?.[1] ?? upTo;
    const key = [this.#box, device, epoch] as const;
    const counter = this.#sql.get(queries.counter, ...key);
    if (counter === undefined) return { received: [], refused: [] };
    if (highest >= integer(counter, "next")) {
      const at = { box: this.#box, device, epoch };
      for (const { id, draft } of retireCounter(this.#sql, at, {
        upTo,
        highest,
        seal: this.#seal,
      })) {
        for (const row of this.#sql.all(queries.deleteOne, id, this.#box))
          this.#totals.takeRow(row);
        this.#insert("emergency", draft);
        this.#tally.appended -= 1;
      }
      this.#noteLosses();
      return { received: [], refused: [] };
    }
    const refused = receipt.refused.flatMap(({ seq, code }) =>
      this.#take(key, [seq, seq]).map((message) => ({ ...message, code })),
    );
    const received = [[1, upTo] as const, ...ranges].flatMap((range) => this.#take(key, range));
    this.#sql.run(queries.advanceCounter, upTo, ...key);
    if (counter["current"] === 0 && upTo === integer(counter, "next") - 1) {
      this.#sql.run(queries.forgetCounter, ...key);
    }
    this.#tally.refused += refused.length;
    this.#tally.received += received.length;
    this.#noteLosses();
    return { received: received.map(({ id }) => id), refused };
  }

  /** Deletes the messages numbered in `range`, both ends included. */
  #take(
    key: readonly [string, Serial, Epoch],
    range: readonly [number, number],
  ): (MessageNumber & { id: number })[] {
    const [box, device, epoch] = key;
    return this.#sql.all(queries.deleteReceived, ...key, ...range).map((row) => {
      const id = integer(row, "id");
      if (this.#totals.takeRow(row) === "declaration")
        this.#sql.run(queries.forgetDeclared, box, id);
      return { id, device, epoch, seq: integer(row, "seq") };
    });
  }

  /** The messages of the rows; what is not what was written becomes a loss instead. */
  #legible(rows: readonly SqlRow[]): Waiting[] {
    const messages = rows.flatMap((row) => openWaiting(row, this.#seal) ?? []);
    if (messages.length < rows.length) {
      const ids = new Set(messages.map(({ id }) => id));
      this.#discard(rows.map((row) => integer(row, "id")).filter((id) => !ids.has(id)));
    }
    return messages;
  }

  #discard(ids: readonly number[]): void {
    this.#transaction(() => {
      for (const id of ids) {
        this.#sql.run(queries.deleteOne, id, this.#box);
        this.#sql.run(queries.undeclare, this.#box, id);
      }
      for (const row of this.#sql.all(queries.counters, this.#box)) {
        reconcileCounter(this.#sql, { box: this.#box, ...row });
      }
    });
    this.#tally.dropped += ids.length;
    this.#recount();
  }

  #isHeld({ device, epoch, seq }: MessageNumber): boolean {
    return this.#sql.get(queries.isHeld, this.#box, device, epoch, seq) !== undefined;
  }

  #noteLosses(): void {
    this.#hasLosses = this.#sql.get(queries.undeclared, this.#box) !== undefined;
  }

  #isFullOfEmergencies(): boolean {
    const another = { messages: 1, bytes: cadence.limits.payloadBytes };
    const kept = this.#totals.sum(["emergency", "declaration"]);
    return exceeds(plus(kept, another), this.#ports.limits);
  }

  #transaction<T>(work: () => T): T {
    const tally = { ...this.#tally };
    try {
      return this.#sql.transaction(work);
    } catch (error) {
      this.#tally = tally;
      this.#recount();
      throw error;
    }
  }

  #recount(): void {
    this.#totals.recount(this.#sql, this.#box);
    this.#noteLosses();
  }
}
