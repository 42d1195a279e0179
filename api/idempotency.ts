/**
 * Idempotency keys: the same request again, within a day, gets the same answer and does nothing more.
 *
 * The answer is committed together with what the request did, so that a crash leaves both or neither. Only what was done
 * is kept: a request that was refused did nothing, and may be sent again when its reason is gone.
 * @source draft-ietf-httpapi-idempotency-key-header; spec twins 5.2
 */
import type { Cells, Unit } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import type { Serial, Tenant } from "#wire/identity.ts";
import { Hours } from "#wire/units.ts";

import type { Claims } from "./access/tokens.ts";
import { problem } from "./problem.ts";

/** An answer that can be given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** One request under its key. */
export interface Once {
  /** What was answered before, or why this key is not for this request; undefined when it is new. */
  readonly recall: () => Promise<Response | undefined>;
  /** Keeps the answer, if the key is still new; to be committed with what is done. */
  readonly keep: (answer: KeptAnswer) => Unit;
}

/** What a key is told from. */
export interface KeyedRequest {
  readonly request: Request;
  readonly url: URL;
  readonly claims: Claims;
  readonly body: Uint8Array;
  /** Whose partition keeps the answer. */
  readonly device: Serial;
}

/** Reads the key of a request; undefined when it has none, a refusal when it is none or there are too many. */
export type OnceReader = (keyed: KeyedRequest) => Once | undefined | Response;

/** How long an answer is kept, s, and how many new keys a tenant may use in an hour and process: 10 MB. */
const keptFor = 86_400;
const keysPerHour = 20_000;

/** Headers that say what is to be done, beside the body. */
const telling = [
  "if-match",
  "if-none-match",
  "x-if",
  "x-if-path",
  "x-deadline",
  "x-reason",
  "x-escalate",
  "prefer",
];

/** A reader of keys over the cells. */
export function createOnceReader({
  cells,
  keys,
  clock,
}: {
  readonly cells: Pick<Cells, "get">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "monotonic">;
}): OnceReader {
  const isWithin = createBudget(clock);
  return ({ request, url, claims, body, device }) => {
    const text = request.headers.get("idempotency-key");
    if (text === null) return undefined;
    if (!/^[\x21-\x7e]{1,255}$/.test(text)) {
      const detail = "An Idempotency-Key is 1 to 255 visible characters.";
      return problem("invalid", { pointer: "/headers/idempotency-key", detail });
    }
    if (!isWithin(claims.tenant)) {
      const detail = `At most ${keysPerHour} requests with a key in an hour.`;
      return problem("too_many", { detail, headers: { "retry-after": "60" } });
    }
    const key = keys.once(device, digestOf([claims.tenant, claims.subject, text]).slice(0, 22));
    const said = telling.map((name) => request.headers.get(name) ?? "");
    const digest = digestOf([request.method, url.pathname, url.search, ...said, body]);
    return {
      recall: async () => recalled(await cells.get(key, "answer"), digest),
      keep: (answer) => ({
        checks: [{ key, field: "answer", expected: null }],
        writes: [
          { op: "HSET", key, field: "answer", value: JSON.stringify([digest, answer]) },
          { op: "EXPIRE", key, seconds: keptFor },
        ],
      }),
    };
  };
}

function recalled(kept: string | null, digest: string): Response | undefined {
  if (kept === null) return undefined;
  const [of, answer]: readonly [string, KeptAnswer] = JSON.parse(kept);
  if (of !== digest) {
    return problem("key_reused", { detail: "This Idempotency-Key came with another request." });
  }
  const headers = { ...answer.headers, "idempotency-replayed": "true" };
  return new Response(answer.body, { status: answer.status, headers });
}

/** Counts the keys of each tenant; answers whether one more is within bounds. */
function createBudget(clock: Pick<Clock, "monotonic">): (tenant: Tenant) => boolean {
  let used = new Map<Tenant, number>();
  let since = clock.monotonic();
  return (tenant) => {
    if (clock.monotonic() - since >= Hours(1)) {
      used = new Map();
      since = clock.monotonic();
    }
    const count = (used.get(tenant) ?? 0) + 1;
    used.set(tenant, count);
    return count <= keysPerHour;
  };
}

function digestOf(pieces: readonly (string | Uint8Array)[]): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const piece of pieces) hash.update(`${piece.length} `).update(piece);
  return hash.digest("base64url");
}
