/**
 * A network in memory: clients on one side, one acceptor (a door, or a broker of a test) on the
 * other, and weather between them. Time is the clock's and chance the random source's, so a seed
 * replays it.
 *
 * It keeps what TCP and MQTT keep (order per direction, acknowledgement only after the acceptor's
 * promise, last will after an end without farewell, one connection per client id) and may break
 * what they do not: see {@link Weather}.
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { Millis } from "#wire/units.ts";

import { type Acceptor, Link } from "./memory-link.ts";
import type { Broker, BrokerConnection, BrokerSession } from "./port.ts";
import { calm, type Weather } from "./weather.ts";

/** How long a client tries to reach a network that does not answer. */
const connectPatience = Millis(30_000);

interface Road {
  weather: Weather;
  isReachable: boolean;
}

/** See {@link MemoryNetwork}. */
export function createMemoryNetwork(ports: { clock: Clock; random: Random }): MemoryNetwork {
  return new MemoryNetwork(ports);
}

/** The network and its weather; where a client id may be named, leaving it out means everybody. */
export class MemoryNetwork {
  /** The clients' side. Addresses are not looked at. */
  readonly broker: Broker = {
    connect: (_address, session) => this.#connect(session),
  };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #roads = new Map<string, Road>();
  readonly #links = new Map<string, Link>();
  readonly #chances = new Map<string, Random>();
  #everybody: Road = { weather: calm, isReachable: true };
  #acceptor: Acceptor | undefined;

  constructor(ports: { clock: Clock; random: Random }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  /** Connections come to `acceptor` from now on; there is one at a time. */
  listen(acceptor: Acceptor): void {
    assert(this.#acceptor === undefined, "one acceptor listens at a time");
    this.#acceptor = acceptor;
  }

  /**
   * The acceptor's process is gone: every connection breaks, none of its sessions is told, none
   * can be made.
   */
  stop(): void {
    this.#acceptor = undefined;
    for (const link of this.#linksOf()) link.orphan();
  }

  /** Changes the weather; what is on its way arrives as it was going to. */
  setWeather(weather: Partial<Weather>, clientId?: string): void {
    this.#change(clientId, (road) => ({ ...road, weather: { ...road.weather, ...weather } }));
  }

  /** Whether new connections can be made; those that exist stay. */
  setReachable(isReachable: boolean, clientId?: string): void {
    this.#change(clientId, (road) => ({ ...road, isReachable }));
  }

  /** Breaks connections; both ends notice at once. */
  cut(clientId?: string): void {
    for (const link of this.#linksOf(clientId)) link.cut("cut");
  }

  /** Nothing passes any more, and neither end is told: each finds out by its keepalive. */
  halfOpen(clientId?: string): void {
    for (const link of this.#linksOf(clientId)) link.freeze();
  }

  /** Client ids that are connected, as their acceptor sees it. */
  connected(): string[] {
    return [...this.#links.keys()];
  }

  async #connect(session: BrokerSession): Promise<BrokerConnection> {
    const { clientId } = session;
    const road = (): Road => this.#roadOf(clientId);
    await this.#clock.sleep(road().weather.latency.high);
    if (!road().isReachable) {
      await this.#clock.sleep(connectPatience);
      throw new Trouble("connection-refused", { retry: "safe", detail: "nobody answers" });
    }
    const acceptor = this.#acceptor;
    if (acceptor === undefined) throw new Trouble("connection-refused", { retry: "safe" });
    const link = new Link(session, {
      clock: this.#clock,
      random: this.#chanceOf(clientId),
      weather: () => road().weather,
      forget: () => {
        if (this.#links.get(clientId) === link) this.#links.delete(clientId);
      },
    });
    this.#links.get(clientId)?.cut("the client id connected again");
    this.#links.set(clientId, link);
    return link.open(acceptor);
  }

  #change(clientId: string | undefined, change: (road: Road) => Road): void {
    if (clientId !== undefined) {
      this.#roads.set(clientId, change(this.#roadOf(clientId)));
      return;
    }
    this.#everybody = change(this.#everybody);
    for (const [id, road] of this.#roads) this.#roads.set(id, change(road));
  }

  #roadOf(clientId: string): Road {
    return this.#roads.get(clientId) ?? this.#everybody;
  }

  #linksOf(clientId?: string): Link[] {
    return [...this.#links].flatMap(([id, link]) => (id === (clientId ?? id) ? [link] : []));
  }

  /** One source per client, so that one client's weather never shifts another's. */
  #chanceOf(clientId: string): Random {
    const known = this.#chances.get(clientId);
    if (known !== undefined) return known;
    const chance = this.#random.fork(clientId);
    this.#chances.set(clientId, chance);
    return chance;
  }
}
