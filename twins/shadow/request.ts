/**
 * A request to change a shadow, as it came: parsed once, or refused in AWS's own words.
 *
 * @source spec twins 4A: A15, A22, A24, A25; the messages are those of AWS's shadow service
 */
import { isObject } from "#twins/leaves.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

import { type SectionName, sectionNames } from "./record.ts";

/** What is wanted of a shadow. */
export interface ShadowRequest {
  readonly kind: "request";
  /** As it was sent, to be echoed. */
  readonly state: JsonObject | null;
  /** The sections that are to be changed; null empties one. */
  readonly sections: Readonly<Partial<Record<SectionName, JsonObject | null>>>;
  /** The version that the shadow must have. */
  readonly version: number | undefined;
  readonly clientToken: string | undefined;
}

/** Why a request is refused, as HTTP and `…/rejected` say it. */
export interface Rejection {
  readonly kind: "rejected";
  readonly code: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500;
  readonly message: string;
}

/** How large and deep a shadow's own members may be. */
export const shadowLimits = {
  /** Of both halves as JSON, metadata not counted (A23). */
  bytes: 8_192,
  /** Levels of objects and arrays in a half (A24). */
  depth: 8,
  /** Longest client token, bytes (A22). */
  tokenBytes: 64,
  /** Named shadows of one device that are no part (ours). */
  names: 16,
  /** Requests of one thing under way (A26). */
  inFlight: 10,
  /** Longest body, bytes: nothing that fits is longer. */
  bodyBytes: 65_536,
} as const;

/** A refusal. */
export function rejected(code: Rejection["code"], message: string): Rejection {
  return { kind: "rejected", code, message };
}

/** The request that a body holds. */
export function parseRequest(body: Uint8Array): ShadowRequest | Rejection {
  if (body.length > shadowLimits.bodyBytes) return tooLarge();
  const parsed = parseDocument(body);
  if (parsed.kind === "rejected") return parsed;
  const { state, version, clientToken } = parsed.document;
  if (!isToken(clientToken)) return rejected(400, "Invalid clientToken");
  if (!isVersion(version)) return rejected(400, "Invalid version");
  const parts = parseState(state);
  if (parts.kind === "rejected") return parts;
  const { sections } = parts;
  const echo = isObject(state) ? state : null;
  return { kind: "request", state: echo, sections, version, clientToken };
}

/** The client token of any message to the shadow service; undefined when it says none, or none that counts. */
export function tokenOf(body: Uint8Array): string | undefined {
  const parsed = parseDocument(body);
  if (parsed.kind === "rejected") return undefined;
  const { clientToken } = parsed.document;
  return isToken(clientToken) ? clientToken : undefined;
}

/** There is none. */
export function missing(thing: string, name: string | null): Rejection {
  const called = name === null ? thing : `${thing}~${name}`;
  return rejected(404, `No shadow exists with name: '${called}'`);
}

/** More than a shadow may hold. */
export function tooLarge(): Rejection {
  return rejected(413, "The payload exceeds the maximum size allowed");
}

type Document = { readonly kind: "document"; readonly document: JsonObject };

function parseDocument(body: Uint8Array): Document | Rejection {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return rejected(415, "Unsupported document encoding; supported encoding is UTF-8");
  }
  try {
    const document: Json = JSON.parse(text);
    return isObject(document) ? { kind: "document", document } : rejected(400, "Invalid JSON");
  } catch {
    return rejected(400, "Invalid JSON");
  }
}

type Sections = { readonly kind: "sections"; readonly sections: ShadowRequest["sections"] };

function parseState(state: Json | undefined): Sections | Rejection {
  if (state === undefined) return rejected(400, "Missing required node: state");
  if (state === null) return { kind: "sections", sections: { desired: null, reported: null } };
  if (!isObject(state)) return rejected(400, "State node must be an object");
  const sections: Partial<Record<SectionName, JsonObject | null>> = {};
  for (const [text, value] of Object.entries(state)) {
    const name = sectionNames.find((known) => known === text);
    if (name === undefined) return rejected(400, `State contains an invalid node: '${text}'`);
    if (value !== null && !isObject(value)) return rejected(400, "State node must be an object");
    const fault = value === null ? undefined : faultOf(value);
    if (fault !== undefined) return fault;
    sections[name] = value;
  }
  return { kind: "sections", sections };
}

function faultOf(section: JsonObject): Rejection | undefined {
  if (isDeeper(section, shadowLimits.depth)) {
    return rejected(
      400,
      `JSON contains too many levels of nesting; maximum is ${shadowLimits.depth}`,
    );
  }
  const name = badName(section);
  if (name !== undefined) return rejected(400, `State contains an invalid node: '${name}'`);
  return hasNullInArray(section) ? rejected(400, "Invalid JSON: null in an array") : undefined;
}

/** Whether a value nests more objects and arrays than that; looks no further. */
function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** A name that every object has by itself. */
function badName(object: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    const bad = name in {} ? name : isObject(value) ? badName(value) : undefined;
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function hasNullInArray(value: Json): boolean {
  if (Array.isArray(value)) return value.some((each) => each === null || hasNullInArray(each));
  return isObject(value) && Object.values(value).some(hasNullInArray);
}

function isToken(token: Json | undefined): token is string | undefined {
  if (token === undefined) return true;
  if (typeof token !== "string" || token === "") return false;
  return new TextEncoder().encode(token).length <= shadowLimits.tokenBytes;
}

function isVersion(version: Json | undefined): version is number | undefined {
  if (version === undefined) return true;
  return typeof version === "number" && Number.isSafeInteger(version) && version >= 0;
}
