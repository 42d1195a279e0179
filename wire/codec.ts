/**
 * Bytes ↔ messages. Whatever the bytes, a decoder answers a message or a refusal; it never throws.
 *
 * Readings are SenML, in JSON or CBOR told by the first byte; everything else is JSON of an exact
 * shape.
 * @source DESIGN §4.1; spec/clinical.md §4.6 F26–F27
 */
import { cadence } from "./cadence.ts";
import { canonical } from "./canonical.ts";
import type { Serial } from "./identity.ts";
import { parseJson, refuse } from "./json.ts";
import type {
  Alive,
  Answer,
  Command,
  Desired,
  DeviceEvent,
  Parsed,
  ReadingsPack,
  Receipt,
  Reported,
} from "./messages.ts";
import { type ReadingsContext, readPack, writePack } from "./readings.ts";
import { looksLikeCbor, parseCbor, writeCbor } from "./senml-cbor.ts";
import type { Shape } from "./shape.ts";
import { fits } from "./shape.ts";
import {
  aliveShape,
  answerShape,
  commandShape,
  desiredShape,
  eventShape,
  receiptShape,
  reportedShape,
} from "./shapes.ts";

/** Who speaks, as the topic or the certificate says. */
export interface Speaker {
  readonly device: Serial;
}

/** Messages that travel as plain JSON. */
export type JsonMessage = DeviceEvent | Reported | Alive | Answer | Receipt | Desired | Command;

const utf8 = new TextEncoder();

/** A pack of readings, JSON or CBOR. */
export function decodeReadings(
  payload: Uint8Array,
  context: ReadingsContext,
): Parsed<ReadingsPack> {
  const records = looksLikeCbor(payload) ? parseCbor(payload) : parseJson(payload);
  return records.kind === "refused" ? records : readPack(records.value, context);
}

/** The bytes of a pack; its `rejected` records are not written. */
export function encodeReadings(pack: ReadingsPack, form: "json" | "cbor"): Uint8Array {
  const records = writePack(pack);
  // The records' labels are in canonical order already.
  return form === "cbor" ? writeCbor(records) : utf8.encode(JSON.stringify(records));
}

/**
 * An event; without a speaker (the HTTPS door, which knows the box) the body says which device it
 * is about.
 */
export function decodeEvent(payload: Uint8Array, speaker?: Speaker): Parsed<DeviceEvent> {
  const event = decode(payload, eventShape, "event");
  if (event.kind === "parsed" && speaker !== undefined && event.value.device !== speaker.device) {
    return refuse("wrong_device", "event.device is another device than the topic's");
  }
  return event;
}

/** A merge patch of reported parts. */
export function decodeReported(payload: Uint8Array, _speaker: Speaker): Parsed<Reported> {
  if (payload.length > cadence.limits.reportedBytes) {
    return refuse("invalid_message", `a report has at most ${cadence.limits.reportedBytes} bytes`);
  }
  return decode(payload, reportedShape, "reported");
}

/** What became of a command or a desired leaf; `id`, where known, is the topic's. */
export function decodeAnswer(
  payload: Uint8Array,
  speaker: Speaker & { readonly id?: string | undefined },
): Parsed<Answer> {
  const answer = decode(payload, answerShape, "answer");
  if (answer.kind === "parsed" && speaker.id !== undefined && answer.value.id !== speaker.id) {
    return refuse("invalid_message", "answer.id is another than the topic's");
  }
  return answer;
}

/** The heartbeat of a home, spoken by its box. */
export function decodeAlive(payload: Uint8Array, speaker: Speaker): Parsed<Alive> {
  const alive = decode(payload, aliveShape, "alive");
  if (alive.kind === "parsed" && alive.value.links.some((link) => link.device === speaker.device)) {
    return refuse("invalid_message", "alive.links names the box itself");
  }
  return alive;
}

/** The end-to-end receipt, at the box. */
export function decodeReceipt(payload: Uint8Array): Parsed<Receipt> {
  return decode(payload, receiptShape, "stored");
}

/** The outstanding desired leaves, at the box. */
export function decodeDesired(payload: Uint8Array): Parsed<Desired> {
  return decode(payload, desiredShape, "desired");
}

/** A command, at the box. */
export function decodeCommand(payload: Uint8Array): Parsed<Command> {
  return decode(payload, commandShape, "command");
}

/** The bytes of any message but readings: canonical JSON. */
export function encodeJson(message: JsonMessage): Uint8Array {
  return utf8.encode(canonical(message));
}

function decode<T>(payload: Uint8Array, shape: Shape<T>, name: string): Parsed<T> {
  const json = parseJson(payload);
  if (json.kind === "refused") return json;
  const { value } = json;
  if (fits(shape, value)) return { kind: "parsed", value };
  return refuse("invalid_message", shape.fault(value, name) ?? `${name} has another shape`);
}
