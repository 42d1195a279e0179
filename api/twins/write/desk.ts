/**
 * Where every write of a twin passes: the key, the preconditions, the edit, the commit, the answer.
 *
 * What a route adds is its edit; what it may not do to a twin that is missing, of another tenant, retired, or not as
 * expected, is the same everywhere.
 */
import { clearanceOf } from "#api/access/rights.ts";
import type { OnceReader } from "#api/idempotency.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Author, EditedTwin } from "#twins/desired/edit.ts";
import type { Edited, TwinWriter } from "#twins/desired/writer.ts";
import type { Change, Twin } from "#twins/document.ts";
import type { Serial } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { readAuthor } from "./author.ts";
import { barredBy, type Preconditions, readPreconditions } from "./precondition.ts";
import { answerOf, type Barred, barred } from "./refusal.ts";
import { prefersBrief, replyTo, respond } from "./reply.ts";

/** What writing needs. */
export interface DeskDeps {
  readonly writer: TwinWriter;
  readonly once: OnceReader;
  readonly clock: Pick<Clock, "now">;
}

/** A twin after an edit, and how to tell of it. */
export interface Deed extends EditedTwin {
  readonly skipped?: readonly string[];
  readonly kind?: "deed";
  readonly change?: Change["kind"];
  readonly status?: 200 | 201;
}

/** One write. */
export interface Writing {
  readonly asked: Asked;
  readonly id: Serial;
  /** The bytes of the body, for the idempotency key. */
  readonly bytes: Uint8Array;
  readonly preconditions: Preconditions;
  readonly author: Author;
  /** Whether a twin that does not exist is no refusal. */
  readonly makes?: boolean;
  /** Pure. The twin is null when there is none and the writing makes one. */
  readonly edit: (twin: Twin | null, now: Instant) => Deed | Barred;
}

/** What a request says beside its body, or the answer that refuses it. */
export function readTerms(
  { clock }: Pick<DeskDeps, "clock">,
  asked: Asked,
): Pick<Writing, "asked" | "preconditions" | "author"> | Response {
  const preconditions = readPreconditions(asked);
  if (preconditions instanceof Response) return preconditions;
  const author = readAuthor(asked, clock.now());
  return author instanceof Response ? author : { asked, preconditions, author };
}

/** Does it, and answers. */
export async function write(deps: DeskDeps, writing: Writing): Promise<Response> {
  const { asked, id, bytes, author } = writing;
  const claims = askerOf(asked);
  const { request, url } = asked;
  const once = deps.once({ request, url, claims, body: bytes, device: id });
  if (once instanceof Response) return once;
  const before = await once?.recall();
  if (before !== undefined) return before;
  const listener = { clearance: clearanceOf(claims.role), isBrief: prefersBrief(request) };
  const answerTo = (deed: Deed, rev: number) => replyTo({ ...deed, twin: { id, rev } }, listener);
  /** Of the last try. */
  let done: Deed | undefined;
  const written = await deps.writer.write(id, (stored, now): Edited | Barred => {
    const twin = stored?.tenant === claims.tenant ? stored : null;
    const deed = attempt(writing, { twin, isForeign: twin !== stored, now });
    if (deed.kind === "barred") return deed;
    done = deed;
    const rev = (twin?.rev ?? 0) + (deed.twin === twin ? 0 : 1);
    const { twin: after, changed, change = "changed" } = deed;
    const edited = { kind: "edited", after, changed, change, ...authorOf(author) } as const;
    return once === undefined ? edited : { ...edited, beside: once.keep(answerTo(deed, rev)) };
  });
  if (written.kind === "barred") return answerOf(written);
  // The same key came with another request at the same moment, and was quicker.
  const others = written.kind === "beside" ? await once?.recall() : undefined;
  if (written.kind === "beside" || written.kind === "contended") {
    return (
      others ??
      problem("unavailable", { detail: "Others write it.", headers: { "retry-after": "1" } })
    );
  }
  const deed = done ?? { twin: written.twin, changed: [] };
  const place = written.kind === "written" ? written.position : undefined;
  return respond(answerTo(deed, written.twin.rev), place);
}

function authorOf({ by, why }: Author): Pick<Edited, "by" | "why"> {
  return { by, ...(why === undefined ? {} : { why }) };
}

/** Another tenant's twin is one that does not exist: serials are not to be probed. */
function attempt(
  { preconditions, makes = false, edit }: Writing,
  { twin, isForeign, now }: { twin: Twin | null; isForeign: boolean; now: Instant },
): Deed | Barred {
  if (isForeign || (twin === null && !makes)) {
    return preconditions.match === undefined
      ? barred("not_found")
      : (barredBy(preconditions, null, now) ?? barred("not_found"));
  }
  if (twin !== null && twin.retiredAt !== null) return barred("retired");
  return barredBy(preconditions, twin, now) ?? edit(twin, now);
}
