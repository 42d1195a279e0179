/** What a request asks of a device, judged: known to that kind of device, in time, and the same under its key. */
import { may } from "#api/access/rights.ts";
import type { Claims } from "#api/access/tokens.ts";
import { readShape } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { commandLimits, type Order } from "#twins/commands/book.ts";
import { commandId, digestOf } from "#twins/commands/identity.ts";
import type { Twin } from "#twins/document.ts";
import { commandFault } from "#wire/commands.ts";
import { treeObjectShape } from "#wire/parts.ts";
import { fits } from "#wire/shape.ts";
import { Instant, later } from "#wire/units.ts";

import { CommandRequest } from "./contract.ts";

/** An order that may be given; one without an id is a new one. */
export type Wanted = Omit<Order, "id"> & { readonly id?: string };

/** For which device, who asks, and when. */
interface Asking {
  readonly twin: Twin;
  readonly claims: Claims;
  readonly now: Instant;
}

/** The order, or the answer that refuses it. */
export async function readOrder(request: Request, asking: Asking): Promise<Wanted | Response> {
  const key = keyOf(request, asking);
  if (key instanceof Response) return key;
  const wish = await readShape(request, CommandRequest);
  if (wish instanceof Response) return wish;
  const wanted = orderOf(wish, asking);
  return wanted instanceof Response ? wanted : { ...wanted, ...key, digest: digestOf(wish) };
}

function orderOf(
  { name, args = {}, deadline, why }: CommandRequest,
  { twin, claims, now }: Asking,
): Omit<Order, "id"> | Response {
  // A doctor or nurse may have a device measure, and nothing else.
  if (name !== "measure" && !may(claims.role, "commands:write")) {
    return problem("forbidden", {
      pointer: "/body/name",
      detail: `The role ${claims.role} may have a device measure only.`,
    });
  }
  if (!fits(treeObjectShape, args)) return invalid("/args", "Too large, or nested too deep.");
  const fault = commandFault(twin.kind, { name, args });
  if (fault !== undefined) return invalid(fault.pointer, fault.why);
  const until = deadline ?? later(now, commandLimits.within);
  const { withinLeast, withinMost } = commandLimits;
  if (until < now + withinLeast || until > now + withinMost) {
    return invalid("/deadline", "A deadline is from 5 s to 7 days ahead.");
  }
  const reason = why === undefined ? {} : { why };
  return { name, args, deadline: Instant(until), by: `u:${claims.subject}`, ...reason };
}

/** The same id for the same key of the same asker: whatever is sent again is one command. */
function keyOf(request: Request, { twin, claims }: Asking): { readonly id?: string } | Response {
  const key = request.headers.get("idempotency-key");
  if (key === null) return {};
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const detail = "An Idempotency-Key is 1 to 255 visible characters.";
    return problem("invalid", { pointer: "/headers/idempotency-key", detail });
  }
  return { id: commandId(claims.tenant, claims.subject, twin.id, key) };
}

function invalid(pointer: string, detail: string): Response {
  return problem("invalid", { pointer: `/body${pointer}`, detail });
}
