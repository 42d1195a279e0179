/**
 * The number of a message that was refused, as well as it can be made out, so that the receipt can
 * name it and no outbox
 * sends it for ever.
 *
 * A message that parses is read where its number stands; of one that does not, the first kilobytes
 * are searched for the
 * way a box writes it. No number is better than a wrong one: what is not plainly there is not
 * given.
 */
import { type Epoch, parseEpoch } from "./identity.ts";
import { isObject, parseJson } from "./json.ts";
import { isSeq } from "./readings.ts";
import { looksLikeCbor, parseCbor } from "./senml-cbor.ts";

/** A counter's name and one of its numbers. */
export interface MessageNumber {
  readonly epoch: Epoch;
  readonly seq: number;
}

/** How much of an unreadable message is searched. */
const searched = 4_096;
const latin1 = new TextDecoder("latin1");

/**
 * The number of `payload`, a message of any channel in JSON or CBOR; undefined when none can be
 * made out.
 */
export function numberOf(payload: Uint8Array): MessageNumber | undefined {
  const cbor = looksLikeCbor(payload);
  const parsed = cbor ? parseCbor(payload) : parseJson(payload);
  if (parsed.kind === "parsed") return numberIn(parsed.value);
  const start = latin1.decode(payload.subarray(0, searched));
  return cbor ? searchCbor(start) : searchJson(start);
}

function numberIn(value: unknown): MessageNumber | undefined {
  if (isObject(value)) return checked(value["epoch"], value["seq"]);
  if (!Array.isArray(value)) return undefined;
  let [epoch, seq]: unknown[] = [];
  for (const record of value) {
    if (!isObject(record)) continue;
    if (names(record, "epoch")) epoch = record["vs"];
    if (names(record, "seq")) seq = record["v"];
  }
  return checked(epoch, seq);
}

function names(record: Readonly<Record<string, unknown>>, name: string): boolean {
  const { n } = record;
  return typeof n === "string" && (n === name || n.endsWith(`:${name}`));
}

function checked(epoch: unknown, seq: unknown): MessageNumber | undefined {
  if (typeof epoch !== "string" || typeof seq !== "number" || !isSeq(seq)) return undefined;
  const parsed = parseEpoch(epoch);
  return parsed === undefined ? undefined : { epoch: parsed, seq };
}

function searchJson(text: string): MessageNumber | undefined {
  const epoch =
    /"n"\s*:\s*"epoch"\s*,\s*"vs"\s*:\s*"([a-z0-9]{1,16})"/.exec(text) ??
    /"epoch"\s*:\s*"([a-z0-9]{1,16})"/.exec(text);
  const seq =
    /"n"\s*:\s*"seq"\s*,\s*"v"\s*:\s*(\d{1,13})(?=\s*[,}])/.exec(text) ??
    /"seq"\s*:\s*(\d{1,13})(?=\s*[,}])/.exec(text);
  return checked(epoch?.[1], Number(seq?.[1]));
}

/** Key 0 (n) with the name, then key 3 (vs) or 2 (v) with the value; a character is a byte. */
function searchCbor(text: string): MessageNumber | undefined {
  const epoch = after(text, "\u0000\u0065epoch\u0003");
  const seq = after(text, "\u0000\u0063seq\u0002");
  if (epoch === undefined || seq === undefined) return undefined;
  const length = epoch.charCodeAt(0) - 0x60;
  const info = seq.charCodeAt(0);
  const width = info < 24 ? 0 : 2 ** (info - 24);
  if (info > 27 || length < 1 || epoch.length <= length || seq.length <= width) return undefined;
  let number = width === 0 ? info : 0;
  for (let at = 1; at <= width; at++) number = number * 256 + seq.charCodeAt(at);
  return checked(epoch.slice(1, 1 + length), number);
}

/** What follows `mark` in `text`. */
function after(text: string, mark: string): string | undefined {
  const at = text.indexOf(mark);
  return at < 0 ? undefined : text.slice(at + mark.length, at + mark.length + 32);
}
