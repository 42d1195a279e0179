/**
 * What a writer waits for: that the twin has it, that a search finds it, or what nobody here can tell (D15).
 *
 * @source spec twins 4B: D15
 */
import type { Asked } from "#api/route.ts";
import type { Fleet } from "#twins/fleet.ts";
import { movedTo, startPositions } from "#twins/positions.ts";
import type { ChangePosition } from "#twins/store.ts";
import { type Duration, Millis, Seconds } from "#wire/units.ts";

import { dittoJson } from "./answer.ts";
import { type Refusal, refused } from "./refusal.ts";
import { said } from "./terms.ts";

/** What is waited for, and how long. */
export interface Waited {
  readonly kind: "waited";
  /** Undefined when nobody asked for more than the answer. */
  readonly labels: readonly string[] | undefined;
  readonly timeout: Duration;
  readonly wantsAnswer: boolean;
}

const usualTimeout = Seconds(10);
const timeoutMost = Seconds(60);
const labelsMost = 16;

/** What a request waits for, or the refusal of what it says of that. */
export function readWaited({ request, url }: Asked): Waited | Refusal {
  const timeout = readTimeout(said(request, url, "timeout"));
  if (timeout === undefined) {
    return refused("gateway:timeout.invalid", "A timeout is 0 to 60 s, such as 10s or 500ms.");
  }
  const text = said(request, url, "requested-acks");
  const labels = text === undefined ? undefined : listOf(text);
  const isBad = labels?.some((label) => !/^[A-Za-z0-9][\w:.{}-]{0,99}$/.test(label)) === true;
  if (isBad || (labels?.length ?? 0) > labelsMost) return refused("acknowledgement:label.invalid");
  const isMuted = said(request, url, "response-required") === "false" || timeout === 0;
  return { kind: "waited", labels, timeout, wantsAnswer: !isMuted };
}

/**
 * The answer once all is waited for, in the place of the one that a write has of itself. One `twin-persisted` alone is
 * that one; nobody here gives any acknowledgement but this and `search-persisted`, so others have run out at once.
 */
export async function acknowledged(
  { labels, timeout, wantsAnswer }: Waited,
  written: { readonly response: Response; readonly position: ChangePosition | undefined },
  fleet: Pick<Fleet, "reach" | "positions">,
): Promise<Response> {
  const { response, position } = written;
  if (!response.ok) return response;
  if (!wantsAnswer) return new Response(null, { status: 202 });
  if (labels === undefined || labels.join() === "twin-persisted") return response;
  const given = labels.map(async (label) => [label, await statusOf(label)] as const);
  const all = Object.fromEntries(await Promise.all(given));
  const isAll = Object.values(all).every(({ status }) => status < 300);
  const headers = response.headers.has("etag") ? { etag: response.headers.get("etag") ?? "" } : {};
  return dittoJson(all, { status: isAll ? 200 : 424, headers });

  async function statusOf(label: string): Promise<{ status: number; headers: object }> {
    if (label === "twin-persisted") return { status: response.status, headers: {} };
    if (label !== "search-persisted") return { status: 408, headers: {} };
    const start = startPositions(fleet.positions().length);
    const wanted = position === undefined ? undefined : movedTo(start, position);
    return { status: (await fleet.reach(wanted, timeout)) ? 204 : 408, headers: {} };
  }
}

function readTimeout(text: string | undefined): Duration | undefined {
  if (text === undefined) return usualTimeout;
  const [, count = "", unit = "s"] = /^(\d{1,6})(ms|s|m)?$/.exec(text) ?? [];
  if (count === "") return undefined;
  const ms = Number(count) * (unit === "ms" ? 1 : unit === "m" ? 60_000 : 1_000);
  return ms <= timeoutMost ? Millis(ms) : undefined;
}

function listOf(text: string): readonly string[] {
  return text
    .replaceAll(/[[\]"\s]/g, "")
    .split(",")
    .filter((label) => label !== "");
}
