/**
 * The box's program: hears the home, keeps what it hears, tells the cloud, and tells people when it matters.
 */
import type { Broker, BrokerAddress } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import type { Trouble } from "#platform/trouble.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { BoxSerial, Tenant } from "#wire/identity.ts";

import type { BandRadio } from "./band/port.ts";
import type { PostEmergency } from "./emergency-post.ts";
import { outboxLimits } from "./limits.ts";
import type { RecordService } from "./modem/contacts.ts";
import type { Line } from "./modem/line.ts";
import { openOutbox, type Outbox, type Tally } from "./outbox.ts";
import type { Panel } from "./panel/port.ts";
import type { HomeSensors, PowerSource, Screen, TimeSource } from "./ports.ts";
import { openUplink, type Uplink, type UplinkState } from "./uplink.ts";

/** Everything a box is made of. What is optional is missing in some homes, or not of interest to a test. */
export interface BoxDeps {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  /** Of this program. */
  readonly firmware: { readonly version: string; readonly slot: "A" | "B" };
  /** Until the cloud wishes another one. */
  readonly profile: ProfileName;

  /** A database of `outboxSchema`; many simulated boxes may share one. */
  readonly sql: Sql;
  /** The home's own time: everything in it is dated and driven by it. */
  readonly clock: Clock;
  /** The time of the connection to the cloud, where it is another one: a simulated home that catches up. */
  readonly lineClock?: Clock;
  readonly random: Random;
  readonly log: Log;

  readonly broker: Broker;
  readonly address: BrokerAddress;
  /** The second way of emergencies. */
  readonly postEmergency?: PostEmergency;
  /** Who is to be told by SMS. */
  readonly record?: RecordService;
  /** The line to the modem. */
  readonly modem?: Line;

  readonly radio?: BandRadio;
  readonly sensors?: HomeSensors;
  readonly panel?: Panel;
  readonly screen?: Screen;
  readonly power?: PowerSource;
  readonly time?: TimeSource;

  /** The disk fails for good: `database-corrupt` wants the box opened anew. */
  readonly failed?: (trouble: Trouble) => void;
  /** Somebody asked for a restart. */
  readonly restart?: () => void;
}

/** A box that runs. */
export interface Box {
  readonly uplink: UplinkState;
  /** Begins to speak with the cloud, once; until then it keeps what it has to say. */
  connect(): void;
  /** Messages since it was opened, and how many still wait. */
  tally(): Tally & { readonly waiting: number };
  /** Ends: with a farewell or, when `abrupt`, as a cut of power would. */
  close(options?: { abrupt?: boolean }): Promise<void>;
}

/** Opens the box: it hears its home at once. */
export function openBox(deps: BoxDeps): Box {
  return new Program(deps);
}

class Program implements Box {
  readonly #deps: BoxDeps;
  readonly #outbox: Outbox;
  #uplink: Uplink | undefined;

  constructor(deps: BoxDeps) {
    this.#deps = deps;
    this.#outbox = openOutbox({ ...deps, limits: outboxLimits(deps.profile) });
  }

  get uplink(): UplinkState {
    return this.#uplink?.state ?? "waiting";
  }

  connect(): void {
    const { deps } = { deps: this.#deps };
    this.#uplink = openUplink({
      ...deps,
      clock: deps.lineClock ?? deps.clock,
      outbox: this.#outbox,
      status: () => ({ power: deps.power?.state ?? "mains", links: [] }),
    });
  }

  tally(): Tally & { readonly waiting: number } {
    return { ...this.#outbox.tally(), waiting: this.#outbox.depth().depth };
  }

  async close(options: { abrupt?: boolean } = {}): Promise<void> {
    await this.#uplink?.close(options);
  }
}
