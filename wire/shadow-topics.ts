/**
 * Topics of AWS IoT Device Shadow, `$aws/things/{thing}/shadow/…`, for boxes that speak to it (docs/decisions/0013).
 *
 * @source spec twins 4A
 */
import { parseSerial, type Serial } from "./identity.ts";

/** Which shadow: null is the classic one. */
export interface ShadowPlace {
  readonly thing: Serial;
  readonly name: string | null;
}

/** What a client asks of the shadow service. */
export type ShadowRequestKind = "get" | "update" | "delete";

/** What the service says, below the shadow's prefix. */
export type ShadowAnswer =
  `${ShadowRequestKind}/${"accepted" | "rejected"}` | "update/delta" | "update/documents";

/** Whether a topic or filter is the shadow service's. */
export function isShadowTopic(text: string): boolean {
  return text.startsWith("$aws/");
}

/** The request that is published to a topic, or undefined for any other text. */
export function parseShadowTopic(
  text: string,
): (ShadowPlace & { readonly kind: ShadowRequestKind }) | undefined {
  const [, named = "", name, kind] =
    /^\$aws\/things\/([^/]{1,26})\/shadow(?:\/name\/([A-Za-z0-9:_-]{1,64}))?\/(get|update|delete)$/.exec(
      text,
    ) ?? [];
  const thing = parseSerial(named);
  if (thing === undefined || !isKind(kind)) return undefined;
  return { thing, name: name ?? null, kind };
}

/** The topic of an answer. */
export function shadowTopic({ thing, name }: ShadowPlace, answer: ShadowAnswer): string {
  const shadow = name === null ? "shadow" : `shadow/name/${name}`;
  return `$aws/things/${thing}/${shadow}/${answer}`;
}

/** The thing that a filter is about; undefined when it is about more, or about none. */
export function thingOfFilter(filter: string): Serial | undefined {
  const [, named = ""] = /^\$aws\/things\/([^/+#]+)\/shadow\/[^\0]{1,128}$/.exec(filter) ?? [];
  return parseSerial(named);
}

function isKind(text: string | undefined): text is ShadowRequestKind {
  return text === "get" || text === "update" || text === "delete";
}
