/**
 * The cloud of the world: the real door behind the network in memory, and the real twins processors, each in a process of
 * its own that can be killed, closed or stopped.
 */
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import { type Door, type EmergencyAnswer, openDoor } from "#pipeline/doors/door.ts";
import type { Runner } from "#pipeline/processors/runner.ts";
import { openTwinsProcessor } from "#pipeline/processors/twins.ts";
import type { AcceptedSession, Acceptor } from "#platform/broker/memory-link.ts";
import { createMemoryNetwork, type MemoryNetwork } from "#platform/broker/memory.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { Random } from "#platform/random/port.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import type { Sql } from "#platform/sql/port.ts";
import { isTrouble, Trouble } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import { cadence } from "#wire/cadence.ts";
import { type BoxSerial, parseBox } from "#wire/identity.ts";
import { Millis, Seconds } from "#wire/units.ts";

import type { Plan, PostWeather } from "./draw.ts";
import { Mortal } from "./mortal.ts";
import type { Faces, Store } from "./store.ts";

/** Bugs put in on purpose, to see that they are found. */
export interface Planted {
  readonly door?: (door: Door) => Door;
  /** What the door, or a processor, sees of the store. */
  readonly doorStore?: (store: Faces) => Faces;
  readonly processorStore?: (store: Faces) => Faces;
}

/** What a cloud stands on. */
export interface CloudSurroundings {
  readonly plan: Plan;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly planted: Planted;
  /** Told what no process may throw. */
  readonly failed: (error: unknown) => void;
}

/** A process with what runs in it. */
interface Running<T> {
  readonly process: Mortal;
  readonly part: T;
}

/** How long a post over HTTPS may take. */
const postWithin = Seconds(10);

/** See the file. */
export class Cloud {
  readonly network: MemoryNetwork;
  readonly #around: CloudSurroundings;
  readonly #processors: (Running<Runner> | undefined)[] = [];
  /** Outlives its processes, as a file does. */
  readonly #checkpoints: Sql[] = [];
  #door: Running<Door> | undefined;
  #doorName = 1;
  #lives = 0;

  constructor(around: CloudSurroundings) {
    this.#around = around;
    const { clock, random, plan } = around;
    this.posts = plan.posts;
    this.network = createMemoryNetwork({ clock, random: random.fork("network") });
    this.openDoor({ renamed: false });
    for (let k = 0; k < plan.processors; k += 1) this.openProcessor(k);
  }

  /** A door begins to listen, unless one does. */
  openDoor({ renamed }: { renamed: boolean }): void {
    if (this.#door !== undefined) return;
    if (renamed) this.#doorName += 1;
    const { planted, store } = this.#around;
    const process = new Mortal(this.#around.clock);
    const faces = store.connect(process);
    const door = openDoor({
      ...this.#around,
      ...(planted.doorStore?.(faces) ?? faces),
      id: `door-${this.#doorName}`,
      clock: process.clock,
      random: this.#chance("door"),
    });
    const part = planted.door?.(door) ?? door;
    this.#door = { process, part };
    this.network.listen(this.#acceptor(part));
    process.clock.every(cadence.presence.sweep, "sweep", () => this.#watch(part.sweep()));
  }

  endDoor(how: "killed" | "closed"): void {
    const door = this.#door;
    if (door === undefined) return;
    this.#door = undefined;
    if (how === "killed") door.process.kill();
    else this.#watch(door.part.close().then(() => door.process.kill()));
    this.network.stop();
  }

  /** Processor `k` begins to work, unless it does. */
  openProcessor(k: number): void {
    if (this.#processors[k] !== undefined) return;
    const { planted, store, plan } = this.#around;
    const process = new Mortal(this.#around.clock);
    const faces = store.connect(process);
    const part = openTwinsProcessor({
      ...this.#around,
      ...(planted.processorStore?.(faces) ?? faces),
      owner: `processor-${k}`,
      clock: process.clock,
      checkpoint: (this.#checkpoints[k] ??= openMemorySql()),
      tail: plan.tail,
    });
    this.#processors[k] = { process, part };
    this.#watch(this.#work({ process, part }));
  }

  endProcessor(k: number, how: "killed" | "closed" | "stopped"): void {
    const processor = this.#processors[k];
    if (processor === undefined) return;
    if (how === "stopped") return processor.process.stop();
    this.#processors[k] = undefined;
    if (how === "killed") processor.process.kill();
    else this.#watch(processor.part.close().then(() => processor.process.kill()));
  }

  /** Starts processor `k` again, or lets it go on. */
  healProcessor(k: number): void {
    this.#processors[k]?.process.resume();
    this.openProcessor(k);
  }

  /** What processor `k` has saved. */
  checkpointOf(k: number): Sql | undefined {
    return this.#checkpoints[k];
  }

  /** The second way of emergencies for one box. */
  postFor(box: BoxSerial): PostEmergency {
    const { clock } = this.#around;
    const random = this.#around.random.fork(`post ${box}`);
    return async (body, key) => {
      const fate = random.next();
      const { low, high } = this.#around.plan.network.latency;
      await clock.sleep(Millis(low + random.next() * (high - low)));
      const { lost, unanswered } = this.posts;
      const { promise, resolve, reject } = Promise.withResolvers<EmergencyAnswer>();
      const timer = clock.after(postWithin, "a post", () =>
        reject(new Trouble("https-unreachable", { retry: "ambiguous" })),
      );
      const isHeard = fate >= lost && this.isReached(box);
      const answer = isHeard ? this.#take(box, body, key) : undefined;
      if (fate >= lost + unanswered) void answer?.then(resolve);
      return postedOf(await promise.finally(() => timer.cancel()));
    };
  }

  /** What becomes of posts. */
  posts: PostWeather;
  /** Whether the line of a box leads to the cloud. */
  isReached: (box: BoxSerial) => boolean = () => true;

  #take(box: BoxSerial, body: Uint8Array, key: string): Promise<EmergencyAnswer> | undefined {
    const device = this.#around.registry.device(box);
    if (device === undefined || this.#door === undefined) return undefined;
    return this.#door.part.emergency({ tenant: device.tenant, box }, body, key);
  }

  #acceptor(door: Door): Acceptor {
    const { registry } = this.#around;
    return (clientId, link): AcceptedSession | { kind: "refused"; code: "not-authorised" } => {
      const box = parseBox(clientId);
      const device = box && registry.device(box);
      const isKnown = device !== undefined && device.revokedAt === null;
      if (box === undefined || !isKnown || !door.accepting) {
        return { kind: "refused", code: "not-authorised" };
      }
      const session = door.connect({ tenant: device.tenant, box }, link);
      return {
        subscribed: () => session.subscribed(),
        receive: (message) => session.receive(message),
        ended: (how) => session.ended(how),
      };
    };
  }

  /** Round after round, with a rest in between. */
  async #work({ process, part }: Running<Runner>): Promise<void> {
    while (process.lives) {
      try {
        await part.step();
      } catch (error) {
        if (!isTrouble(error)) throw error;
      }
      await process.clock.sleep(this.#around.plan.round);
    }
  }

  #watch(work: Promise<void>): void {
    work.catch(this.#around.failed);
  }

  #chance(name: string): Random {
    this.#lives += 1;
    return this.#around.random.fork(`${name} ${this.#lives}`);
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
