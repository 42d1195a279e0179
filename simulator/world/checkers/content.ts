/** No value is altered on the way: an entry says what its box said under that number. */
import { canonical } from "#wire/canonical.ts";
import { decodeAnswer, decodeEvent, decodeReadings, decodeReported } from "#wire/codec.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Json, Reading } from "#wire/messages.ts";

import type { Given } from "../ledger.ts";
import type { Complaint } from "./evidence.ts";

/** How an entry differs from all that was given that number; undefined when it does not. */
export function differenceOf(
  entry: StreamEntry,
  [given, ...others]: readonly Given[],
): Complaint | undefined {
  // What the outbox says itself, its losses, is in no ledger.
  if (isDeclaration(entry)) return undefined;
  if (given === undefined) return "was never given out";
  if (others.some((other) => other.channel === entry.channel && saysTheSame(entry, other))) {
    return undefined;
  }
  if (given.channel !== entry.channel)
    return `came as ${given.channel}, is kept as ${entry.channel}`;
  return saysTheSame(entry, given) ? undefined : "is altered";
}

function saysTheSame(entry: StreamEntry, { payload }: Given): boolean {
  const { device, channel, receivedAt } = entry;
  const body: Json = JSON.parse(entry.body);
  if (channel === "event") {
    const event = decodeEvent(payload, { device });
    return event.kind === "parsed" && canonical(event.value) === canonical(body);
  }
  if (channel === "reported") {
    const report = decodeReported(payload, { device });
    if (report.kind === "refused") return false;
    const { t, parts } = report.value;
    return canonical({ t, parts }) === canonical(body);
  }
  if (channel === "answer") {
    const answer = decodeAnswer(payload, { device });
    return answer.kind === "parsed" && canonical(answer.value) === canonical(body);
  }
  const pack = decodeReadings(payload, { device, receivedAt });
  return pack.kind === "parsed" && isAmong(body, pack.value.readings);
}

/** What was put aside at the door is missing, and nothing else. */
function isAmong(body: Json, readings: readonly Reading[]): boolean {
  const said = new Set(readings.map((reading) => canonical(reading)));
  const kept =
    typeof body === "object" && body !== null && "readings" in body ? body["readings"] : [];
  return Array.isArray(kept) && kept.every((reading) => said.has(canonical(reading)));
}

function isDeclaration({ channel, body }: StreamEntry): boolean {
  return channel === "reported" && body.includes('"dropped"');
}
