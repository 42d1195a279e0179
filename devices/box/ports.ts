/**
 * What a box touches: each a port, so that the same program runs in a home and on a virtual clock.
 */
import type { Broker, BrokerAddress } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Seal } from "#platform/seal.ts";
import type { Sql } from "#platform/sql/port.ts";
import type { Trouble } from "#platform/trouble.ts";
import type { ProfileName } from "#wire/cadence.ts";
import type { SensorName } from "#wire/gatt.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import type { Power } from "#wire/messages.ts";

import type { BandRadio } from "./band/port.ts";
import type { ScreenModel } from "./display/screen.ts";
import type { PostEmergency } from "./emergency-post.ts";
import type { OutboxLimits } from "./limits.ts";
import type { RecordService } from "./modem/contacts.ts";
import type { Line } from "./modem/line.ts";
import type { Panel } from "./panel/port.ts";

/** Something whose state is known at any time and told when it changes, to one listener. */
export interface Watched<T> {
  readonly state: T;
  onChange(changed: (state: T) => void): void;
}

/** Where the power comes from. A box without a battery never says `battery`. */
export type PowerSource = Watched<Power>;

/** Whether the box's own clock is set by the network's time (NTP). */
export type TimeSource = Watched<"synchronised" | "free">;

/** By what the box reaches the cloud, and how well: dBm, where there is a radio. */
export type Network = Watched<{
  readonly link: "ethernet" | "wifi" | "cellular";
  readonly signal?: number;
}>;

/** What a cuff, meter or scale of the home has said: one value of one characteristic. */
export interface HomeMeasure {
  readonly device: Serial;
  /** `glucoseContext`: what the person told the meter about a measure. */
  readonly sensor: SensorName | "glucoseContext";
  readonly bytes: Uint8Array;
}

/** The cuffs, meters and scales that this box is bonded with. */
export interface HomeSensors {
  readonly devices: readonly Serial[];
  onMeasure(take: (measure: HomeMeasure) => void): void;
}

/** The e-paper. Drawing never throws: a box whose screen is broken goes on. */
export interface Screen {
  draw(model: ScreenModel): void;
}

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
  /** Closes what lies on the disk; open unless given. */
  readonly seal?: Seal;
  /** How much it keeps; what its profile makes of the plan's 72 hours unless given. */
  readonly limits?: OutboxLimits;

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
  readonly network?: Network;
  /** Without it the clock is taken as right. */
  readonly time?: TimeSource;

  /** The disk fails for good: `database-corrupt` wants the box opened anew. */
  readonly failed?: (trouble: Trouble) => void;
  /** Somebody asked for a restart. */
  readonly restart?: () => void;
}
