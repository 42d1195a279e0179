/**
 * MQTT topics, hierarchical, box first: `vigie/v1/{tenant}/{box}/{device}/{channel}`.
 *
 * The shape alone is judged here. Whether a box may speak for a device is the door's question.
 * @source DESIGN §4 topics; catalogue BK-03
 */
import {
  type BoxSerial,
  isBox,
  parseBox,
  parseSerial,
  parseTenant,
  type Serial,
  type Tenant,
} from "./identity.ts";
import type { UpChannel } from "./messages.ts";

/** Where a message comes from, and what it is. */
export interface Topic {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly device: Serial;
  readonly channel: UpChannel;
  /** Of `answer`, and only of it: which command or desired leaf is answered. */
  readonly id?: string;
}

/** A device as the topics name it. */
export interface Address {
  readonly tenant: Tenant;
  readonly box: BoxSerial;
  readonly device: Serial;
}

/** Where a message to a device goes, and what it is. */
export interface DownTopic extends Address {
  readonly channel: "stored" | "desired" | "command";
  /** Of `command`, and only of it. */
  readonly id?: string;
}

/** Longest topic there is; longer text is not looked at. */
const maxLength = 192;
const idShape = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The up topic that `text` spells, or undefined for anything else: wildcards, NUL, empty or extra
 * levels, a
 * heartbeat or a last will that is not the box's own, a box that hangs on another box.
 */
export function parseTopic(text: string): Topic | undefined {
  const levels = levelsOf(text);
  const address = levels && parseAddress(levels);
  if (levels === undefined || address === undefined) return undefined;
  const channel = levels[5];
  if (!isUpChannel(channel)) return undefined;
  if (channel === "answer") {
    const id = levels[6];
    return levels.length === 7 && isTopicId(id) ? { ...address, channel, id } : undefined;
  }
  if (levels.length !== 6) return undefined;
  const ofHome = channel === "alive" || channel === "gone";
  return ofHome && address.device !== address.box ? undefined : { ...address, channel };
}

/**
 * The text of an up topic; throws TypeError when an answer has no id or another channel has one.
 */
export function buildTopic(topic: Topic): string {
  const path = `${prefixOf(topic)}/${topic.channel}`;
  if (topic.channel !== "answer") {
    if (topic.id !== undefined) throw new TypeError("only an answer's topic carries an id");
    return path;
  }
  if (!isTopicId(topic.id)) throw new TypeError("an answer's topic carries an id");
  return `${path}/${topic.id}`;
}

/** The text of a down topic; throws TypeError when a command's id has not the shape of one. */
export function downTopic(
  address: Address,
  leaf: "stored" | "desired" | `command/${string}`,
): string {
  if (leaf !== "stored" && leaf !== "desired" && !isTopicId(leaf.slice("command/".length))) {
    throw new TypeError("a command's topic carries an id of 1–64 characters A-Z a-z 0-9 . _ -");
  }
  return `${prefixOf(address)}/down/${leaf}`;
}

/** The down topic that `text` spells, or undefined for anything else. */
export function parseDown(text: string): DownTopic | undefined {
  const levels = levelsOf(text);
  const address = levels && parseAddress(levels);
  if (levels === undefined || address === undefined || levels[5] !== "down") return undefined;
  const [channel, id] = [levels[6], levels[7]];
  if (levels.length === 7 && (channel === "stored" || channel === "desired")) {
    return { ...address, channel };
  }
  return levels.length === 8 && channel === "command" && isTopicId(id)
    ? { ...address, channel, id }
    : undefined;
}

/**
 * The one filter that a box subscribes to: everything sent down to it and to the devices that hang
 * on it.
 */
export function downFilter(tenant: Tenant, box: BoxSerial): string {
  return `vigie/v1/${tenant}/${box}/+/down/#`;
}

/** Whether `text` may name a command or an answer in a topic. */
export function isTopicId(text: string | undefined): text is string {
  return text !== undefined && idShape.test(text);
}

function levelsOf(text: string): readonly string[] | undefined {
  if (text.length > maxLength) return undefined;
  const levels = text.split("/");
  return levels[0] === "vigie" && levels[1] === "v1" ? levels : undefined;
}

function parseAddress(levels: readonly string[]): Address | undefined {
  const tenant = parseTenant(levels[2] ?? "");
  const box = parseBox(levels[3] ?? "");
  const device = parseSerial(levels[4] ?? "");
  if (tenant === undefined || box === undefined || device === undefined) return undefined;
  return isBox(device) && device !== box ? undefined : { tenant, box, device };
}

function prefixOf({ tenant, box, device }: Address): string {
  return `vigie/v1/${tenant}/${box}/${device}`;
}

const upChannels: ReadonlySet<string> = new Set<UpChannel>([
  "readings",
  "event",
  "reported",
  "alive",
  "gone",
  "answer",
]);

function isUpChannel(level: string | undefined): level is UpChannel {
  return level !== undefined && upChannels.has(level);
}
