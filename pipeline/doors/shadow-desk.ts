/**
 * The AWS face on MQTT: boxes ask for shadows of their own devices, and are told what becomes of them.
 *
 * What a box asks is done one after the other, so that two updates keep their order. What others do is told to boxes that
 * have asked to hear it: changes through the face from `tidings`, changes in any other way as the delta they leave.
 * @source spec twins 4A; docs/decisions/0013
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseChange } from "#twins/changes.ts";
import type { Change } from "#twins/document.ts";
import type { Registry } from "#twins/registry-port.ts";
import {
  parseRequest,
  rejected,
  type Rejection,
  shadowLimits,
  tokenOf,
} from "#twins/shadow/request.ts";
import type { ShadowChange, ShadowReply, Shadows } from "#twins/shadow/shadows.ts";
import { parseTidings } from "#twins/shadow/tidings.ts";
import { partOf } from "#twins/shadow/view.ts";
import { type FollowerDeps, followStreams } from "#twins/stream-follower.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { JsonObject } from "#wire/messages.ts";
import {
  parseShadowTopic,
  type ShadowAnswer,
  type ShadowPlace,
  type ShadowRequestKind,
  shadowTopic,
  thingOfFilter,
} from "#wire/shadow-topics.ts";
import { Millis } from "#wire/units.ts";

import type { Peer } from "./link.ts";
import type { Throttle } from "./throttle.ts";

/** A connection, as the shadow service sees it. */
export interface ShadowEar {
  readonly peer: Peer;
  /** Whether the box has subscribed to a filter under which that topic falls. */
  hears(topic: string): boolean;
  tell(topic: string, payload: string): void;
}

/** What it stands on. */
export interface ShadowDeskDeps extends FollowerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly throttle: Throttle;
  readonly shadows: Shadows;
  /** The connection of a box, if this door has it. */
  readonly ear: (box: BoxSerial) => ShadowEar | undefined;
}

type Request = ShadowPlace & { readonly kind: ShadowRequestKind; readonly payload: Uint8Array };

/** See the file. */
export class ShadowDesk {
  readonly #deps: ShadowDeskDeps;
  /** What each connection has asked for and not been answered. */
  readonly #queues = new WeakMap<ShadowEar, { count: number; last: Promise<void> }>();
  /** Deltas to be told, `thing` or `thing~name`. */
  readonly #due = new Map<string, ShadowPlace>();
  readonly #unfollow: readonly (() => void)[];

  constructor(deps: ShadowDeskDeps) {
    this.#deps = deps;
    const { keys } = deps;
    const lose = (): void => undefined;
    this.#unfollow = [
      followStreams(deps, {
        what: "tidings of shadows",
        of: (q) => keys.tidings(q),
        entry: (fields) => this.#tidings(fields),
        lose,
      }),
      followStreams(deps, {
        what: "changes of shadows",
        of: (q) => keys.changes(q),
        entry: (fields) => this.#change(fields),
        lose,
      }),
    ];
  }

  /** Whether a box may listen to a filter. */
  admits({ box, tenant }: Peer, filter: string): boolean {
    const thing = thingOfFilter(filter);
    return thing !== undefined && this.#isBehind({ box, tenant }, thing);
  }

  /** Takes a message; undefined for one that the box may not publish. Resolves when it is done. */
  receive(ear: ShadowEar, topic: string, payload: Uint8Array): Promise<void> | undefined {
    const request = parseShadowTopic(topic);
    if (request === undefined || !this.#isBehind(ear.peer, request.thing)) return undefined;
    const queue = this.#queues.get(ear) ?? { count: 0, last: Promise.resolve() };
    this.#queues.set(ear, queue);
    if (queue.count >= shadowLimits.inFlight) {
      this.#refuse(ear, { ...request, payload }, rejected(429, "Too many requests"));
      return Promise.resolve();
    }
    // The bytes may belong to a larger read; what waits keeps its own.
    const held = { ...request, payload: payload.slice() };
    queue.count += 1;
    queue.last = queue.last.then(async () => {
      await this.#answer(ear, held);
      queue.count -= 1;
    });
    return queue.last;
  }

  close(): void {
    for (const unfollow of this.#unfollow) unfollow();
  }

  #isBehind({ box, tenant }: Peer, thing: Serial): boolean {
    const found = this.#deps.registry.device(thing);
    return found?.box === box && found.tenant === tenant && found.revokedAt === null;
  }

  async #answer(ear: ShadowEar, request: Request): Promise<void> {
    const { clock, throttle, log } = this.#deps;
    const wait = throttle.admit(request.thing, clock.monotonic());
    if (wait > 0) await clock.sleep(Millis(wait));
    try {
      const outcome = await this.#ask(ear.peer, request);
      if (outcome.kind === "rejected") return this.#refuse(ear, request, outcome);
      const token = tokenOf(request.payload);
      const said = token === undefined ? {} : { clientToken: token };
      this.#tell(ear, request, [`${request.kind}/accepted`, { ...outcome.document, ...said }]);
      if ("documents" in outcome) this.#spread(ear, request, outcome);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      log.warn("a shadow cannot be asked for", { code: error.code });
      this.#refuse(ear, request, rejected(500, "Internal service failure"));
    }
  }

  async #ask(
    { box, tenant }: Peer,
    { kind, payload, ...address }: Request,
  ): Promise<ShadowReply | ShadowChange | Rejection> {
    const { shadows } = this.#deps;
    const author = { tenant, by: `aws:${box}`, speaks: { box } };
    if (kind === "get") return shadows.get(address, { tenant, clearance: "device" });
    if (kind === "delete") return shadows.delete(address, author);
    const wanted = parseRequest(payload);
    return wanted.kind === "rejected" ? wanted : shadows.update(address, wanted, author);
  }

  #refuse(ear: ShadowEar, request: Request, { code, message }: Rejection): void {
    const clientToken = tokenOf(request.payload);
    const timestamp = Math.floor(this.#deps.clock.now() / 1000);
    const said = {
      code,
      message,
      timestamp,
      ...(clientToken === undefined ? {} : { clientToken }),
    };
    this.#tell(ear, request, [`${request.kind}/rejected`, said]);
  }

  /** The delta first: it is what the device must act upon. */
  #spread(
    ear: ShadowEar,
    place: ShadowPlace,
    { delta, documents }: Pick<ShadowChange, "delta" | "documents">,
  ): void {
    if (delta !== null) this.#tell(ear, place, ["update/delta", delta]);
    this.#tell(ear, place, ["update/documents", documents]);
  }

  #tell(
    ear: ShadowEar,
    place: ShadowPlace,
    [answer, document]: readonly [ShadowAnswer, JsonObject],
  ): void {
    ear.tell(shadowTopic(place, answer), JSON.stringify(document));
  }

  #earOf(thing: Serial): ShadowEar | undefined {
    const found = this.#deps.registry.device(thing);
    if (found === undefined || found.box === null || found.revokedAt !== null) return undefined;
    return this.#deps.ear(found.box);
  }

  /** Somebody outside the home has written a shadow. */
  #tidings(fields: Readonly<Record<string, string>>): void {
    const tidings = parseTidings(fields);
    const ear = tidings && this.#earOf(tidings.thing);
    if (tidings !== undefined && ear !== undefined) this.#spread(ear, tidings, tidings);
  }

  /** A twin has changed, in whichever way; what the face itself did is told already. */
  #change(fields: Readonly<Record<string, string>>): void {
    const change = parseChange(fields);
    if (change === undefined || this.#earOf(change.id) === undefined) return;
    if (change.by?.startsWith("aws:") === true) return;
    const { id: thing } = change;
    const moved = shadowsOf(change);
    for (const name of moved.length === 0 ? [] : [null, ...moved]) {
      const place = { thing, name };
      if (this.#due.size === 0) queueMicrotask(() => void this.#tellDue());
      this.#due.set(shadowTopic(place, "update/delta"), place);
    }
  }

  async #tellDue(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const [topic, place] of due) {
      const ear = this.#earOf(place.thing);
      if (ear?.hears(topic) !== true) continue;
      try {
        const delta = await this.#deps.shadows.delta(place, ear.peer.tenant);
        if (delta !== null) this.#tell(ear, place, ["update/delta", delta]);
      } catch (error) {
        if (!isTrouble(error)) throw error;
        this.#deps.log.warn("a delta cannot be told", { code: error.code });
      }
    }
  }
}

/** The named shadows that a change moves: parts whose leaves, desired or reported, are others now. */
function shadowsOf({ changed }: Change): readonly string[] {
  const moved = changed.map(({ path }) => {
    const [first = "", second = ""] = path.split("/");
    return first === "desired" ? second : first;
  });
  return [...new Set(moved)].filter((name) => partOf(name) !== undefined && name !== "vitals");
}
