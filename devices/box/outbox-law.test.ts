/**
 * The outbox's law: whatever is appended, sent, receipted, refused, declared, and however often
 * the box restarts, each number given out is exactly one of waiting, settled (received or
 * refused) or lost; the bound holds; no emergency is lost. A model of the cloud plays against a
 * small outbox; what it knows is compared after every game.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import { decodeReported } from "#wire/codec.ts";
import { type Epoch, parseBox, parseSerial } from "#wire/identity.ts";
import { addNumber, addRange, contains, normalise, type Ranges } from "#wire/ranges.ts";
import { droppedIn } from "#wire/shapes.ts";
import { Instant } from "#wire/units.ts";

import type { Draft } from "./draft.ts";
import { ranks, type Waiting } from "./outbox-row.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox, type Outbox } from "./outbox.ts";

const box = parseBox("X-1")!;
const device = parseSerial("B-1")!;
const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
const limits = { messages: 12, bytes: 400 + 65_536 };

class Game {
  readonly #sql = openMemorySql();
  #outbox: Outbox;
  #epoch: Epoch | undefined;
  #cloud: Ranges = [];
  readonly #refused = new Set<number>();
  readonly #settled = new Set<number>();
  #lost: Ranges = [];
  readonly #declarations = new Map<number, Ranges>();
  readonly #emergencies = new Set<number>();

  constructor() {
    migrate(this.#sql, outboxSchema);
    this.#outbox = this.restart();
  }

  restart(): Outbox {
    const random = createSeededRandom(1);
    this.#outbox = openOutbox({ sql: this.#sql, box, clock, random, limits });
    return this.#outbox;
  }

  append(rank: Draft["rank"], size: number): void {
    const encode = (): Uint8Array => new Uint8Array(size);
    const [appended] = this.#outbox.append([{ device, channel: "readings", rank, encode }]);
    if (appended === undefined || appended.kind === "full") return;
    this.#epoch = appended.epoch;
    if (rank === "emergency") this.#emergencies.add(appended.seq);
  }

  declare(): void {
    this.#outbox.declare();
  }

  /** One message reaches the cloud, which takes or refuses it. */
  send(pick: number, isRefused: boolean): void {
    const waiting = this.#waiting();
    const sent = waiting[pick % Math.max(1, waiting.length)];
    if (sent === undefined) return;
    this.#cloud = addNumber(this.#cloud, sent.seq);
    if (isRefused) this.#refused.add(sent.seq);
    if (sent.rank !== "declaration") return;
    const declared = declaredIn(sent);
    this.#declarations.set(sent.seq, declared);
    for (const [from, to] of declared) this.#cloud = addRange(this.#cloud, from, to);
  }

  receipt(): void {
    if (this.#epoch === undefined) return;
    const seqs = new Map(this.#waiting().map(({ id, seq }) => [id, seq]));
    const refused = [...this.#refused].map((seq) => ({ seq, code: "conflict" as const }));
    const said = { epoch: this.#epoch, ...normalise(0, this.#cloud), refused };
    const result = this.#outbox.receive(device, said);
    const gone = [...result.received, ...result.refused.map(({ id }) => id)];
    for (const id of gone) this.#settle(seqs.get(id)!);
  }

  checkBounds(): void {
    expect(this.#outbox.depth().depth).toBeLessThanOrEqual(limits.messages + 1);
    expect(this.#outbox.bytes()).toBeLessThanOrEqual(limits.bytes);
  }

  checkFates(): void {
    const given = this.#outbox.sent()[0]?.seq ?? 0;
    const waiting = new Set(this.#waiting().map(({ seq }) => seq));
    const undeclared = this.#sql
      .all("SELECT low, high FROM dropped")
      .reduce((all: Ranges, row) => addRange(all, Number(row["low"]), Number(row["high"])), []);
    for (let seq = 1; seq <= given; seq += 1) {
      const isLost = contains(undeclared, seq) || contains(this.#lost, seq);
      const fates = { settled: this.#settled.has(seq), waiting: waiting.has(seq), isLost };
      expect({ seq, fates: Object.values(fates).filter(Boolean).length }).toEqual({
        seq,
        fates: 1,
      });
      if (this.#emergencies.has(seq)) expect(isLost).toBe(false);
    }
  }

  #settle(seq: number): void {
    this.#settled.add(seq);
    for (const [from, to] of this.#declarations.get(seq) ?? []) {
      this.#lost = addRange(this.#lost, from, to);
    }
  }

  #waiting(): Waiting[] {
    return ranks.flatMap((rank) => this.#outbox.next({ rank, after: 0, limit: 1000 }));
  }
}

function declaredIn(declaration: Waiting): Ranges {
  const reported = decodeReported(declaration.payload, { device });
  if (reported.kind === "refused") throw new Error(reported.why);
  return droppedIn(reported.value).map(({ from, to }) => [from, to] as const);
}

type Move = (game: Game) => void;

const size = fc.integer({ min: 0, max: 60 });
const append: fc.Arbitrary<Move> = fc
  .record({ rank: fc.constantFrom("emergency", "vital", "routine", "routine"), size })
  .map((drawn) => (game) => game.append(drawn.rank, drawn.size));
const send: fc.Arbitrary<Move> = fc
  .record({ pick: fc.nat(1000), isRefused: fc.boolean() })
  .map((drawn) => (game) => game.send(drawn.pick, drawn.isRefused));
const other = fc.constantFrom<Move>(
  (game) => game.receipt(),
  (game) => game.declare(),
  (game) => void game.restart(),
);

test("the bound holds, no emergency is lost, and every number has exactly one fate", () => {
  const moves = fc.oneof(
    { weight: 5, arbitrary: append },
    { weight: 2, arbitrary: send },
    { weight: 2, arbitrary: other },
  );
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 150, size: "max" }), (played) => {
      const game = new Game();
      for (const move of played) {
        move(game);
        game.checkBounds();
      }
      game.checkFates();
    }),
    { numRuns: 200 },
  );
});
