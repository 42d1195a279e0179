/**
 * A stream entry: one accepted message as it travels from a door to the processors.
 *
 * `body` is canonical JSON (keys sorted, no spaces) of the parsed message without what the other fields say:
 * `readings` `{battery?, firmware?, readings:[Reading…]}`, `event` DeviceEvent, `reported` `{t, parts}`, `answer` Answer,
 * `presence` PresenceFact. `receivedAt` is the door's clock. `presence` entries carry epoch "door" and seq 0.
 */
import { canonical } from "./canonical.ts";
import {
  type BoxSerial,
  type Epoch,
  ofDoors,
  parseBox,
  parseEpoch,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "./identity.ts";
import type { EntryChannel, Power, Reading } from "./messages.ts";
import { Instant } from "./units.ts";

export interface StreamEntry {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly device: Serial;
  readonly channel: EntryChannel;
  readonly epoch: Epoch;
  readonly seq: number;
  readonly receivedAt: Instant;
  readonly body: string;
}

/** The entry of a presence fact; it carries the doors' epoch, and no number. */
export function presenceEntry(
  of: Pick<StreamEntry, "tenant" | "box" | "device">,
  fact: PresenceFact,
): StreamEntry {
  const body = canonical(fact);
  return { ...of, channel: "presence", epoch: ofDoors, seq: 0, receivedAt: fact.at, body };
}

/** An entry as the fields of a stream. */
export function encodeEntry(entry: StreamEntry): Record<string, string> {
  return {
    tenant: entry.tenant,
    box: entry.box,
    device: entry.device,
    channel: entry.channel,
    epoch: entry.epoch,
    seq: String(entry.seq),
    receivedAt: String(entry.receivedAt),
    body: entry.body,
  };
}

/** The entry that the fields of a stream hold, or undefined when they are not those of one. */
export function parseEntry(fields: Readonly<Record<string, string>>): StreamEntry | undefined {
  const { channel = "", body } = fields;
  const speaker = parseSpeaker(fields);
  const seq = Number(fields["seq"]);
  const receivedAt = Number(fields["receivedAt"]);
  if (speaker === undefined || !isEntryChannel(channel) || body === undefined) return undefined;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(receivedAt) || receivedAt < 0) {
    return undefined;
  }
  return { ...speaker, channel, seq, receivedAt: Instant(receivedAt), body };
}

function parseSpeaker(
  fields: Readonly<Record<string, string>>,
): Pick<StreamEntry, "tenant" | "box" | "device" | "epoch"> | undefined {
  const tenant = parseTenant(fields["tenant"] ?? "");
  const box = parseBox(fields["box"] ?? "");
  const device = parseSerial(fields["device"] ?? "");
  const epoch = parseEpoch(fields["epoch"] ?? "");
  if (tenant === undefined || box === undefined || device === undefined) return undefined;
  return epoch === undefined ? undefined : { tenant, box, device, epoch };
}

const entryChannels: ReadonlySet<string> = new Set<EntryChannel>([
  "readings",
  "event",
  "reported",
  "answer",
  "presence",
]);

function isEntryChannel(text: string): text is EntryChannel {
  return entryChannels.has(text);
}

/** Body of a `readings` entry. */
export interface ReadingsBody {
  /** What `battery` and `firmware` date from, when the pack says so; else its latest reading. */
  readonly t?: Instant;
  readonly battery?: number;
  readonly firmware?: string;
  readonly readings: readonly Reading[];
}

/**
 * What a door knows of a device's presence, written on a transition only, never per heartbeat.
 *
 * The state at any later instant is a pure function of the last fact and the clock
 * (`twins/presence.ts`).
 */
export interface PresenceFact {
  /** Door's clock, when this became true. */
  readonly at: Instant;
  /**
   * A box: `heard` while heartbeats come (its `heardAt` then is "at or after `at`"), `late` and
   * `silent` when 45 s and 90 s have passed without one. A wristband: `heard` with the `heardAt`
   * the box gave and whether the link is up.
   */
  readonly state: "heard" | "late" | "silent";
  /**
   * Since when the device has been so without a break, as far as the door knows; absent when that is `at`.
   */
  readonly since?: Instant;
  /** Last time anything was heard of the device, door's clock; null when never. */
  readonly heardAt: Instant | null;
  /**
   * Box only: how the connection ended, when it has: its own farewell, its last will, a cut, a
   * revocation.
   */
  readonly ended?: "farewell" | "will" | "cut" | "revoked";
  /** Box only, as its last heartbeat said. */
  readonly power?: Power;
  /**
   * Box only: messages waiting, and the instant of the oldest; a backlog older than 2 min makes it
   * `returned`.
   */
  readonly buffer?: { readonly depth: number; readonly oldest: Instant | null };
  /** Wristband only: whether its box hears it now. */
  readonly up?: boolean;
  /** The box's clock is more than 2 min away from the door's. */
  readonly clockOff?: boolean;
}
