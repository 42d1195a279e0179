/**
 * The door: boxes connect, speak, and are acknowledged once what they said is durable.
 *
 * Transports (`mqtt.ts`, `https.ts`) bring connections and bytes; everything that has to be decided is decided here, on
 * the ports alone, so that a world on a virtual clock has the same door as a clinic.
 *
 * @source DESIGN §5 doors and stream; catalogue BK-01 … BK-20
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { Random } from "#platform/random/port.ts";
import type { Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import type { Keys } from "#twins/keys.ts";
import type { RegisteredDevice, Registry } from "#twins/registry-port.ts";
import { createShadows } from "#twins/shadow/shadows.ts";
import { createTwinStore } from "#twins/store.ts";
import type { BoxSerial, Epoch } from "#wire/identity.ts";
import { parseBox } from "#wire/identity.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";

import { type Audit, type AuditLine, openAudit } from "./audit.ts";
import { Committer } from "./committer.ts";
import { createDoorMetrics, type DoorMetrics } from "./door-metrics.ts";
import { Down } from "./down.ts";
import type { Source } from "./draft.ts";
import { type EmergencyAnswer, takeEmergency } from "./emergency.ts";
import { Holders } from "./holders.ts";
import type { DoorSession, Link, Peer } from "./link.ts";
import { counterOf, MarkCache } from "./mark-cache.ts";
import { followNotices } from "./notices.ts";
import { Presence } from "./presence.ts";
import { Holdings, Pressure } from "./pressure.ts";
import { Receipts } from "./receipts.ts";
import { type Hall, Session } from "./session.ts";
import { ShadowDesk } from "./shadow-desk.ts";
import { Announcement } from "./task.ts";
import { Throttle } from "./throttle.ts";
import { adoptWatch, createWatch, type Ending, seeBox } from "./watch.ts";

export type { EmergencyAnswer } from "./emergency.ts";
export type { DoorSession, Link, Message, Peer, Reception } from "./link.ts";

/** What a door stands on. `id` names it among the doors of a state, and is the same after a restart. */
export interface DoorDeps {
  readonly id: string;
  readonly cells: Cells;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether boxes may speak to the AWS face. */
  readonly compat?: { readonly aws: boolean };
  /** When homes and devices are late and silent; those of the plan unless told. */
  readonly rules?: PresenceRules | undefined;
}

/** A way into the cloud. */
export interface Door {
  /** Takes a connection whose peer is known; the box's older one is closed. */
  connect(peer: Peer, link: Link): DoorSession;
  /** Whether a box may listen to a filter of the shadow service; absent where there is none. */
  admitsShadow?(peer: Peer, filter: string): boolean;
  /** Takes an event that was posted over HTTPS. */
  emergency(
    peer: Peer,
    body: Uint8Array,
    idempotencyKey: string | undefined,
  ): Promise<EmergencyAnswer>;
  /** What time alone changes; to be called every 5 s. */
  sweep(): Promise<void>;
  /** Whether new connections are taken: not while the door holds all that it may. */
  readonly accepting: boolean;
  /** Why the store cannot be written to, as a code; undefined when it can. */
  readonly trouble: string | undefined;
  /** Writes down who was turned away before there was a session, and counts it. */
  turnedAway(line: Omit<AuditLine, "at">): void;
  /** Closes every connection; what was not acknowledged is left to its box. */
  close(): Promise<void>;
}

/** Opens a door. */
export function openDoor(deps: DoorDeps): Door {
  return new OpenDoor(deps);
}

class OpenDoor implements Door {
  readonly #deps: DoorDeps;
  readonly #hall: Hall;
  readonly #sessions = new Map<BoxSerial, Session>();
  /** Connected boxes of which other doors have not been told yet. */
  readonly #unannounced = new Set<BoxSerial>();
  readonly #presence: Presence;
  readonly #holders: Holders;
  readonly #pressure = new Pressure();
  readonly #holdings = new Holdings();
  readonly #metrics: DoorMetrics;
  readonly #audit: Audit;
  readonly #unwatch: () => void;
  readonly #unfollow: () => void;
  #sweeping = false;

  constructor(deps: DoorDeps) {
    this.#deps = deps;
    const { clock, registry, keys } = deps;
    this.#metrics = createDoorMetrics(deps.metrics, {
      sessions: () => this.#sessions.size,
      held: () => this.#holdings.messages,
    });
    const metrics = this.#metrics;
    this.#audit = openAudit({ ...deps, lost: () => metrics.auditLost() });
    const cache = new MarkCache(deps);
    const observe: DoorMetrics["committed"] = (units, took) => metrics.committed(units, took);
    const committer = new Committer({ ...deps, cache, observe });
    const taken = (box: BoxSerial): void => this.#handOver(box);
    this.#presence = new Presence({ ...deps, committer, taken });
    this.#holders = new Holders({ ...deps, committer });
    const throttle = new Throttle();
    this.#hall = {
      keys,
      registry,
      clock,
      cache,
      committer,
      metrics,
      throttle,
      pressure: this.#pressure,
      holdings: this.#holdings,
      receipts: new Receipts({ clock, cache, sent: () => metrics.receipt() }),
      down: new Down({
        ...deps,
        commands: createCommandStore(deps),
        ear: (box) => this.#sessions.get(box),
        known: ({ id, links, presence }) => {
          if (links.box !== null) this.#presence.expect(links.box, id, presence.expectEvery);
        },
        count: (what) => metrics.told(what),
      }),
      shadows: deps.compat?.aws === true ? this.#openShadows(deps, throttle) : undefined,
      audit: this.#audit,
      look: (watch) => this.#presence.look(watch),
      ended: (session, how) => this.#ended(session, how),
    };
    const { down } = this.#hall;
    this.#unwatch = registry.watch(({ kind, device }) => {
      if (kind !== "linked") this.#revoke(device);
      down.look(device.serial);
    });
    this.#unfollow = followNotices(deps, {
      notice: (device) => down.look(device),
      lose: () => {
        for (const box of this.#sessions.keys()) down.listen(box);
      },
    });
  }

  get accepting(): boolean {
    return !this.#holdings.full;
  }

  get trouble(): string | undefined {
    return this.#hall.committer.trouble?.code;
  }

  connect(peer: Peer, link: Link): DoorSession {
    const { box } = peer;
    const now = this.#deps.clock.now();
    const older = this.#sessions.get(box);
    const watch = this.#presence.of(box) ?? createWatch(peer, now);
    seeBox(watch, now);
    watch.ended = undefined;
    this.#presence.watch(watch);
    const session = new Session(this.#hall, { peer, link, watch });
    this.#sessions.set(box, session);
    if (older !== undefined) this.#note({ what: "superseded", ...peer });
    older?.close("superseded");
    this.#metrics.connected();
    this.#note({ what: "connected", ...peer });
    this.#presence.look(watch);
    void this.#announce(box);
    return session;
  }

  admitsShadow(peer: Peer, filter: string): boolean {
    return this.#hall.shadows?.admits(peer, filter) === true;
  }

  emergency(
    peer: Peer,
    body: Uint8Array,
    idempotencyKey: string | undefined,
  ): Promise<EmergencyAnswer> {
    const changed = (source: Source, epoch: Epoch): void => {
      const session = this.#sessions.get(peer.box);
      const counter = counterOf(source.partition, source.owner, epoch);
      if (session !== undefined) this.#hall.receipts.owe(session, source.device, counter);
    };
    return takeEmergency({ ...this.#hall, changed }, peer, { body, idempotencyKey });
  }

  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      this.#sweepHere();
      await this.#sweepStore();
    } catch (error) {
      // The store is away: the committer says so, and the next sweep tries again.
      if (!isTrouble(error)) throw error;
    } finally {
      this.#sweeping = false;
    }
  }

  turnedAway(line: Omit<AuditLine, "at">): void {
    this.#metrics.refused(line.what);
    this.#note(line);
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#unfollow();
    this.#hall.down.close();
    this.#hall.shadows?.close();
    this.#hall.receipts.close();
    for (const session of this.#sessions.values()) session.close("ended");
    this.#sessions.clear();
    await this.#hall.committer.close();
  }

  #openShadows(deps: DoorDeps, throttle: Throttle): ShadowDesk {
    const twins = createTwinStore(deps);
    const writer = createTwinWriter({ ...deps, store: twins });
    const shadows = createShadows({ ...deps, twins, writer });
    return new ShadowDesk({ ...deps, throttle, shadows, ear: (box) => this.#sessions.get(box) });
  }

  /** What needs no store: news that time has made, numbers in flight, boxes that sleep. */
  #sweepHere(): void {
    const { committer, throttle, down } = this.#hall;
    down.sweep();
    throttle.sweep(this.#deps.clock.monotonic());
    for (const session of this.#sessions.values()) {
      for (const { counter, seq, told } of session.claims()) {
        committer.submit(new Announcement(counter, seq, told));
      }
    }
    for (const box of this.#presence.sweep()) {
      if (this.#sessions.has(box)) continue;
      this.#presence.leave(box);
      this.#holders.release(box);
    }
    for (const box of this.#unannounced) void this.#announce(box);
  }

  async #sweepStore(): Promise<void> {
    if (this.#pressure.measure(await this.#deps.cells.memory())) {
      for (const session of this.#sessions.values()) session.resume(undefined);
    }
    const isHeld = (box: BoxSerial): boolean => this.#presence.of(box) !== undefined;
    for (const box of await this.#holders.taken(isHeld)) this.#handOver(box);
    const strayed = await this.#holders.strayed(() => this.#presence.settled());
    for (const box of strayed) this.#handOver(box);
    const now = this.#deps.clock.now();
    for (const { box, heldUntil } of await this.#holders.beat(isHeld)) {
      const found = this.#deps.registry.device(box);
      if (found === undefined || isHeld(box)) continue;
      this.#presence.watch(adoptWatch({ tenant: found.tenant, box }, now, heldUntil));
    }
  }

  async #announce(box: BoxSerial): Promise<void> {
    this.#unannounced.delete(box);
    try {
      await this.#holders.announce(box);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (this.#sessions.has(box)) this.#unannounced.add(box);
    }
  }

  /** Another door has the box now. */
  #handOver(box: BoxSerial): void {
    this.#presence.leave(box);
    const session = this.#sessions.get(box);
    this.#sessions.delete(box);
    if (session !== undefined) this.#note({ what: "superseded", ...session.peer });
    session?.close("superseded");
  }

  #ended(session: Session, how: Ending): void {
    const { peer, watch } = session;
    if (this.#sessions.get(peer.box) !== session) return;
    this.#sessions.delete(peer.box);
    this.#unannounced.delete(peer.box);
    watch.ended = how;
    this.#note({ what: "ended", ...peer, detail: how });
    this.#presence.look(watch);
  }

  /** Its certificate counts no more: the device is revoked, or has been enrolled anew. */
  #revoke({ serial }: RegisteredDevice): void {
    const box = parseBox(serial);
    const session = box === undefined ? undefined : this.#sessions.get(box);
    if (session === undefined) return;
    this.#note({ what: "revoked", ...session.peer });
    session.close("revoked", "revoked");
  }

  #note(line: Omit<AuditLine, "at">): void {
    this.#audit.write({ at: this.#deps.clock.now(), ...line });
  }
}
