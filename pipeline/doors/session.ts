/**
 * One connection of one box: what it may say, how fast, and when each message may be acknowledged.
 *
 * @source DESIGN §4 topics, §5 limits; catalogue BK-02, BK-10, BK-13
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import { fits } from "#twins/mark.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";
import { decodeAlive } from "#wire/codec.ts";
import type { Serial } from "#wire/identity.ts";
import { isShadowTopic } from "#wire/shadow-topics.ts";
import { downTopic, parseTopic, type Topic } from "#wire/topics.ts";
import { type Instant, Millis } from "#wire/units.ts";

import type { Audit, AuditCode } from "./audit.ts";
import type { Committer } from "./committer.ts";
import { type Delivered, Delivery } from "./delivery.ts";
import type { DoorMetrics } from "./door-metrics.ts";
import type { Down, Ear, Utterance } from "./down.ts";
import { type Draft, draftOf, refusedDraft, type Source } from "./draft.ts";
import type { DoorSession, Link, Message, Peer, Reception } from "./link.ts";
import { type Counter, counterOf, type MarkCache } from "./mark-cache.ts";
import { type Holdings, type Pressure, type Weight, weightOf } from "./pressure.ts";
import type { Debtor, Receipts } from "./receipts.ts";
import type { ShadowDesk, ShadowEar } from "./shadow-desk.ts";
import type { Throttle } from "./throttle.ts";
import { type Ending, seeAlive, seeBox, type Watch } from "./watch.ts";

/** What all sessions of a door share. */
export interface Hall {
  readonly keys: Keys;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly cache: MarkCache;
  readonly committer: Committer;
  readonly throttle: Throttle;
  readonly pressure: Pressure;
  readonly holdings: Holdings;
  readonly receipts: Receipts;
  readonly down: Down;
  /** Set while the AWS face is on. */
  readonly shadows: ShadowDesk | undefined;
  readonly audit: Audit;
  readonly metrics: DoorMetrics;
  /** Something may have changed about a home. */
  readonly look: (watch: Watch) => void;
  readonly ended: (session: Session, how: Ending) => void;
}

/** What a topic of this connection leads to. */
interface Route {
  readonly topic: Topic;
  readonly linked: Source | undefined;
  readonly foreign: Source | undefined;
}

/** A heartbeat's word about a counter of which less has been received. */
interface Claimed {
  readonly counter: Counter;
  readonly seq: number;
  sweeps: number;
  /** It is on its way to the mark. */
  isDue: boolean;
}

/** A message that cannot go on yet. */
interface Waiting {
  /** The field of the counter that it waits for; undefined when it waits for room. */
  readonly field: string | undefined;
  readonly again: () => void;
  readonly done: Done;
}

type Done = (reception: Reception) => void;

const accepted: Promise<Reception> = Promise.resolve({ kind: "accepted" });

function refuse(reason: AuditCode): Promise<Reception> {
  return Promise.resolve({ kind: "disconnect", reason });
}

/** What a message weighs when memory runs out. */
function weightIn({ source, readings }: Draft): Weight {
  if (source.channel === "event") return "critical";
  return readings.length === 0 ? "routine" : weightOf(readings);
}

/** Topics whose route is remembered. */
const routesKept = 32;
/** Unknown devices that one connection may speak for before it is cut. */
const strangersMost = 16;

/** What a door knows of one connection. */
export class Session implements DoorSession, Debtor, Ear, ShadowEar {
  readonly peer: Peer;
  readonly watch: Watch;
  readonly owed: Debtor["owed"] = new Map();
  readonly #hall: Hall;
  readonly #link: Link;
  readonly #partition: number;
  readonly #routes = new Map<string, Route>();
  /** Messages that wait for an earlier number of their counter, or for room in the store. */
  #waiting: Set<Waiting> | undefined;
  #claimed: Map<string, Claimed> | undefined;
  #strangers: Set<string> | undefined;
  #listens = false;
  #over = false;

  constructor(hall: Hall, opening: { peer: Peer; link: Link; watch: Watch }) {
    this.#hall = hall;
    this.peer = opening.peer;
    this.#link = opening.link;
    this.watch = opening.watch;
    this.#partition = hall.keys.of(opening.peer.box);
  }

  receive(message: Message): Promise<Reception> {
    const { payload } = message;
    if (this.#over) return refuse("ended");
    if (payload.length > cadence.limits.payloadBytes) return this.#turnAway("oversize", "");
    if (isShadowTopic(message.topic)) return this.#ofShadow(message);
    const route = this.#routes.get(message.topic) ?? this.#route(message.topic);
    if (route === undefined) return this.#turnAway("foreign_topic", message.topic);
    const now = this.#hall.clock.now();
    seeBox(this.watch, now);
    const source = this.#isLinked(route.topic.device) ? route.linked : route.foreign;
    if (source === undefined) return this.#ofHome(route.topic, payload, now);
    if (source === route.foreign && !this.#toleratesStranger(source.device)) {
      return this.#turnAway("foreign_device", source.device);
    }
    return this.#take(source, payload, now);
  }

  subscribed(): void {
    this.#listens = true;
    const { cache, registry, receipts, down } = this.#hall;
    down.listen(this.peer.box);
    for (const { serial } of registry.behind(this.peer.box)) {
      cache.epochs(this.#partition, serial).then(
        (epochs) => {
          for (const epoch of epochs) {
            receipts.owe(this, serial, counterOf(this.#partition, serial, epoch));
          }
        },
        // The store is away: what the box sends again will be answered by receipts.
        () => undefined,
      );
    }
  }

  ended(how: "farewell" | "will" | "cut"): void {
    this.#end(how);
  }

  /** Ends the connection from this side. */
  close(reason: AuditCode, how?: Ending): void {
    if (this.#over) return;
    this.#end(how);
    this.#link.close(reason);
  }

  /** Whether nothing more is taken from it. */
  get over(): boolean {
    return this.#over;
  }

  get listens(): boolean {
    return this.#listens && !this.#over;
  }

  stored(device: Serial, receipt: string): void {
    if (!this.listens) return;
    this.#link.send(downTopic({ ...this.peer, device }, "stored"), receipt);
  }

  say({ device, leaf, payload }: Utterance, acknowledged?: () => void): void {
    if (!this.listens) return;
    this.#link.send(downTopic({ ...this.peer, device }, leaf), payload, acknowledged);
  }

  hears(topic: string): boolean {
    return !this.#over && this.#link.hears?.(topic) === true;
  }

  tell(topic: string, payload: string): void {
    if (this.hears(topic)) this.#link.send(topic, payload);
  }

  /**
   * Counters of which heartbeats have told, for a whole sweep, more than was received. Each is named once until it is
   * `told`, so that a store that is away for hours finds one word of it waiting, not hundreds.
   */
  claims(): { counter: Counter; seq: number; told: () => void }[] {
    const due: { counter: Counter; seq: number; told: () => void }[] = [];
    for (const [field, claimed] of this.#claimed ?? []) {
      const { counter, seq, sweeps } = claimed;
      if (claimed.isDue) continue;
      const told = (): void => void this.#claimed?.delete(field);
      if ((this.#hall.cache.peek(field)?.mark.sent ?? 0) >= seq) told();
      else if (sweeps === 0) claimed.sweeps++;
      else {
        claimed.isDue = true;
        due.push({ counter, seq, told });
      }
    }
    return due;
  }

  /** Tries again what waits for room in the store, or for an earlier number of a counter. */
  resume(field: string | undefined): void {
    // Those that wait now: what must wait again joins the same set.
    for (const one of [...(this.#waiting ?? [])]) {
      if (one.field !== field) continue;
      this.#waiting?.delete(one);
      one.again();
    }
  }

  #end(how: Ending | undefined): void {
    if (this.#over) return;
    this.#over = true;
    for (const { done } of this.#waiting ?? []) done({ kind: "disconnect", reason: "ended" });
    this.#waiting = undefined;
    this.#hall.receipts.forgive(this);
    if (how !== undefined) this.#hall.ended(this, how);
  }

  #ofShadow({ topic, payload }: Message): Promise<Reception> {
    const { shadows, clock } = this.#hall;
    const asked = shadows?.receive(this, topic, payload);
    if (asked === undefined) return this.#turnAway("foreign_topic", topic);
    seeBox(this.watch, clock.now());
    return asked.then(() => accepted);
  }

  #route(text: string): Route | undefined {
    const topic = parseTopic(text);
    const { tenant, box } = this.peer;
    if (topic === undefined || topic.tenant !== tenant || topic.box !== box) return undefined;
    const route = { topic, ...this.#sources(topic) };
    if (this.#routes.size >= routesKept) this.#routes.clear();
    this.#routes.set(text, route);
    return route;
  }

  #sources(topic: Topic): Omit<Route, "topic"> {
    const { channel, device } = topic;
    if (channel === "alive" || channel === "gone") return { linked: undefined, foreign: undefined };
    const source = { ...topic, channel, partition: this.#partition };
    return {
      linked: { ...source, owner: device },
      foreign: { ...source, owner: `${device}@${topic.box}` },
    };
  }

  #isLinked(device: Serial): boolean {
    const found = this.#hall.registry.device(device);
    return found !== undefined && found.box === this.peer.box && found.revokedAt === null;
  }

  #toleratesStranger(device: Serial): boolean {
    this.#strangers ??= new Set();
    if (this.#strangers.size >= strangersMost && !this.#strangers.has(device)) return false;
    if (!this.#strangers.has(device)) this.#note("foreign_device", device);
    this.#strangers.add(device);
    return true;
  }

  /** A heartbeat or a last will: nothing is written. */
  #ofHome({ channel, device }: Topic, payload: Uint8Array, now: Instant): Promise<Reception> {
    if (channel !== "alive") return accepted;
    const alive = decodeAlive(payload, { device });
    this.#hall.metrics.message("alive", alive.kind === "parsed" ? "heard" : alive.code);
    if (alive.kind === "refused") return accepted;
    const links = alive.value.links.filter((link) => this.#isLinked(link.device));
    seeAlive(this.watch, { ...alive.value, links }, now);
    this.#hall.look(this.watch);
    for (const sent of alive.value.sent) this.#claim(sent);
    return accepted;
  }

  #claim({ device, epoch, seq }: { device: Serial; epoch: Counter["epoch"]; seq: number }): void {
    if (!this.#isLinked(device)) return;
    const counter = counterOf(this.#partition, device, epoch);
    const known = this.#hall.cache.peek(counter.field)?.mark.sent ?? 0;
    if (known >= seq) return;
    this.#claimed ??= new Map();
    const before = this.#claimed.get(counter.field);
    if (before?.isDue) return;
    this.#claimed.set(counter.field, { counter, seq, sweeps: before?.sweeps ?? 0, isDue: false });
  }

  /** A numbered message: held until it is durable. */
  #take(source: Source, payload: Uint8Array, receivedAt: Instant): Promise<Reception> {
    const { holdings, throttle, clock } = this.#hall;
    const urgent = source.channel === "event";
    if (!holdings.take(payload.length, urgent)) return this.#turnAway("overloaded", "");
    const start = clock.monotonic();
    const { promise, resolve } = Promise.withResolvers<Reception>();
    const done = (reception: Reception): void => {
      holdings.give(payload.length);
      this.#hall.metrics.acknowledged(clock.monotonic() - start);
      resolve(reception);
    };
    const wait = urgent ? 0 : throttle.admit(source.device, start);
    if (wait === 0) {
      this.#judge({ source, payload, receivedAt, done });
    } else {
      // The bytes may belong to a larger read; what waits keeps its own.
      const held = { source, payload: payload.slice(), receivedAt, done };
      this.#hall.metrics.message(source.channel, "delayed");
      clock.after(Millis(wait), "throttle", () => this.#judge(held));
    }
    return promise;
  }

  #judge(one: { source: Source; payload: Uint8Array; receivedAt: Instant; done: Done }): void {
    const { source, payload, receivedAt } = one;
    const draft = source.owner === source.device ? draftOf(source, payload, receivedAt) : undefined;
    this.#submit(
      draft ?? refusedDraft({ source, payload, receivedAt }, "unknown_device"),
      one.done,
    );
  }

  #submit(draft: Draft, done: Done): void {
    if (this.#over) return done({ kind: "disconnect", reason: "ended" });
    const { pressure, committer, keys } = this.#hall;
    if (pressure.sheds && !pressure.passes(weightIn(draft))) {
      this.#hall.metrics.message(draft.source.channel, "shed");
      return this.#wait({ field: undefined, done, again: () => this.#submit(draft, done) });
    }
    committer.submit(
      new Delivery(draft, keys, (became, counter) =>
        this.#conclude(draft, { became, counter }, done),
      ),
    );
  }

  #conclude(
    draft: Draft,
    { became, counter }: { became: Delivered; counter: Counter | undefined },
    done: Done,
  ): void {
    const { metrics, cache, receipts } = this.#hall;
    const { source } = draft;
    metrics.message(source.channel, became.kind === "refused" ? became.code : became.kind);
    if (became.kind === "failed") return done({ kind: "disconnect", reason: "refused_by_store" });
    if (became.kind === "withheld") {
      return this.#wait({ field: counter?.field, done, again: () => this.#submit(draft, done) });
    }
    done({ kind: "accepted" });
    if (counter === undefined || this.#over) return;
    receipts.owe(this, source.device, counter);
    if (this.#waiting === undefined || this.#waiting.size === 0) return;
    const slot = cache.peek(counter.field);
    if (slot !== undefined && fits(slot.mark)) this.resume(counter.field);
  }

  #wait(one: Waiting): void {
    if (this.#over) return one.done({ kind: "disconnect", reason: "ended" });
    this.#waiting ??= new Set();
    this.#waiting.add(one);
  }

  #turnAway(reason: AuditCode, detail: string): Promise<Reception> {
    this.#note(reason, detail);
    return refuse(reason);
  }

  #note(what: AuditCode, detail: string): void {
    const { audit, clock, metrics } = this.#hall;
    metrics.refused(what);
    audit.write({ at: clock.now(), what, ...this.peer, detail });
  }
}
