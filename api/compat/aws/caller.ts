/** Who asks the AWS face: the owner of the API key that signed the request. */
import type { ApiKeys } from "#api/access/api-keys.ts";
import { clearanceOf, may, type Right } from "#api/access/rights.ts";
import { readBytes } from "#api/body.ts";
import type { Asked } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Clearance } from "#twins/columns.ts";
import { rejected, type Rejection, shadowLimits, tooLarge } from "#twins/shadow/request.ts";
import type { Tenant } from "#wire/identity.ts";

import { faultOfSignature, readSigning } from "./signature.ts";

/** Who asks, and with which body. */
export interface Caller {
  readonly kind: "caller";
  readonly tenant: Tenant;
  readonly clearance: Clearance;
  /** As wishes and changes name it. */
  readonly by: string;
  readonly body: Uint8Array;
}

/** What knowing callers needs. */
export interface CallerDeps {
  readonly apiKeys: Pick<ApiKeys, "find">;
  readonly clock: Pick<Clock, "now">;
}

/** The caller of a request if they may do what it asks. Why a signature does not count is nobody's business. */
export async function callerOf(
  { apiKeys, clock }: CallerDeps,
  { request, url }: Asked,
  right: Right,
): Promise<Caller | Rejection> {
  const signing = readSigning(request, url);
  if (signing.kind === "fault") {
    return signing.why === "absent" ? rejected(401, "Missing Authentication Token") : forbidden;
  }
  const key = await apiKeys.find(signing.keyId);
  if (key === undefined) return forbidden;
  const body = await readBytes(request, shadowLimits.bodyBytes);
  if (body === undefined) return tooLarge();
  const seen = { request, url, body, now: clock.now() };
  if (faultOfSignature(signing, key.secret, seen) !== undefined) return forbidden;
  const { tenant, role, id } = key;
  if (!may(role, right)) return forbidden;
  return { kind: "caller", tenant, clearance: clearanceOf(role), by: `aws:${id}`, body };
}

const forbidden = rejected(403, "Forbidden");
