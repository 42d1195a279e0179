/**
 * The doors of a world: real ones, each in a process of its own, behind the network in memory and behind HTTPS.
 *
 * A connection, and a post, come to any door that lives. A door that is killed tells nobody: its connections break.
 */
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import { type Door, type EmergencyAnswer, openDoor } from "#pipeline/doors/door.ts";
import type { AcceptedLink, AcceptedSession } from "#platform/broker/memory-link.ts";
import { createMemoryNetwork, type MemoryNetwork } from "#platform/broker/memory.ts";
import type { Weather } from "#platform/broker/weather.ts";
import type { Random } from "#platform/random/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { cadence } from "#wire/cadence.ts";
import { type BoxSerial, parseBox } from "#wire/identity.ts";
import { Millis, Seconds } from "#wire/units.ts";

import type { CloudSurroundings } from "./cloud.ts";
import type { PostWeather } from "./draw.ts";
import { Mortal } from "./mortal.ts";

/** A door that takes connections. */
interface Open {
  readonly process: Mortal;
  readonly part: Door;
  readonly links: Set<AcceptedLink>;
}

/** How long a post over HTTPS may take. */
const postWithin = Seconds(10);

/** See the file. */
export class Doors {
  readonly network: MemoryNetwork;
  /** What becomes of posts, and how long they take. */
  posts: PostWeather & Pick<Weather, "latency">;
  /** Whether the line of a box leads to the cloud. */
  isReached: (box: BoxSerial) => boolean = () => true;
  readonly #around: CloudSurroundings;
  readonly #random: Random;
  readonly #open = new Map<number, Open>();
  /** How often each place has had a door of another name. */
  readonly #names: number[] = [];
  #lives = 0;

  constructor(around: CloudSurroundings) {
    const { clock, plan } = around;
    this.#around = around;
    this.#random = around.random.fork("doors");
    this.posts = { ...plan.posts, latency: plan.network.latency };
    this.network = createMemoryNetwork({ clock, random: around.random.fork("network") });
    this.network.listen((clientId, link) => this.#accept(clientId, link));
    for (let k = 0; k < plan.doors; k += 1) this.open(k, { renamed: false });
  }

  /** A door begins to listen at place `k`, unless one does; by another name, it is a stranger to the last. */
  open(k: number, { renamed }: { renamed: boolean }): void {
    if (this.#open.has(k)) return;
    this.#lives += 1;
    const name = (this.#names[k] ?? 0) + (renamed ? 1 : 0);
    this.#names[k] = name;
    const { planted, store } = this.#around;
    const process = new Mortal(this.#around.clock);
    const faces = store.connect(process);
    const door = openDoor({
      ...this.#around,
      ...(planted.doorStore?.(faces) ?? faces),
      id: `door-${k}-${name}`,
      clock: process.clock,
      random: this.#random.fork(`life ${this.#lives}`),
    });
    const part = planted.door?.(door) ?? door;
    this.#open.set(k, { process, part, links: new Set() });
    process.clock.every(cadence.presence.sweep, "sweep", () => this.#watch(part.sweep()));
  }

  end(k: number, how: "killed" | "closed"): void {
    const open = this.#open.get(k);
    if (open === undefined) return;
    const { process, part, links } = open;
    this.#open.delete(k);
    if (how === "closed") return this.#watch(part.close().then(() => process.kill()));
    process.kill();
    for (const link of links) link.close("the door was killed");
  }

  /** The second way of emergencies for one box. */
  postFor(box: BoxSerial): PostEmergency {
    const { clock, registry } = this.#around;
    const random = this.#random.fork(`post ${box}`);
    return async (body, key) => {
      const fate = random.next();
      const { latency, lost, unanswered } = this.posts;
      await clock.sleep(Millis(latency.low + random.next() * (latency.high - latency.low)));
      const { promise, resolve, reject } = Promise.withResolvers<EmergencyAnswer>();
      const timer = clock.after(postWithin, "a post", () =>
        reject(new Trouble("https-unreachable", { retry: "ambiguous" })),
      );
      const device = registry.device(box);
      const door = fate >= lost && this.isReached(box) ? this.#any() : undefined;
      if (door !== undefined && device !== undefined) {
        const answer = door.part.emergency({ tenant: device.tenant, box }, body, key);
        if (fate >= lost + unanswered) void answer.then(resolve, reject);
      }
      return postedOf(await promise.finally(() => timer.cancel()));
    };
  }

  #accept(
    clientId: string,
    link: AcceptedLink,
  ): AcceptedSession | { readonly kind: "refused"; readonly code: "not-authorised" } {
    const box = parseBox(clientId);
    const device = box && this.#around.registry.device(box);
    const isKnown = device !== undefined && device.revokedAt === null;
    const door = this.#any();
    if (box === undefined || !isKnown || door?.part.accepting !== true) {
      return { kind: "refused", code: "not-authorised" };
    }
    const { process, part, links } = door;
    const session = part.connect({ tenant: device.tenant, box }, link);
    links.add(link);
    return {
      subscribed: () => session.subscribed(),
      receive: (message) => session.receive(message),
      ended: (how) => {
        links.delete(link);
        if (process.lives) session.ended(how);
      },
    };
  }

  /** Any door that listens. */
  #any(): Open | undefined {
    const open = [...this.#open.values()];
    if (open.length < 2) return open[0];
    return open[this.#random.integer({ low: 0, high: open.length - 1 })];
  }

  #watch(work: Promise<void>): void {
    work.catch(this.#around.failed);
  }
}

/** What the HTTPS door would answer, as a box reads it. */
function postedOf(answer: EmergencyAnswer): Awaited<ReturnType<PostEmergency>> {
  switch (answer.kind) {
    case "stored":
    case "same":
      return { kind: "kept" };
    case "away":
      throw new Trouble("door-unwilling", { retry: "safe" });
    case "conflict":
    case "oversize":
    case "keyless":
    case "mismatch":
    case "refused":
      return { kind: "refused", status: 422 };
    default:
      return answer satisfies never;
  }
}
