/**
 * `PUT /v1/twins/{id}`: makes the twin of a device, or replaces all that people may write of it.
 *
 * Who enrolled a device has made its twin. A device that nobody enrolled yet goes into stock: the registry takes its
 * serial for the tenant, so that no other can, and its certificate or its box comes with the enrolment.
 */
import { Type } from "@sinclair/typebox";

import { readJson } from "#api/body.ts";
import { problem } from "#api/problem.ts";
import { type Asked, askerOf, type Route } from "#api/route.ts";
import { editTwin, type TwinPatch } from "#twins/desired/edit.ts";
import { readPatch } from "#twins/desired/patch.ts";
import type { Twin } from "#twins/document.ts";
import { twinLimits } from "#twins/limits.ts";
import { mergePatch, patchBetween } from "#twins/merge-patch.ts";
import type { RegisteredDevice, Registry } from "#twins/registry-port.ts";
import type { OpenRegistry } from "#twins/registry.ts";
import { createTwin } from "#twins/twin.ts";
import { kindOf, parseSerial, type Serial, type Tenant } from "#wire/identity.ts";
import { type JsonObject, type PartName, partNames } from "#wire/messages.ts";

import { authorParameters } from "./author.ts";
import { type DeskDeps, readTerms, write } from "./desk.ts";
import { excessOfEdit } from "./excess.ts";
import { idParameter, writeParameters } from "./parameters.ts";
import { refusal, writeProblems } from "./patch.ts";
import { preconditionParameters } from "./precondition.ts";
import { barred } from "./refusal.ts";
import { brief, WriteReply } from "./reply.ts";

/** What the route needs beside the desk; a registry that cannot stock makes twins of enrolled devices only. */
export interface PutDeps extends DeskDeps {
  readonly registry: Pick<Registry, "device"> & Partial<Pick<OpenRegistry, "stock">>;
}

/** The route. */
export function putRoute(deps: PutDeps): Route {
  return {
    method: "PUT",
    path: "/v1/twins/:id",
    answers: ["application/json"],
    about: {
      summary: "Make a twin, or replace its tags and all that is desired of it",
      description: "With `If-None-Match: *` it makes one or answers 412. A new one answers 201.",
      tag: "Twins",
      parameters: [idParameter, ...preconditionParameters, ...authorParameters, ...writeParameters],
      body: Type.Object(
        { tags: Type.Optional(Type.Unknown()), parts: Type.Optional(Type.Unknown()) },
        { additionalProperties: false },
      ),
      success: {
        status: 200,
        about: "Replaced",
        schema: WriteReply,
        also: { 201: "Made", ...brief },
      },
      problems: writeProblems,
    },
    answer: (asked) => put(deps, asked),
  };
}

async function put(deps: PutDeps, asked: Asked): Promise<Response> {
  const id = parseSerial(asked.params["id"] ?? "");
  if (id === undefined) return problem("not_found");
  const body = await readJson(asked.request, { largest: twinLimits.twinBytes });
  if (body instanceof Response) return body;
  const wanted = readPatch(body.value, kindOf(id));
  if (wanted.kind === "fault") return refusal(wanted, []);
  const terms = readTerms(deps, asked);
  if (terms instanceof Response) return terms;
  const { author, preconditions } = terms;
  const { tenant } = askerOf(asked);
  const device = await deviceFor(deps, { id, tenant, mayStock: preconditions.match === undefined });
  if (device === undefined) return problem("not_found");
  // Whoever follows the registry may have made the twin of a device that has just come into stock.
  const isNew = (twin: Twin | null): boolean =>
    twin === null || (device.isStocked && twin.rev === 1);
  return write(deps, {
    ...terms,
    id,
    bytes: body.bytes,
    preconditions: device.isStocked ? { ...preconditions, noneMatch: undefined } : preconditions,
    makes: true,
    edit: (stored, now) => {
      if (device.device.revokedAt !== null) return barred("retired");
      const twin = stored ?? createTwin(device.device, now);
      const edited = editTwin(twin, replacing(twin, wanted), { author, now });
      const made = isNew(stored) ? ({ change: "created", status: 201 } as const) : {};
      return excessOfEdit(stored, edited.twin, []) ?? { ...edited, ...made };
    },
  });
}

/** The device of that serial, if it is the tenant's or may become so. */
export async function deviceFor(
  { registry }: Pick<PutDeps, "registry">,
  { id, tenant, mayStock }: { id: Serial; tenant: Tenant; mayStock: boolean },
): Promise<{ readonly device: RegisteredDevice; readonly isStocked: boolean } | undefined> {
  const known = registry.device(id);
  if (known !== undefined)
    return known.tenant === tenant ? { device: known, isStocked: false } : undefined;
  if (!mayStock) return undefined;
  const stocked = await registry.stock?.(id, tenant);
  return stocked?.kind === "changed" ? { device: stocked.device, isStocked: true } : undefined;
}

/** The patch after which the twin holds what is wanted, and nothing else that people may write. */
function replacing(twin: Twin, { tags, desired }: TwinPatch): TwinPatch {
  const parts: Partial<Record<PartName, JsonObject>> = {};
  for (const name of partNames) {
    const held = twin.parts[name]?.desired ?? {};
    parts[name] = patchBetween(held, mergePatch({}, desired[name] ?? {}));
  }
  return { tags: patchBetween(twin.tags, mergePatch({}, tags ?? {})), desired: parts };
}
