/** What a request for a bulk change says, judged as far as it can be without looking at the twins. */
import { Value } from "@sinclair/typebox/value";

import { readJson } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf } from "#api/route.ts";
import { readerOf, readFilter } from "#api/twins/question.ts";
import { bulkDefaults, type BulkPlan } from "#twins/bulk/change.ts";
import { digestOf } from "#twins/commands/identity.ts";
import type { Judged } from "#twins/filter.ts";
import { parseIsoDuration } from "#twins/iso-duration.ts";
import { isObject } from "#twins/leaves.ts";
import type { JsonObject } from "#wire/messages.ts";
import { Hours, type Instant } from "#wire/units.ts";

import { BulkRequest } from "./contract.ts";

/** All of a plan that the request says. */
export interface BulkWish extends Omit<
  BulkPlan,
  "canary" | "devices" | "needsOther" | "forecast" | "leaves"
> {
  readonly judged: Judged;
  readonly canary: { readonly share: number; readonly success: number } | null;
}

/** How long devices have at most. */
const longest = Hours(24 * 30);

/** The wish, or the answer that refuses it. */
export async function readWish(asked: Asked, at: Instant): Promise<BulkWish | Response> {
  const body = await readBody(asked);
  if (body instanceof Response) return body;
  const { request } = body;
  const judged = readFilter(request.filter, readerOf(asked), "/body/filter");
  if (judged instanceof Response) return judged;
  if (judged === undefined) return invalid("/filter", "Whom it is for.");
  const within = parseIsoDuration(request.deadline ?? bulkDefaults.deadline);
  if (within === undefined || within === 0 || within > longest) {
    return invalid("/deadline", "A duration such as PT8H, up to P30D.");
  }
  const name = nameOf(asked, request, at);
  if (name instanceof Response) return name;
  const { filter, reason: why, pace = bulkDefaults.perMinute, canary = null, abort } = request;
  return {
    ...name,
    at,
    judged,
    filter,
    within,
    why,
    patch: body.patch,
    perMinute: pace,
    canary: canary && { success: bulkDefaults.success, ...canary },
    abort: { ...bulkDefaults.abort, ...abort },
  };
}

async function readBody(
  asked: Asked,
): Promise<{ readonly request: BulkRequest; readonly patch: JsonObject } | Response> {
  const body = await readJson(asked.request);
  if (body instanceof Response) return body;
  const { value } = body;
  const patch = isObject(value) ? value["patch"] : undefined;
  // The schema lets any patch pass; what it may say is judged leaf by leaf.
  if (Value.Check(BulkRequest, value)) {
    return { request: value, patch: isObject(patch) ? patch : {} };
  }
  const [error] = Value.Errors(BulkRequest, value);
  return invalid(error?.path ?? "", error?.message ?? "Not a change.");
}

/** The refusal of the body at that pointer. */
export function invalid(pointer: string, detail: string): Response {
  return problem("invalid", { pointer: `/body${pointer}`, detail });
}

/** The same key of the same asker names the same change; without one, a second one is another. */
function nameOf(
  asked: Asked,
  request: unknown,
  at: Instant,
): Pick<BulkPlan, "id" | "tenant" | "digest" | "by"> | Response {
  const { tenant, subject } = askerOf(asked);
  const digest = digestOf(request);
  const key = asked.request.headers.get("idempotency-key");
  if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    const detail = "An Idempotency-Key is 1 to 255 visible characters.";
    return problem("invalid", { pointer: "/headers/idempotency-key", detail });
  }
  const told = key === null ? ["at", String(at), digest] : ["key", key];
  const id = `ch-${digestOf([tenant, subject, ...told])}`;
  return { id, tenant, digest, by: `u:${subject}` };
}
