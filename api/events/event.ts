/**
 * An event as it is kept, read back.
 */
import { eventKinds } from "#wire/messages.ts";

import type { EventRow } from "./contract.ts";

/** The events that are about a person. */
const emergencies: ReadonlySet<string> = new Set(["fall", "cardiac", "respiratory", "sos"]);

/** The event that a text holds, or undefined when it holds none. */
export function parseEvent(
  text: string,
  known: Pick<EventRow, "box" | "receivedAt">,
): EventRow | undefined {
  const body = parseObject(text);
  const kind = eventKinds.find((each) => each === body["kind"]);
  const { id, device, t, quality, detail } = body;
  if (kind === undefined || typeof id !== "string" || typeof device !== "string") return undefined;
  if (typeof t !== "number") return undefined;
  return {
    id,
    kind,
    emergency: emergencies.has(kind),
    device,
    ...known,
    t,
    quality: typeof quality === "number" ? quality : null,
    detail: typeof detail === "string" ? detail : null,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
