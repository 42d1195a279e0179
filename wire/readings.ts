/**
 * What SenML records mean here: a pack of one device's readings, and what becomes of a record that
 * is none.
 *
 * Four records describe the pack: `epoch`, `seq`, `battery`, `firmware`; every other one is a
 * reading, named by its metric.
 * What concerns the whole pack (whose it is, its number) refuses it; a single bad record is put
 * aside with its reason.
 * Whether a value or a time is plausible is judged by the doors, not here.
 * @source DESIGN §4.1; spec/clinical.md §2.3–2.4, §4.6 F26–F28
 */
import { cadence } from "./cadence.ts";
import { type Epoch, parseEpoch, type Serial } from "./identity.ts";
import { refuse } from "./json.ts";
import {
  type Flag,
  flags as flagWords,
  type Parsed,
  type QuarantineReason,
  type Reading,
  type ReadingsPack,
  type Rejected,
} from "./messages.ts";
import { type Conversion, isMetric, type MetricRule, metrics } from "./metrics.ts";
import { legible, type RawRecord, type Resolved, resolvePack } from "./senml.ts";
import { Instant, lastInstant } from "./units.ts";

/** Whose pack is expected, and when its last byte came. */
export interface ReadingsContext {
  readonly device: Serial;
  /** Door's clock: the end of the window of a record that names no time. */
  readonly receivedAt: Instant;
}

/** ms: from 2^28 s (July 1978) on a time is absolute, below relative to now; RFC 8428 §4.5.3. */
const absoluteFrom = 2 ** 28 * 1000;
/** A day's window, the longest there is, with room. */
const longestWindow = 7 * 24 * 3_600;
const firmwareShape = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$/;
const known: ReadonlySet<unknown> = new Set(flagWords);

/** A pack as far as it is read. */
interface Draft {
  readonly context: ReadingsContext;
  readonly readings: Reading[];
  readonly rejected: Rejected[];
  epoch?: Epoch;
  seq?: number;
  battery?: number;
  firmware?: string;
  /** Of the battery record, when it is absolute. */
  t?: Instant;
}

/** The pack that decoded SenML records make. */
export function readPack(records: unknown, context: ReadingsContext): Parsed<ReadingsPack> {
  const resolved = resolvePack(records);
  if (resolved.kind === "refused") return resolved;
  const prefix = prefixOf(context.device);
  const draft: Draft = { context, readings: [], rejected: [] };
  for (const record of resolved.value) {
    if (record.kind === "resolved" && !record.name.startsWith(prefix)) {
      return refuse("wrong_device", "a record is named after another device than the topic's");
    }
    const fault =
      record.kind === "faulty"
        ? "invalid_record"
        : take(draft, record, record.name.slice(prefix.length));
    if (fault === "repeated") return refuse("invalid_senml", "the pack gives its number twice");
    if (fault !== undefined) draft.rejected.push({ reason: fault, text: legible(record.raw) });
  }
  const {
    context: { device },
    epoch,
    seq,
    t,
    ...rest
  } = draft;
  if (epoch === undefined || seq === undefined) {
    return refuse("invalid_senml", "the pack has no epoch or no seq, or one that is not valid");
  }
  const dated = t !== undefined && rest.readings.length === 0 ? { t } : {};
  return { kind: "parsed", value: { device, epoch, seq, ...dated, ...rest } };
}

/** The SenML records of a pack, labels in canonical order; `rejected` has none. */
export function writePack(pack: ReadingsPack): readonly RawRecord[] {
  const start = (pack.readings[0]?.t ?? pack.t ?? 0) / 1000;
  const bases = { bn: prefixOf(pack.device), ...(start > 0 && { bt: start }) };
  return [
    { ...bases, n: "epoch", vs: pack.epoch },
    { n: "seq", v: pack.seq },
    ...(pack.battery === undefined ? [] : [{ n: "battery", u: "%EL", v: pack.battery }]),
    ...(pack.firmware === undefined ? [] : [{ n: "firmware", vs: pack.firmware }]),
    ...pack.readings.map((reading) => writeReading(reading, start)),
  ];
}

function prefixOf(device: Serial): string {
  return `urn:dev:vigie:${device}:`;
}

/** Takes one record into the draft, or says why it cannot be kept. */
function take(
  draft: Draft,
  record: Resolved,
  name: string,
): QuarantineReason | "repeated" | undefined {
  switch (name) {
    case "epoch":
      return takeEpoch(draft, record);
    case "seq":
      return takeSeq(draft, record);
    case "battery":
      return takeBattery(draft, record);
    case "firmware":
      if (record.text === undefined || !firmwareShape.test(record.text)) return "invalid_record";
      draft.firmware = record.text;
      return undefined;
    default: {
      const reading = readReading(record, name, draft.context.receivedAt);
      if (typeof reading === "string") return reading;
      draft.readings.push(reading);
      return undefined;
    }
  }
}

function takeEpoch(draft: Draft, { text }: Resolved): "repeated" | "invalid_record" | undefined {
  const epoch = text === undefined ? undefined : parseEpoch(text);
  if (epoch === undefined) return "invalid_record";
  if (draft.epoch !== undefined) return "repeated";
  draft.epoch = epoch;
  return undefined;
}

function takeSeq(draft: Draft, { number }: Resolved): "repeated" | "invalid_record" | undefined {
  if (number === undefined || !isSeq(number)) return "invalid_record";
  if (draft.seq !== undefined) return "repeated";
  draft.seq = number;
  return undefined;
}

function takeBattery(draft: Draft, { number, unit, time }: Resolved): QuarantineReason | undefined {
  if (number === undefined) return "invalid_record";
  if (unit !== "%EL") return "wrong_unit";
  if (number < 0 || number > 100) return "out_of_range";
  draft.battery = number;
  const ms = Math.round(time * 1000);
  if (ms >= absoluteFrom && ms <= lastInstant) draft.t = Instant(ms);
  return undefined;
}

/** Whether `number` is one that a counter gives out: whole, from 1. */
export function isSeq(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= cadence.limits.seqMax;
}

function readReading(
  record: Resolved,
  name: string,
  receivedAt: Instant,
): Reading | QuarantineReason {
  if (name === "" || record.number === undefined) return "invalid_record";
  if (!isMetric(name)) return "unknown_metric";
  const extras = readExtras(record.raw);
  if (extras === undefined) return "invalid_record";
  const rule: MetricRule = metrics[name];
  const { unit } = record;
  const conversion =
    unit !== undefined && Object.hasOwn(rule.accepted, unit) && rule.accepted[unit];
  if (!conversion) return "wrong_unit";
  const value = convert(record.number, conversion);
  if (!Number.isFinite(value)) return "invalid_record";
  if (extras.flags?.includes("clock_lost") === true) return "clock_lost";
  const t = instantOf(record.time, receivedAt);
  return typeof t === "string" ? t : { metric: name, value, t, ...extras };
}

/** Twelve digits: more than any sensor has, few enough to wipe out what binary fractions add. */
function convert(value: number, { factor, offset }: Conversion): number {
  if (factor === 1 && offset === 0) return value + 0; // + 0: never −0
  return Number((value * factor + offset).toPrecision(12)) + 0;
}

/**
 * The end of a window. A time relative to now that lies in the future is what a clock says that
 * counts from its own
 * start: it was never set, and where it stands cannot be known.
 */
function instantOf(seconds: number, receivedAt: Instant): Instant | QuarantineReason {
  // Rounded first: base time and time are added as binary fractions.
  const ms = Math.round(seconds * 1000);
  if (ms > lastInstant) return "clock_ahead";
  if (ms >= absoluteFrom) return Instant(ms);
  if (ms > 0) return "clock_lost";
  return receivedAt + ms < 0 ? "too_late" : Instant(receivedAt + ms);
}

type Extras = Pick<Reading, "window" | "quality" | "flags">;

/** Window, quality and flags; undefined when one of them is not what its label says. */
function readExtras({ d, q, f }: RawRecord): Extras | undefined {
  if (!isWithin(d, longestWindow) || !isWithin(q, 100)) return undefined;
  if (q !== undefined && !Number.isInteger(q)) return undefined;
  const flags = f === undefined ? [] : readFlags(f);
  if (flags === undefined) return undefined;
  return {
    window: Math.round((d ?? 0) * 1000),
    ...(q !== undefined && { quality: q }),
    ...(flags.length > 0 && { flags }),
  };
}

/** Absent, or a number from 0 to `high`. */
function isWithin(value: unknown, high: number): value is number | undefined {
  return value === undefined || (typeof value === "number" && value >= 0 && value <= high);
}

/**
 * A list of flags, or one text with commas; undefined when one is not known: it may say that the
 * value is worthless.
 */
function readFlags(f: unknown): readonly Flag[] | undefined {
  const words: unknown = typeof f === "string" ? f.split(",").map((word) => word.trim()) : f;
  if (!Array.isArray(words) || !words.every(isFlag)) return undefined;
  return [...new Set(words)];
}

function isFlag(word: unknown): word is Flag {
  return known.has(word);
}

function writeReading(reading: Reading, start: number): RawRecord {
  const { metric, value, t, window, quality, flags } = reading;
  const time = Math.round(t - start * 1000) / 1000;
  return {
    ...(window > 0 && { d: window / 1000 }),
    ...(flags !== undefined && { f: flags }),
    n: metric,
    ...(quality !== undefined && { q: quality }),
    ...(time !== 0 && { t: time }),
    u: metrics[metric].unit,
    v: value,
  };
}
