/** Changes of custody: what a request asks, and what it came to. */
import type { Static, TSchema } from "@sinclair/typebox";

import { readShape } from "#api/body.ts";
import { problem, type ProblemCode } from "#api/problem.ts";
import { type Asked, askerOf, json } from "#api/route.ts";
import { positionHeader } from "#api/twins/index-position.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Custody, CustodyAnswer, CustodyOrder } from "#twins/custody/custody.ts";
import type { CustodyRefusal } from "#twins/custody/rows.ts";
import { movedTo, startPositions, writePositions } from "#twins/positions.ts";
import { parseBox, parseSerial, type Serial } from "#wire/identity.ts";
import { Instant, lastInstant } from "#wire/units.ts";

import {
  AssignRequest,
  CalibrationRequest,
  type CustodyReply,
  StatusRequest,
  SwapRequest,
} from "./contract.ts";
import { viewStanding } from "./view.ts";

/** What changes need. */
export interface CustodyChangeDeps {
  readonly custody: Custody;
  readonly partitions: number;
  readonly clock: Pick<Clock, "now">;
}

/** Gives a device to an assignment. */
export async function assign(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  return onDevice(asked, AssignRequest, async (device, { assignment, box: text, reason }) => {
    const box = text === undefined ? undefined : parseBox(text);
    if (text !== undefined && box === undefined) {
      return problem("invalid", { pointer: "/body/box", detail: "The serial of a box." });
    }
    const wish = { device, assignment, ...(box === undefined ? {} : { box }) };
    return answer(deps, await deps.custody.assign(wish, orderOf(asked, reason)));
  });
}

/** Takes a device back into stock. */
export async function release(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  const device = parseSerial(asked.params["serial"] ?? "");
  if (device === undefined) return problem("not_found");
  return answer(deps, await deps.custody.release(device, orderOf(asked, undefined)));
}

/** Says what a device is fit for. */
export async function setStatus(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  return onDevice(asked, StatusRequest, async (device, { status, reason }) =>
    answer(deps, await deps.custody.setStatus(device, status, orderOf(asked, reason))),
  );
}

/** Notes that a device was checked. */
export async function calibrate(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  return onDevice(asked, CalibrationRequest, async (device, { due, reason }) => {
    if (due <= deps.clock.now() || due > lastInstant) {
      return problem("invalid", { pointer: "/body/due", detail: "It lies ahead." });
    }
    const until = Instant(due);
    return answer(deps, await deps.custody.calibrate(device, until, orderOf(asked, reason)));
  });
}

/** Puts a device in the place of another. */
export async function swap(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  const body = await readShape(asked.request, SwapRequest);
  if (body instanceof Response) return body;
  const { as = "inactive", reason } = body;
  const [old, fresh] = [parseSerial(body.old), parseSerial(body.new)];
  if (old === undefined || fresh === undefined) return problem("not_found");
  return answer(deps, await deps.custody.swap({ old, fresh, as }, orderOf(asked, reason)));
}

/** Ends an assignment and forgets its name. */
export async function erase(deps: CustodyChangeDeps, asked: Asked): Promise<Response> {
  const assignment = asked.params["assignment"] ?? "";
  return answer(deps, await deps.custody.erase(assignment, orderOf(asked, undefined)));
}

async function onDevice<Schema extends TSchema>(
  asked: Asked,
  schema: Schema,
  change: (device: Serial, wish: Static<Schema>) => Promise<Response>,
): Promise<Response> {
  const device = parseSerial(asked.params["serial"] ?? "");
  if (device === undefined) return problem("not_found");
  const wish = await readShape(asked.request, schema);
  return wish instanceof Response ? wish : change(device, wish);
}

function orderOf(asked: Asked, why: string | undefined): CustodyOrder {
  const { tenant, subject } = askerOf(asked);
  return { tenant, author: { by: `u:${subject}`, ...(why === undefined ? {} : { why }) } };
}

function answer({ partitions }: CustodyChangeDeps, given: CustodyAnswer): Response {
  if (given.kind === "refused") return refusal(given);
  const reply: CustodyReply = { devices: given.devices.map(viewStanding) };
  const reached = given.positions.reduce(movedTo, startPositions(partitions));
  return json(reply, { [positionHeader]: writePositions(reached) });
}

const refusals: Readonly<Record<CustodyRefusal["code"], readonly [ProblemCode, string]>> = {
  unknown: ["not_found", "is not known"],
  revoked: ["retired", "is retired"],
  other_kind: ["invalid", "is no other device of that kind"],
  assigned: ["wrong_state", "is somebody's: release it first"],
  not_in_stock: ["wrong_state", "is not free"],
  nothing_to_swap: ["wrong_state", "has neither a home nor an assignment"],
  broken: ["wrong_state", "is broken"],
  no_certificate: ["wrong_state", "has no certificate: enrol it first"],
  not_allowed: ["wrong_state", "cannot become that from what it is"],
};

function refusal({ code, serial }: CustodyRefusal): Response {
  const [name, why] = refusals[code];
  return problem(name, { detail: `${serial} ${why}.` });
}
