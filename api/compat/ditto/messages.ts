/**
 * Messages to things and from them (S8): told at once to whoever listens, at most once, and kept for nobody. What must
 * reach a device is a command, or a wish.
 */
import { readBytes } from "#api/body.ts";
import type { Asked } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Streams } from "#platform/stream/port.ts";
import type { Keys } from "#twins/keys.ts";

import { readWaited } from "./acknowledgements.ts";
import type { Caller } from "./caller.ts";
import type { Path } from "./document.ts";
import { answerTo, refused } from "./refusal.ts";
import type { Thing } from "./thing.ts";
import { type MessageTidings, tidingsFields, tidingsKept } from "./tidings.ts";

/** Where a message goes: a subject of a box of a thing, or of one of its features. */
export interface MessagePlace extends Pick<MessageTidings, "box" | "feature"> {
  /** Undefined of whoever listens to all. */
  readonly subject: string | undefined;
}

/** What sending needs. */
export interface MessageDeps {
  readonly streams: Pick<Streams, "append">;
  readonly keys: Keys;
  readonly clock: Clock;
}

/** The longest message, bytes. */
const bytesMost = 65_536;

/** The place of messages that a path names: `inbox/messages/ask`, `features/lamp/outbox/messages`. */
export function messagePlaceOf(path: Path): MessagePlace | undefined {
  const isOfFeature = path[0] === "features";
  const [box, word, ...subject] = isOfFeature ? path.slice(2) : path;
  if ((box !== "inbox" && box !== "outbox") || word !== "messages") return undefined;
  const feature = isOfFeature ? (path[1] ?? null) : null;
  return { box, feature, subject: subject.length === 0 ? undefined : subject.join("/") };
}

/** Sends one, and waits for an answer unless told not to; nobody can give one over HTTP. */
export async function sendMessage(
  { streams, keys, clock }: MessageDeps,
  about: {
    readonly asked: Asked;
    readonly caller: Caller;
    readonly thing: Thing;
    readonly place: MessagePlace;
  },
): Promise<Response> {
  const { asked, caller, thing, place } = about;
  if (!caller.may("commands:write")) return answerTo(refused("things:thing.notmodifiable"));
  const { box, feature, subject } = place;
  if (subject === undefined || !/^[^\p{Cc}]{1,256}$/u.test(subject)) {
    return answerTo(refused("gateway:query.invalid", "A message has a subject."));
  }
  const waited = readWaited(asked);
  if (waited.kind === "refused") return answerTo(waited);
  const bytes = await readBytes(asked.request, bytesMost);
  if (bytes === undefined) return answerTo(refused("things:thing.toolarge"));
  const payload = new TextDecoder().decode(bytes);
  const { id, tenant } = thing.twin;
  const fields = tidingsFields({ kind: "message", id, tenant, box, feature, subject, payload });
  await streams.append(keys.tidings(keys.of(id)), fields, { atMost: tidingsKept });
  if (!waited.wantsAnswer) return new Response(null, { status: 202 });
  await clock.sleep(waited.timeout);
  return answerTo(refused("messages:timeout"));
}
