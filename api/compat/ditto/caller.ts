/**
 * Who asks the Ditto face: the bearer of a token as everywhere, or an API key as a user's name and password, for clients
 * that know nothing else.
 */
import { timingSafeEqual } from "node:crypto";

import type { ApiKeys } from "#api/access/api-keys.ts";
import { clearanceOf, may, type Right } from "#api/access/rights.ts";
import type { Role } from "#api/access/roles.ts";
import type { Claims, Tokens } from "#api/access/tokens.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Clearance } from "#twins/columns.ts";
import type { Tenant } from "#wire/identity.ts";
import { Hours, later } from "#wire/units.ts";

import { type Refusal, refused } from "./refusal.ts";

/** Who asks. */
export interface Caller {
  readonly kind: "caller";
  readonly claims: Claims;
  readonly tenant: Tenant;
  readonly clearance: Clearance;
  /** As wishes and changes name it. */
  readonly by: string;
  readonly may: (right: Right) => boolean;
}

/** What knowing callers needs. */
export interface CallerDeps {
  readonly tokens: Pick<Tokens, "verify">;
  readonly apiKeys: Pick<ApiKeys, "find">;
  readonly clock: Pick<Clock, "now">;
}

/** The caller of a request. */
export async function callerOf(deps: CallerDeps, request: Request): Promise<Caller | Refusal> {
  const header = request.headers.get("authorization") ?? "";
  const [, scheme = "", credential = ""] = /^(\w+) +(\S+)$/.exec(header) ?? [];
  const claims =
    scheme.toLowerCase() === "basic"
      ? await ownerOfKey(deps, credential)
      : await bearerOf(deps, scheme, credential);
  return claims === undefined ? unknown : knownAs(claims);
}

const unknown = refused("gateway:authentication.failed", undefined, {
  "www-authenticate": 'Bearer realm="vigie", Basic realm="vigie"',
});

function knownAs(claims: Claims): Caller {
  const { tenant, role, subject } = claims;
  const mayDo = (right: Right): boolean => may(role, right);
  const by = `ditto:${subject}`;
  return { kind: "caller", claims, tenant, clearance: clearanceOf(role), by, may: mayDo };
}

async function bearerOf(
  { tokens }: CallerDeps,
  scheme: string,
  token: string,
): Promise<Claims | undefined> {
  if (scheme.toLowerCase() !== "bearer") return undefined;
  const verdict = await tokens.verify(token);
  return verdict.kind === "valid" ? verdict.claims : undefined;
}

async function ownerOfKey(
  { apiKeys, clock }: CallerDeps,
  credential: string,
): Promise<Claims | undefined> {
  const [id = "", ...rest] = Buffer.from(credential, "base64").toString().split(":");
  const key = await apiKeys.find(id);
  if (key === undefined || !isSame(rest.join(":"), key.secret)) return undefined;
  return claimsOf(key.id, key.tenant, { role: key.role, now: clock.now() });
}

function claimsOf(
  subject: string,
  tenant: Tenant,
  { role, now }: { role: Role; now: Parameters<typeof later>[0] },
): Claims {
  // A stream that a key has opened is asked for again now and then, so that a revoked one ends.
  return { subject, tenant, role, expiresAt: later(now, Hours(1)) };
}

/** Compares digests, so that neither time nor length tells anything of the secret. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => new Bun.CryptoHasher("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
