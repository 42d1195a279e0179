/**
 * Tokens: who asks, of which tenant, in which role, until when; signed with Ed25519.
 *
 * Checking a signature costs 80 µs, so tokens that were found good are remembered until they expire (10 µs).
 * @source spec api 2.3
 */
import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK } from "jose";

import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import { createRecent } from "#platform/recent.ts";
import { keepSecret } from "#platform/secret-file.ts";
import { parseTenant, type Tenant } from "#wire/identity.ts";
import { type Duration, Hours, Instant } from "#wire/units.ts";

import { isRole, type Role } from "./roles.ts";

/** What a token says. */
export interface Claims {
  /** Pseudonymous name of the person. */
  readonly subject: string;
  readonly tenant: Tenant;
  readonly role: Role;
  readonly expiresAt: Instant;
}

/** What a token is worth. */
export type Verdict =
  | { readonly kind: "valid"; readonly claims: Claims }
  | { readonly kind: "invalid"; readonly why: "malformed" | "forged" | "expired" };

/** Makes and checks tokens. */
export interface Tokens {
  /** A token, for 24 h unless told otherwise; `subject` is `role@tenant` unless told otherwise. */
  issue(grant: {
    readonly tenant: Tenant;
    readonly role: Role;
    readonly subject?: string;
    readonly ttl?: Duration;
  }): Promise<string>;
  verify(token: string): Promise<Verdict>;
}

/** How many good tokens are remembered. */
const remembered = 10_000;
/** Longer texts are no tokens of ours. */
const longest = 2048;
const algorithm = "EdDSA";

/** Tokens signed with the key in `folder`, which is made when there is none. */
export async function openTokens(folder: string, clock: Pick<Clock, "now">): Promise<Tokens> {
  return createTokens(await keepSecret(`${folder}/tokens.jwk`, createTokenKey), clock);
}

/** A new private key, as JWK text. */
export async function createTokenKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

/** Tokens signed with the private key that the JWK text holds. */
export async function createTokens(jwk: string, clock: Pick<Clock, "now">): Promise<Tokens> {
  const { d, ...open } = parseKey(jwk);
  const signingKey = await importJWK({ ...open, d }, algorithm);
  const checkingKey = await importJWK(open, algorithm);
  const good = createRecent<string, Claims>(remembered);

  const check = async (token: string): Promise<Claims | "malformed" | "forged"> => {
    try {
      const { payload } = await compactVerify(token, checkingKey, { algorithms: [algorithm] });
      return parseClaims(payload) ?? "malformed";
    } catch {
      return "forged"; // whatever jose dislikes about it, we did not sign it so
    }
  };

  return {
    issue: ({ tenant, role, subject = `${role}@${tenant}`, ttl = Hours(24) }) => {
      const issuedAt = Math.floor(clock.now() / 1000);
      const exp = issuedAt + Math.ceil(ttl / 1000);
      const claims = { iss: issuer, sub: subject, tenant, role, iat: issuedAt, exp };
      return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: algorithm, typ: "JWT" })
        .sign(signingKey);
    },
    async verify(token) {
      const known = good.get(token);
      if (known === undefined && !isTokenLike(token)) return malformed;
      const claims = known ?? (await check(token));
      if (typeof claims === "string") return { kind: "invalid", why: claims };
      if (claims.expiresAt <= clock.now()) return { kind: "invalid", why: "expired" };
      if (known === undefined) good.set(token, claims);
      return { kind: "valid", claims };
    },
  };
}

function isTokenLike(text: string): boolean {
  return text.length <= longest && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

const issuer = "vigie";
const malformed: Verdict = { kind: "invalid", why: "malformed" };

interface PrivateKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly d: string;
}

function parseKey(text: string): PrivateKey {
  const key: unknown = JSON.parse(text);
  assert(isRecord(key), "a key file holds one JWK");
  const { kty, crv, x, d } = key;
  assert(kty === "OKP" && crv === "Ed25519", "tokens are signed with Ed25519");
  assert(typeof x === "string" && typeof d === "string", "a private key has both halves");
  return { kty, crv, x, d };
}

function parseClaims(payload: Uint8Array): Claims | undefined {
  const claims = parseJson(new TextDecoder().decode(payload));
  if (!isRecord(claims) || claims["iss"] !== issuer) return undefined;
  const { sub, role, exp } = claims;
  const tenant = typeof claims["tenant"] === "string" ? parseTenant(claims["tenant"]) : undefined;
  if (typeof sub !== "string" || tenant === undefined || !isRole(role)) return undefined;
  if (typeof exp !== "number" || !(exp >= 0 && exp < 1e11)) return undefined;
  return { subject: sub, tenant, role, expiresAt: Instant(exp * 1000) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
