/**
 * A twin is the fold of what was accepted: told anew from the witness's entries, naively, and compared.
 *
 * The naive fold shares no code with the product's: it lists every word that any entry says about any leaf, and takes the
 * latest by (t, epoch, seq). At every instant: the changes of a twin are numbered without a hole or a repeat, and no leaf
 * goes back in time.
 */
import type { Twin } from "#twins/document.ts";
import { canonical } from "#wire/canonical.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

import type { Checker, Complaint, Evidence } from "./evidence.ts";

/** What one entry says about one leaf. */
interface Word {
  readonly part: string;
  readonly path: string;
  readonly value: Json;
  readonly t: number;
  readonly src: string;
  readonly q?: number;
}

/** A word with the entry that it stands in. */
interface Said extends Word {
  readonly entry: StreamEntry;
}

/** What is known of a device once all its entries are read. */
export interface Known {
  /** Latest word by `part/path`. */
  readonly leaves: Map<string, Said>;
  fact: JsonObject | undefined;
}

/** See the file. */
export class TwinChecker implements Checker {
  readonly #evidence: Evidence;
  readonly #wrong: Complaint[] = [];
  /** Revision of each twin by its changes. */
  readonly #revisions = new Map<Serial, number>();
  /** Time of each leaf, `id part/path`, by its changes. */
  readonly #times = new Map<string, number>();
  #seen = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  during(): Promise<readonly Complaint[]> {
    const { changes } = this.#evidence.witness;
    for (const { id, rev, changed } of changes.slice(this.#seen)) {
      const before = this.#revisions.get(id) ?? 0;
      if (rev !== before + 1) this.#wrong.push(`${id} goes from revision ${before} to ${rev}`);
      this.#revisions.set(id, rev);
      for (const { path, t } of changed) this.#notice(`${id} ${path}`, t);
    }
    this.#seen = changes.length;
    return Promise.resolve(this.#wrong);
  }

  async atRest(): Promise<readonly Complaint[]> {
    const { witness, twins, registry } = this.#evidence;
    const known = foldNaively(witness.entries.map(({ entry }) => entry));
    const complaints: Complaint[] = [];
    for (const { serial } of registry.all()) {
      const twin = await twins.read(serial);
      const expected = known.get(serial) ?? { leaves: new Map(), fact: undefined };
      if (twin === null) complaints.push(`${serial} has no twin`);
      else complaints.push(...differences(twin, expected));
      if (twin !== null && twin.rev !== this.#revisions.get(serial)) {
        complaints.push(`${serial} is at revision ${twin.rev}, its changes say otherwise`);
      }
    }
    return complaints;
  }

  #notice(leaf: string, t: number): void {
    if (t < (this.#times.get(leaf) ?? 0)) this.#wrong.push(`${leaf} goes back in time`);
    this.#times.set(leaf, t);
  }
}

/** Everything that the entries say, whatever their order. */
export function foldNaively(entries: Iterable<StreamEntry>): Map<Serial, Known> {
  const all = new Map<Serial, Known>();
  for (const entry of entries) {
    const known: Known = all.get(entry.device) ?? { leaves: new Map(), fact: undefined };
    all.set(entry.device, known);
    const body: JsonObject = JSON.parse(entry.body);
    for (const word of wordsOf(entry, body)) {
      const leaf = `${word.part}/${word.path}`;
      const said = { ...word, entry };
      const held = known.leaves.get(leaf);
      if (held === undefined || isLater(said, held)) known.leaves.set(leaf, said);
    }
    if (entry.channel !== "presence") continue;
    if (known.fact === undefined || numberIn(body, "at") > numberIn(known.fact, "at")) {
      known.fact = body;
    }
  }
  return all;
}

/** How a stored twin differs from what is known. */
export function differences(twin: Twin, known: Known): Complaint[] {
  const expected = documentOf(known);
  const found = new Map(
    Object.entries(twin.parts).map(([name, { reported, meta }]) => [name, { reported, meta }]),
  );
  const complaints: Complaint[] = [];
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [wanted, held] = [expected.get(name), found.get(name)];
    const same = canonical(jsonOf(wanted)) === canonical(jsonOf(held));
    if (!same) complaints.push(`${twin.id} ${name} is not what its entries say`);
  }
  if (canonical(jsonOf(twin.fact)) !== canonical(jsonOf(known.fact))) {
    complaints.push(`${twin.id} holds another presence fact than its entries`);
  }
  return complaints;
}

function isLater(a: Said, b: Said): boolean {
  if (a.t !== b.t) return a.t > b.t;
  if (a.entry.epoch !== b.entry.epoch) return a.entry.epoch > b.entry.epoch;
  return a.entry.seq > b.entry.seq;
}

/** Parts as a twin holds them; the world's leaves are never above one another. */
function documentOf({ leaves }: Known): Map<string, { reported: JsonObject; meta: JsonObject }> {
  const parts = new Map<string, { reported: Record<string, Json>; meta: Record<string, Json> }>();
  for (const { part, path, value, t, src, q, entry } of leaves.values()) {
    const held = parts.get(part) ?? { reported: {}, meta: {} };
    parts.set(part, held);
    const { epoch, seq, receivedAt: r } = entry;
    held.meta[path] = {
      ...{ t, r, epoch, seq, src },
      ...(q === undefined ? {} : { q }),
      ...(value === null ? { gone: true } : {}),
    };
    if (value !== null) held.reported[path] = value;
  }
  return parts;
}

function wordsOf(entry: StreamEntry, body: JsonObject): Word[] {
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

function wordsOfPack({ device }: StreamEntry, body: JsonObject): Word[] {
  const readings = listIn(body, "readings");
  const src = "readings";
  const words: Word[] = [];
  for (const reading of readings) {
    const { metric, value = null, quality, flags } = reading;
    const t = numberIn(reading, "t");
    const isOff = Array.isArray(flags) && flags.includes("off_wrist");
    const q = typeof quality === "number" ? { q: quality } : {};
    if (!isOff) words.push({ part: "vitals", path: String(metric), value, t, src, ...q });
    const tells = isOff || metric === "heart-rate" || metric === "spo2";
    if (tells && device.startsWith("B-")) {
      words.push({ part: "wear", path: "worn", value: !isOff, t, src });
    }
  }
  const times = readings.map((reading) => numberIn(reading, "t"));
  const t = typeof body["t"] === "number" ? body["t"] : Math.max(...times);
  if (!Number.isFinite(t)) return words;
  const { battery, firmware } = body;
  if (battery !== undefined) words.push({ part: "power", path: "battery", value: battery, t, src });
  if (firmware !== undefined) {
    words.push({ part: "firmware", path: "version", value: firmware, t, src });
  }
  return words;
}

const happenings: Readonly<Record<string, Pick<Word, "part" | "path" | "value">>> = {
  off_wrist: { part: "wear", path: "worn", value: false },
  power_lost: { part: "power", path: "source", value: "battery" },
  power_back: { part: "power", path: "source", value: "mains" },
};

function wordsOfEvent(body: JsonObject): Word[] {
  const happening = happenings[String(body["kind"])];
  return happening === undefined ? [] : [{ ...happening, t: numberIn(body, "t"), src: "event" }];
}

function wordsOfReport(body: JsonObject): Word[] {
  const t = numberIn(body, "t");
  return Object.entries(objectIn(body, "parts")).flatMap(([part, patch]) =>
    Object.entries(asObject(patch)).map(([path, value]): Word => ({
      part,
      path,
      value,
      t,
      src: "reported",
    })),
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

function numberIn(object: JsonObject, name: string): number {
  return Number(object[name]);
}

function listIn(object: JsonObject, name: string): JsonObject[] {
  const list = object[name];
  return Array.isArray(list) ? list.map(asObject) : [];
}

function objectIn(object: JsonObject, name: string): JsonObject {
  return asObject(object[name]);
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As plain JSON, without what is undefined. */
function jsonOf(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
