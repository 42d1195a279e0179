/**
 * Writers see their own writes: a question waits until the index has reached what it names and this process wrote.
 *
 * A write answers where its change stands, a list how far its knowledge goes; either may be sent with a question.
 */
import { Type } from "@sinclair/typebox";

import { problem } from "#api/problem.ts";
import type { Parameter } from "#api/route.ts";
import type { Fleet } from "#twins/fleet.ts";
import {
  movedTo,
  type Positions,
  readPlace,
  readPositions,
  startPositions,
} from "#twins/positions.ts";
import { Seconds } from "#wire/units.ts";

/** Names the header, on requests and on answers. */
export const positionHeader = "x-position";

/** The header as routes explain it. */
export const positionParameter: Parameter = {
  name: positionHeader,
  in: "header",
  about: "Wait until the answer knows all up to this position, which a write or a list answered",
  schema: Type.String(),
};

/** How long a reader waits for the index. */
const patience = Seconds(2);

/** The refusal while the index does not know what it is asked to know. */
export async function notYet(fleet: Fleet, request: Request): Promise<Response | undefined> {
  if (!fleet.isBuilt()) {
    return problem("unavailable", {
      detail: "The twins are being read; this takes a few seconds after a start.",
      headers: { "retry-after": "1" },
    });
  }
  const text = request.headers.get(positionHeader);
  const wanted = text === null ? undefined : readWanted(text, fleet.positions().length);
  if (text !== null && wanted === undefined) {
    return problem("invalid", { pointer: `/headers/${positionHeader}`, detail: "No position." });
  }
  if (await fleet.reach(wanted, patience)) return undefined;
  return problem("index_behind", {
    detail: "The index has not reached this position yet.",
    headers: { "retry-after": "1" },
  });
}

/** How far the index is to be; undefined when the text cannot be understood. */
function readWanted(text: string, partitions: number): Positions | undefined {
  const place = readPlace(text, partitions);
  if (place === undefined) return readPositions(text, partitions);
  return movedTo(startPositions(partitions), place);
}
