/**
 * The exact shape of every JSON message: which fields, of which kind, within which bounds.
 *
 * @source DESIGN §4.1; bounds from the plan (cadence.ts)
 */
import { cadence } from "./cadence.ts";
import { type Epoch, parseEpoch, parseSerial, type Serial } from "./identity.ts";
import {
  type Alive,
  type Answer,
  type Command,
  type Desired,
  type DeviceEvent,
  type Dropped,
  eventKinds,
  type Power,
  type Receipt,
  type RefusalCode,
  type Reported,
} from "./messages.ts";
import { partsShape, resultShape, treeObjectShape } from "./parts.ts";
import { isNormal, type Ranges } from "./ranges.ts";
import {
  fields,
  fits,
  guarded,
  listOf,
  matching,
  oneOf,
  optional,
  orNull,
  parsed,
  type Shape,
  textOf,
  truth,
  where,
  whole,
} from "./shape.ts";
import { isTopicId } from "./topics.ts";
import { type Instant, lastInstant } from "./units.ts";

const { limits } = cadence;

/** Milliseconds of years 1970–9999, as `Instant` takes them. */
const instant: Shape<Instant> = whole(0, lastInstant);
const epoch: Shape<Epoch> = parsed("1–16 characters of a-z 0-9", parseEpoch);
const serial: Shape<Serial> = parsed("a serial", parseSerial);
const seq = whole(1, limits.seqMax);
/** A number that may also be 0: nothing yet. */
const seqOrNone = whole(0, limits.seqMax);
const quality = whole(0, 100);
const topicId = parsed("1–64 characters A-Z a-z 0-9 . _ -", (id) =>
  isTopicId(id) ? id : undefined,
);
const code = matching("a snake_case code", /^[a-z][a-z0-9_]{0,63}$/);

/** An emergency or a device event. */
export const eventShape = fields<DeviceEvent>({
  id: matching("8–64 characters A-Z a-z 0-9 -", /^[A-Za-z0-9-]{8,64}$/),
  epoch,
  seq,
  kind: oneOf(eventKinds),
  device: serial,
  t: instant,
  quality: optional(quality),
  detail: optional(textOf(256)),
});

/** Ranges of numbers that a full box gave up, each of its own counter. */
const droppedShape: Shape<readonly Dropped[]> = listOf(
  where(
    fields<Dropped>({ epoch, from: seq, to: seq }),
    "not go down",
    ({ from, to }) => from <= to,
  ),
  limits.droppedNamed,
);

/** A merge patch of reported parts. */
export const reportedShape: Shape<Reported> = where(
  fields<Reported>({ epoch, seq, t: instant, parts: partsShape }),
  "give parts.buffer.dropped as a list of {epoch, from, to}",
  ({ parts }) => droppedShape.fault(parts.buffer?.["dropped"] ?? [], "dropped") === undefined,
);

/** What a report declares dropped; nothing when it says nothing of it. */
export function droppedIn(reported: Reported): readonly Dropped[] {
  const dropped: unknown = reported.parts.buffer?.["dropped"];
  return fits(droppedShape, dropped) ? dropped : [];
}

const powers: readonly Power[] = ["mains", "battery"];

/** The heartbeat of a home. */
export const aliveShape = fields<Alive>({
  t: instant,
  sent: listOf(fields({ device: serial, epoch, seq: seqOrNone }), limits.countersPerAlive),
  links: listOf(
    fields({ device: serial, up: truth, heardAt: orNull(instant) }),
    limits.linksPerBox,
  ),
  buffer: fields({ depth: whole(0, Number.MAX_SAFE_INTEGER), oldest: orNull(instant) }),
  power: oneOf(powers),
});

const answerStates: readonly Answer["state"][] = [
  "accepted",
  "done",
  "failed",
  "rejected",
  "applied",
];

/** What became of a command or of a desired leaf. */
export const answerShape = fields<Answer>({
  id: topicId,
  epoch,
  seq,
  t: instant,
  state: oneOf(answerStates),
  code: optional(code),
  result: optional(resultShape),
});

/** Every code that a receipt may name; the type makes forgetting one an error. */
const refusalCodes: Readonly<Record<RefusalCode, true>> = {
  invalid_json: true,
  invalid_cbor: true,
  compressed: true,
  invalid_senml: true,
  invalid_message: true,
  too_deep: true,
  too_many_records: true,
  must_understand: true,
  unsupported_version: true,
  wrong_device: true,
  unknown_device: true,
  conflict: true,
  clock_ahead: true,
  too_late: true,
  clock_lost: true,
};

const refusalCode: Shape<RefusalCode> = guarded(
  "a known refusal code",
  (value): value is RefusalCode => typeof value === "string" && Object.hasOwn(refusalCodes, value),
);

const range: Shape<readonly [number, number]> = guarded(
  "a pair of numbers",
  (value): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((end) => fits(seq, end)),
);

/** The end-to-end receipt. */
export const receiptShape: Shape<Receipt> = where(
  fields<Receipt>({
    epoch,
    upTo: seqOrNone,
    ranges: listOf(range, limits.rangesMax),
    refused: listOf(fields({ seq, code: refusalCode }), limits.refusedNamed),
  }),
  "have ranges that rise above upTo without touching",
  ({ upTo, ranges }: { upTo: number; ranges: Ranges }) => isNormal(ranges, upTo),
);

/** All desired leaves that are outstanding. */
export const desiredShape = fields<Desired>({
  v: whole(0, Number.MAX_SAFE_INTEGER),
  parts: partsShape,
  deadline: optional(instant),
});

/** A command with its deadline. */
export const commandShape = fields<Command>({
  id: topicId,
  name: matching("a plain word", /^[a-z][a-z0-9_-]{0,63}$/),
  args: treeObjectShape,
  deadline: instant,
});
