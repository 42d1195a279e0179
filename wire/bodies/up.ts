/**
 * What a wristband says to its box, as bytes: the body of one data frame.
 *
 * ```
 * 0 kind, and 0x80 when the time counts from the wristband's start | t count | … by kind
 * ```
 * A wristband knows the time once its box has told it. What it says before that is dated since its
 * start, which is where its epoch on the radio began; `clock` then says when that was.
 * @source catalogue WB-06, WB-33, WB-34; spec/clinical.md F08, F09
 */
import { type BodyReader, type BodyWriter, createBodyReader, createBodyWriter } from "./bytes.ts";
import { readLeaves, writeLeaves } from "./leaf.ts";
import {
  type AnswerBody,
  bandAnswers,
  bandCauses,
  bandEvents,
  bandFlaws,
  bandMetrics,
  type BandReading,
  type BodyRefused,
  type EventBody,
  type Moment,
  type ReadingsBody,
  type SettledBody,
  type UpBody,
  type UpdateBody,
  updateStates,
} from "./up-body.ts";

const kinds = ["readings", "event", "reported", "settled", "answer", "update", "clock"] as const;
const sinceStart = 0x80;
/** Steps come whole, all else in tenths. */
const scale = { "heart-rate": 10, spo2: 10, steps: 1 } as const;

/** The bytes of a body; what does not fit into a frame is a RangeError. */
export function encodeUp(body: UpBody): Uint8Array {
  const writer = createBodyWriter();
  writer.byte(kinds.indexOf(body.kind) + (body.t.clock === "start" ? sinceStart : 0));
  writer.count(body.t.ms);
  writeRest(writer, body);
  return writer.body();
}

function writeRest(writer: BodyWriter, body: UpBody): void {
  switch (body.kind) {
    case "readings":
      writer.byte(body.battery);
      writer.text(body.firmware);
      body.readings.forEach((reading) => writeReading(writer, reading, body.t.ms));
      break;
    case "event":
      writer.byte(bandEvents.indexOf(body.event));
      writer.count(body.number);
      writer.byte(bandCauses.indexOf(body.cause));
      writer.byte(body.quality);
      break;
    case "reported":
      writeLeaves(writer, body.leaves);
      break;
    case "settled":
      writer.count(body.v);
      body.leaves.forEach(({ path, code }) => {
        writer.text(path);
        writer.text(code ?? "");
      });
      break;
    case "answer":
      writer.text(body.id);
      writer.byte(bandAnswers.indexOf(body.state));
      writer.text(body.code);
      writeLeaves(writer, body.result);
      break;
    case "update":
      writer.count(body.image);
      writer.byte(updateStates.indexOf(body.state));
      writer.count(body.have);
      writer.text(body.code);
      break;
    case "clock":
      writer.count(body.wall);
  }
}

function writeReading(writer: BodyWriter, reading: BandReading, end: number): void {
  const flaw = reading.flaw === undefined ? 0 : bandFlaws.indexOf(reading.flaw) + 1;
  writer.byte(bandMetrics.indexOf(reading.metric) + 16 * flaw);
  writer.count(Math.round(reading.value * scale[reading.metric]));
  writer.byte(reading.quality);
  writer.count(reading.window);
  writer.count(end - reading.t);
}

/** The body that bytes are, or why they are none; never throws. */
export function decodeUp(bytes: Uint8Array): UpBody | BodyRefused {
  const reader = createBodyReader(bytes);
  const head = reader.byte();
  const kind = kinds[head % sinceStart];
  if (kind === undefined) return { kind: "refused", fault: "unknown" };
  const t: Moment = { ms: reader.count(), clock: head >= sinceStart ? "start" : "wall" };
  const body = readRest(reader, kind, t);
  if (body === undefined || !reader.sound() || reader.more()) {
    return { kind: "refused", fault: "malformed" };
  }
  return body;
}

function readRest(reader: BodyReader, kind: (typeof kinds)[number], t: Moment): UpBody | undefined {
  switch (kind) {
    case "readings":
      return readReadings(reader, t);
    case "event":
      return readEvent(reader, t);
    case "reported": {
      const leaves = readLeaves(reader);
      return leaves && { kind, t, leaves };
    }
    case "settled":
      return readSettled(reader, t);
    case "answer":
      return readAnswer(reader, t);
    case "update":
      return readUpdate(reader, t);
    case "clock":
      break;
  }
  if (t.clock !== "start") return undefined;
  return { kind, t: { ms: t.ms, clock: t.clock }, wall: reader.count() };
}

function readReadings(reader: BodyReader, t: Moment): ReadingsBody | undefined {
  const battery = reader.byte();
  const firmware = reader.text();
  const readings: BandReading[] = [];
  while (reader.more()) {
    const reading = readReading(reader, t.ms);
    if (reading === undefined || !reader.sound()) return undefined;
    readings.push(reading);
  }
  if (battery > 100) return undefined;
  return { kind: "readings", t, battery, firmware, readings };
}

function readReading(reader: BodyReader, end: number): BandReading | undefined {
  const what = reader.byte();
  const metric = bandMetrics[what % 16];
  const flawed = what >= 16;
  const flaw = bandFlaws[Math.floor(what / 16) - 1];
  if (metric === undefined || (flawed && flaw === undefined)) return undefined;
  const value = reader.count() / scale[metric];
  const quality = reader.byte();
  const window = reader.count();
  const t = end - reader.count();
  if (quality > 100 || t < 0) return undefined;
  const reading = { metric, value, t, window, quality };
  return flaw === undefined ? reading : { ...reading, flaw };
}

function readEvent(reader: BodyReader, t: Moment): EventBody | undefined {
  const event = bandEvents[reader.byte()];
  const number = reader.count();
  const cause = bandCauses[reader.byte()];
  const quality = reader.byte();
  if (event === undefined || cause === undefined || number < 1 || quality > 100) return undefined;
  return { kind: "event", t, event, number, cause, quality };
}

function readSettled(reader: BodyReader, t: Moment): SettledBody | undefined {
  const v = reader.count();
  const leaves: { path: string; code?: string }[] = [];
  while (reader.more()) {
    const path = reader.text();
    const code = reader.text();
    if (path === "" || !reader.sound()) return undefined;
    leaves.push(code === "" ? { path } : { path, code });
  }
  return { kind: "settled", t, v, leaves };
}

function readAnswer(reader: BodyReader, t: Moment): AnswerBody | undefined {
  const id = reader.text();
  const state = bandAnswers[reader.byte()];
  const code = reader.text();
  const result = readLeaves(reader);
  if (id === "" || state === undefined || result === undefined) return undefined;
  return { kind: "answer", t, id, state, code, result };
}

function readUpdate(reader: BodyReader, t: Moment): UpdateBody | undefined {
  const image = reader.count();
  const state = updateStates[reader.byte()];
  const have = reader.count();
  const code = reader.text();
  return state && { kind: "update", t, image, state, have, code };
}
