import { isObject } from "#twins/leaves.ts";
/**
 * A twin's history as a file that proves itself: NDJSON, a line that says what it is, then the records, oldest first.
 *
 * Texts and hashes are those that were written, so whoever has the file needs nobody to check it; whether it is all of it
 * tells the anchor, noted elsewhere before.
 */
import { parseSerial, parseTenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { Chain, HistoryBook, StoredRecord } from "./book.ts";
import { hexOf } from "./record.ts";
import { createJudge, type Verdict } from "./verify.ts";

const format = "vigie-history/1";
const how =
  "hash = SHA-256(hash before || text); the first hash before = SHA-256('vigie history <tenant> <twin>'); " +
  "a text of kind trimmed stands for records that retention took out: seal = SHA-256('trimmed' || hash || text)";

/** The lines of the file, without their ends; records from the book as they are asked for. */
export function* evidenceOf(
  book: HistoryBook,
  chain: Chain,
  { now, ids }: { readonly now: Instant; readonly ids: readonly number[] },
): Iterable<string> {
  const { tenant, serial: twin, rev, hash } = chain;
  const head = { format, tenant, twin, rev, records: ids.length, anchor: hexOf(hash) };
  yield JSON.stringify({ ...head, exportedAt: now, how });
  for (const id of ids) {
    const stored = book.record(id);
    if (stored !== undefined) yield lineOf(stored);
  }
}

/** What such a file proves; undefined when it is none. */
export function judgeEvidence(lines: Iterable<string>, now: Instant): Verdict | undefined {
  const [head, ...rest] = [...lines].filter((line) => line !== "").map(parsed);
  const tenant = parseTenant(textIn(head, "tenant"));
  const serial = parseSerial(textIn(head, "twin"));
  const rev = isObject(head) ? head["rev"] : undefined;
  if (tenant === undefined || serial === undefined || typeof rev !== "number") return undefined;
  if (textIn(head, "format") !== format) return undefined;
  const judge = createJudge({ tenant, serial }, now);
  for (const line of rest) {
    const seal = textIn(line, "seal");
    const [hash, text] = [bytesOf(textIn(line, "hash")), textIn(line, "text")];
    if (!judge.take({ hash, text, seal: seal === "" ? null : bytesOf(seal) })) break;
  }
  return judge.end({ anchor: bytesOf(textIn(head, "anchor")), rev });
}

function lineOf({ hash, text, seal }: StoredRecord): string {
  return JSON.stringify({ hash: hexOf(hash), text, ...(seal && { seal: hexOf(seal) }) });
}

function textIn(line: Json | undefined, name: string): string {
  const value = isObject(line) ? line[name] : undefined;
  return typeof value === "string" ? value : "";
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

function parsed(line: string): Json | undefined {
  try {
    const json: Json = JSON.parse(line);
    return json;
  } catch {
    return undefined;
  }
}
