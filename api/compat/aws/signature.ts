/**
 * Signature Version 4: who signed a request with which key, checked from the request alone.
 *
 * Both forms count: the `Authorization` header, and the query of a presigned address. The body is hashed as it came, and
 * every `x-amz-` header must be signed, so nothing of a request can be changed on its way.
 * @source docs.aws.amazon.com, IAM user guide, "Create a signed AWS API request"
 */
import { timingSafeEqual } from "node:crypto";

import { readUtc } from "#platform/utc.ts";
import { type Instant, Minutes } from "#wire/units.ts";

/** What a request says of its signature. */
export interface Signing {
  readonly kind: "signing";
  readonly keyId: string;
  /** Date, region, service and an end, as the key is derived from. */
  readonly scope: readonly string[];
  /** When, also as `20260101T000000Z`. */
  readonly signedAt: Instant;
  readonly at: string;
  /** Seconds for which it counts; of a header, the skew of clocks alone. */
  readonly expires: number;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly isPresigned: boolean;
}

/** Why a signature counts for nothing. */
export interface SignatureFault {
  readonly kind: "fault";
  readonly why: "absent" | "malformed" | "unsigned_header" | "skewed" | "expired" | "wrong";
}

const algorithm = "AWS4-HMAC-SHA256";
const service = "iotdata";
/** How far two clocks may be apart. */
const skewMost = Minutes(5);
/** The longest life of a presigned address, s. */
const expiresMost = 604_800;

/** Reads the signature of a request. */
export function readSigning(request: Request, url: URL): Signing | SignatureFault {
  const header = request.headers.get("authorization");
  const isPresigned = url.searchParams.has("X-Amz-Signature");
  if (header === null && !isPresigned) return fault("absent");
  const said = header === null ? saidInQuery(url) : saidInHeader(header, request.headers);
  const scope = said && scopeOf(said);
  const signedAt = said && instantOf(said.at);
  if (said === undefined || scope === undefined || signedAt === undefined) {
    return fault("malformed");
  }
  const signedHeaders = said.signedHeaders.split(";");
  if (!isWholly(signedHeaders, request.headers)) return fault("unsigned_header");
  const { at, expires, signature } = said;
  return {
    kind: "signing",
    ...scope,
    signedAt,
    at,
    expires,
    signedHeaders,
    signature,
    isPresigned,
  };
}

/** Why the signature does not count at `now`; undefined when it does. */
export function faultOfSignature(
  signing: Signing,
  secret: string,
  seen: { readonly request: Request; readonly url: URL; readonly body: Uint8Array; now: Instant },
): SignatureFault | undefined {
  const age = seen.now - signing.signedAt;
  if (age + skewMost < 0) return fault("skewed");
  if (signing.isPresigned && age > signing.expires * 1000) return fault("expired");
  if (!signing.isPresigned && age > skewMost) return fault("skewed");
  const expected = Buffer.from(signatureOf(signing, secret, seen), "hex");
  return timingSafeEqual(expected, Buffer.from(signing.signature, "hex"))
    ? undefined
    : fault("wrong");
}

interface Said {
  readonly credential: string;
  readonly at: string;
  readonly expires: number;
  readonly signedHeaders: string;
  readonly signature: string;
}

/** The key and the scope of what is signed; undefined when it is signed for something else. */
function scopeOf({
  credential,
  at,
  signature,
}: Said): Pick<Signing, "keyId" | "scope"> | undefined {
  const [keyId = "", ...scope] = credential.split("/");
  const [date = "", region = "", named, end] = scope;
  const isOurs = scope.length === 4 && named === service && end === "aws4_request";
  const isSpelt = /^[a-z0-9-]{1,32}$/.test(region) && /^[0-9a-f]{64}$/.test(signature);
  return isOurs && isSpelt && at.startsWith(`${date}T`) ? { keyId, scope } : undefined;
}

function saidInHeader(header: string, headers: Headers): Said | undefined {
  const [, pairs] = /^AWS4-HMAC-SHA256\s+(\S.*)$/.exec(header) ?? [];
  if (pairs === undefined) return undefined;
  const fields = new Map(
    pairs.split(",").map((pair) => {
      const [name = "", ...value] = pair.trim().split("=");
      return [name, value.join("=")] as const;
    }),
  );
  const credential = fields.get("Credential");
  const signedHeaders = fields.get("SignedHeaders");
  const signature = fields.get("Signature");
  const at = headers.get("x-amz-date");
  if (!credential || !signedHeaders || !signature || at === null) return undefined;
  return { credential, at, expires: 0, signedHeaders, signature };
}

function saidInQuery({ searchParams }: URL): Said | undefined {
  const said = (name: string): string => searchParams.get(`X-Amz-${name}`) ?? "";
  const expires = Number(said("Expires"));
  const isLimited = Number.isInteger(expires) && expires >= 1 && expires <= expiresMost;
  if (said("Algorithm") !== algorithm || !isLimited) return undefined;
  return {
    credential: said("Credential"),
    at: said("Date"),
    expires,
    signedHeaders: said("SignedHeaders"),
    signature: said("Signature"),
  };
}

/** Whether the host and all of AWS's own headers are among the signed. */
function isWholly(signed: readonly string[], headers: Headers): boolean {
  if (!signed.includes("host")) return false;
  return [...headers.keys()].every((name) => !name.startsWith("x-amz-") || signed.includes(name));
}

function signatureOf(
  { scope, at, signedHeaders }: Signing,
  secret: string,
  { request, url, body }: { request: Request; url: URL; body: Uint8Array },
): string {
  const headers = signedHeaders.map((name) => `${name}:${headerOf(name, request, url)}\n`);
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url),
    headers.join(""),
    signedHeaders.join(";"),
    sha256(body),
  ].join("\n");
  const digest = sha256(new TextEncoder().encode(canonical));
  const text = [algorithm, at, scope.join("/"), digest].join("\n");
  const key = scope.reduce<string | Buffer>((from, word) => hmac(from, word), `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

function headerOf(name: string, request: Request, url: URL): string {
  const value = request.headers.get(name) ?? (name === "host" ? url.host : "");
  return value.trim().replaceAll(/\s+/g, " ");
}

/** The path as it was sent, each segment encoded once more. */
function canonicalPath(path: string): string {
  return path.split("/").map(encode).join("/");
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&");
}

/** As RFC 3986: all but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return new Bun.CryptoHasher("sha256", key).update(text).digest();
}

/** Of `20260101T000000Z`. */
function instantOf(at: string): Instant | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(at) ?? [];
  return readUtc(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function fault(why: SignatureFault["why"]): SignatureFault {
  return { kind: "fault", why };
}
