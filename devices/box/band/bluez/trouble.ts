/** What BlueZ's refusals mean to a box. */
import { DBusError } from "dbus-next";

import { isTrouble, Trouble } from "#platform/trouble.ts";

/** Refusals that are about the radio itself, or about the service that owns it. */
const ofRadio = /(?:NotReady|ServiceUnknown|NameHasNoOwner|AccessDenied|NoReply|Disconnected)$/;

/** The last word of a refusal's name, such as `NotReady`; undefined when it is none of the bus's. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof DBusError ? error.type.split(".").at(-1) : undefined;
}

/** No adapter, none that is on, or no answer: `radio-unreachable` (safe). */
export function radioTrouble(cause: unknown): Trouble {
  return isTrouble(cause) ? cause : troubleOf("radio-unreachable", cause);
}

/** The other side is not near or does not let us in, `band-unreachable` (safe); or there is no radio. */
export function bandTrouble(cause: unknown): Trouble {
  if (ofRadio.test(refusalOf(cause) ?? "")) return radioTrouble(cause);
  return isTrouble(cause) ? cause : troubleOf("band-unreachable", cause);
}

function troubleOf(code: string, cause: unknown): Trouble {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Trouble(code, { retry: "safe", detail, cause });
}
