/**
 * Notices to the doors, in `vigie:{q}:down`: there is something new to tell a device, or to know of it. What that is
 * stands in its twin and among its commands; a notice may be lost without harm, since a connection asks for everything.
 */
import type { Write } from "#platform/cells/port.ts";
import { parseSerial, type Serial } from "#wire/identity.ts";

import type { Twin } from "./document.ts";
import type { Keys } from "./keys.ts";

/** Notices kept per partition; a door that falls further behind looks at all its homes. */
const noticesKept = 10_000;

/** Tells the door that holds the home of a device. */
export function noticeOf(keys: Keys, { id, links, desiredV }: Twin): Write {
  const fields = { device: id, box: links.box ?? "", v: String(desiredV) };
  return { op: "XADD", key: keys.down(keys.of(id)), fields, atMost: noticesKept };
}

/** The device that a notice is about. */
export function parseNotice(fields: Readonly<Record<string, string>>): Serial | undefined {
  return parseSerial(fields["device"] ?? "");
}
