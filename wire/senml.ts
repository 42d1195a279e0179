import { cadence } from "./cadence.ts";
/**
 * SenML: records with base fields → records that each say everything about themselves.
 *
 * The values may come from JSON or from CBOR; labels are the JSON ones. Extension labels of Vigie,
 * besides the RFC's:
 * `d` window in seconds, `q` quality 0–100, `f` flags, a list of words or one text with commas.
 * @source RFC 8428 §4; spec/clinical.md §2.4
 */
import { canonical } from "./canonical.ts";
import { isObject, refuse } from "./json.ts";
import type { Parsed, Refused } from "./messages.ts";

/** A record as it is written, whatever its values are. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** One record with the base fields applied. */
export interface Resolved {
  readonly kind: "resolved";
  readonly name: string;
  readonly unit: string | undefined;
  /**
   * Seconds: from 2^28 on since 1970, below that relative to now; 0 when the record names no time.
   */
  readonly time: number;
  /** `v` with the base value; undefined when the value is another one. */
  readonly number: number | undefined;
  /** `vs`. */
  readonly text: string | undefined;
  readonly raw: RawRecord;
}

/** A record that cannot be read; the others of its pack can. */
export interface Faulty {
  readonly kind: "faulty";
  readonly raw: RawRecord;
}

/** The version of SenML that is spoken here. */
const version = 10;
const baseLabels = new Set(["bver", "bn", "bt", "bu", "bv", "bs"]);
const valueLabels = ["v", "vs", "vb", "vd", "s"];
const ownLabels = new Set(["n", "u", ...valueLabels, "t", "ut", "d", "q", "f"]);
const nameShape = /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/;
/** Ours: a long base name would be walked again for each of a thousand records. */
const longestName = 128;

/** Base fields as they stand after the records read so far. */
interface Bases {
  name: string;
  time: number;
  unit: string | undefined;
  value: number;
  version: unknown;
}

/**
 * The records of a pack, resolved in order.
 *
 * @param pack  what JSON or CBOR said: a list of 1 to 1,000 objects
 * @returns a record or a fault for each record that is more than base fields; a refusal when the
 * pack as a whole cannot
 * be read
 */
export function resolvePack(pack: unknown): Parsed<readonly (Resolved | Faulty)[]> {
  if (!Array.isArray(pack)) return refuse("invalid_senml", "a SenML pack is a list of records");
  if (pack.length > cadence.limits.records) {
    return refuse("too_many_records", `a pack has at most ${cadence.limits.records} records`);
  }
  const bases: Bases = { name: "", time: 0, unit: undefined, value: 0, version: undefined };
  const records: (Resolved | Faulty)[] = [];
  for (const raw of pack) {
    if (!isObject(raw)) return refuse("invalid_senml", "a record of the pack is no object");
    const refusal = mustUnderstand(raw) ?? rebase(bases, raw);
    if (refusal !== undefined) return refusal;
    if (saysMore(raw)) records.push(resolve(raw, bases));
  }
  return { kind: "parsed", value: records };
}

/** What a record said, as far as it can be told, in canonical JSON of at most 1 KiB. */
export function legible(raw: RawRecord): string {
  const told: Record<string, unknown> = {};
  for (const [label, value] of Object.entries(raw)) {
    if (baseLabels.has(label) || ownLabels.has(label)) told[label] = tellable(value);
  }
  return cut(canonical(told));
}

function mustUnderstand(raw: RawRecord): Refused | undefined {
  for (const label of Object.keys(raw)) {
    if (label.endsWith("_")) {
      return refuse("must_understand", "a record has a label that must be understood and is not");
    }
  }
  return undefined;
}

/** Takes the base fields of `raw` into `bases`. */
function rebase(bases: Bases, raw: RawRecord): Refused | undefined {
  const { bver, bn, bt, bu, bv, bs } = raw;
  if (bver !== undefined) {
    const refusal = versionRefusal(bver, bases.version);
    if (refusal !== undefined) return refusal;
    bases.version = bver;
  }
  if (!isTextOrAbsent(bn) || !isTextOrAbsent(bu)) {
    return refuse("invalid_senml", "bn and bu must be text");
  }
  if (!isNumberOrAbsent(bt) || !isNumberOrAbsent(bv) || !isNumberOrAbsent(bs)) {
    return refuse("invalid_senml", "bt, bv and bs must be finite numbers");
  }
  if (bn !== undefined) bases.name = bn;
  if (bu !== undefined) bases.unit = bu;
  if (bt !== undefined) bases.time = bt;
  if (bv !== undefined) bases.value = bv;
  return undefined;
}

/** `stated` is the version of the records before, when they gave one. */
function versionRefusal(bver: unknown, stated: unknown): Refused | undefined {
  if (!Number.isInteger(bver)) return refuse("invalid_senml", "bver must be a whole number");
  if (stated !== undefined && bver !== stated) {
    return refuse("invalid_senml", "a pack has one version");
  }
  return Number(bver) > version
    ? refuse("unsupported_version", `SenML is understood up to version ${version}`)
    : undefined;
}

/** Whether a record says more than base fields for the records after it. */
function saysMore(raw: RawRecord): boolean {
  for (const label of Object.keys(raw)) if (ownLabels.has(label)) return true;
  return false;
}

function resolve(raw: RawRecord, bases: Bases): Resolved | Faulty {
  const { n, u, t } = raw;
  if (!isTextOrAbsent(n) || !isTextOrAbsent(u) || !isNumberOrAbsent(t)) {
    return { kind: "faulty", raw };
  }
  const name = n === undefined ? bases.name : bases.name + n;
  if (name.length > longestName || !nameShape.test(name) || !hasOneValue(raw)) {
    return { kind: "faulty", raw };
  }
  return {
    kind: "resolved",
    name,
    unit: u ?? bases.unit,
    time: bases.time + (t ?? 0),
    number: raw.v === undefined ? undefined : raw.v + bases.value,
    text: raw.vs,
    raw,
  };
}

/** Exactly one of the value fields, and of the type that its label says. */
function hasOneValue(
  raw: RawRecord,
): raw is RawRecord & { readonly v?: number; readonly vs?: string } {
  let count = 0;
  for (const label of valueLabels) if (raw[label] !== undefined) count++;
  const { v, vs, vb, s } = raw;
  return (
    count === 1 &&
    isNumberOrAbsent(v) &&
    isTextOrAbsent(vs) &&
    isNumberOrAbsent(s) &&
    (vb === undefined || typeof vb === "boolean")
  );
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isNumberOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || Number.isFinite(value);
}

/** What canonical JSON can say of a label's value; the type's name for the rest. */
function tellable(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(tellable);
  return typeof value === "number" ? String(value) : `(${typeof value})`;
}

/** `text`, or as much of it as 1 KiB of UTF-8 holds. */
function cut(text: string): string {
  const most = cadence.limits.rejectedTextBytes;
  if (text.length * 3 <= most) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(most));
  return text.slice(0, read);
}
