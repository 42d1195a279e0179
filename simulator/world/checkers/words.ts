/**
 * What entries say of twins, word by word: the rules of the wire told once more, on purpose, for the naive fold.
 */
import type { StreamEntry } from "#wire/entry.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

/** What one entry says about one leaf. */
export interface Word {
  readonly part: string;
  readonly path: string;
  readonly value: Json;
  readonly t: number;
  readonly src: string;
  readonly q?: number;
}

/** Every word that an entry says. */
export function wordsOf(entry: StreamEntry, body: JsonObject): Word[] {
  switch (entry.channel) {
    case "readings":
      return wordsOfPack(entry, body);
    case "event":
      return wordsOfEvent(body);
    case "reported":
      return wordsOfReport(body);
    case "presence":
      return wordsOfFact(entry, body);
    case "answer":
      return [];
    default:
      return entry.channel satisfies never;
  }
}

/** A pulse proves a wrist; steps counted on none are told, and mean nothing. */
function wordsOfPack({ device }: StreamEntry, body: JsonObject): Word[] {
  const readings = listIn(body, "readings");
  const words = readings.flatMap((reading) => wordsOfReading(reading, device.startsWith("B-")));
  const times = readings.map((reading) => numberIn(reading, "t"));
  const { t = Math.max(...times), battery, firmware } = body;
  if (typeof t !== "number" || !Number.isFinite(t)) return words;
  const dated = { t, src: "readings" };
  if (battery !== undefined) {
    words.push({ part: "power", path: "battery", value: battery, ...dated });
  }
  if (firmware !== undefined) {
    words.push({ part: "firmware", path: "version", value: firmware, ...dated });
  }
  return words;
}

function wordsOfReading(reading: JsonObject, isWorn: boolean): Word[] {
  const { value = null, quality, flags } = reading;
  const metric = textIn(reading, "metric");
  const said = { t: numberIn(reading, "t"), src: "readings" };
  const isOff = Array.isArray(flags) && flags.includes("off_wrist");
  const q = typeof quality === "number" ? { q: quality } : {};
  const words: Word[] = isOff ? [] : [{ part: "vitals", path: metric, value, ...said, ...q }];
  const tells = isOff || metric === "heart-rate" || metric === "spo2";
  if (isWorn && tells) words.push({ part: "wear", path: "worn", value: !isOff, ...said });
  return words;
}

const happenings: Readonly<Record<string, Pick<Word, "part" | "path" | "value">>> = {
  off_wrist: { part: "wear", path: "worn", value: false },
  power_lost: { part: "power", path: "source", value: "battery" },
  power_back: { part: "power", path: "source", value: "mains" },
};

function wordsOfEvent(body: JsonObject): Word[] {
  const happening = happenings[textIn(body, "kind")];
  return happening === undefined ? [] : [{ ...happening, t: numberIn(body, "t"), src: "event" }];
}

function wordsOfReport(body: JsonObject): Word[] {
  const t = numberIn(body, "t");
  return Object.entries(objectIn(body, "parts")).flatMap(([part, patch]) =>
    leavesOf(patch).map(([path, value]): Word => ({ part, path, value, t, src: "reported" })),
  );
}

/** Objects are branches, everything else is a leaf. */
function leavesOf(patch: Json | undefined, above = ""): [path: string, value: Json][] {
  return Object.entries(asObject(patch)).flatMap(([name, value]) =>
    isObject(value) ? leavesOf(value, `${above}${name}/`) : [[`${above}${name}`, value]],
  );
}

function wordsOfFact({ device }: StreamEntry, body: JsonObject): Word[] {
  const { state, ended, power, buffer, up } = body;
  const t = numberIn(body, "at");
  const src = "presence";
  const link = (isUp: boolean): Word => {
    return { part: "radio", path: "link", value: isUp ? "up" : "down", t, src };
  };
  if (!device.startsWith("X-")) return typeof up === "boolean" ? [link(up)] : [];
  const words = [link(state === "heard" && ended === undefined)];
  if (power !== undefined) words.push({ part: "power", path: "source", value: power, t, src });
  if (buffer === undefined) return words;
  const { depth = null, oldest = null } = asObject(buffer);
  words.push({ part: "buffer", path: "depth", value: depth, t, src });
  words.push({ part: "buffer", path: "oldest", value: oldest, t, src });
  return words;
}

/** The number under a name; NaN when there is none. */
export function numberIn(object: JsonObject, name: string): number {
  return Number(object[name]);
}

function textIn(object: JsonObject, name: string): string {
  const text = object[name];
  return typeof text === "string" ? text : "";
}

function listIn(object: JsonObject, name: string): JsonObject[] {
  const list = object[name];
  return Array.isArray(list) ? list.map(asObject) : [];
}

function objectIn(object: JsonObject, name: string): JsonObject {
  return asObject(object[name]);
}

/** The value as an object; an empty one when it is none. */
export function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
