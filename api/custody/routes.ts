/**
 * `/v1/custody`: which box a device hangs on, for whom it is, whether it is fit; now, and at any past moment.
 */
import { type TSchema, Type } from "@sinclair/typebox";

import { momentParameter, readInstant } from "#api/history/deps.ts";
import { problem, type ProblemCode } from "#api/problem.ts";
import { type About, type Asked, askerOf, json, type Parameter, type Route } from "#api/route.ts";
import { invalid, readParameters } from "#api/twins/question.ts";
import { kindOf, parseSerial } from "#wire/identity.ts";

import {
  assign,
  calibrate,
  type CustodyChangeDeps,
  erase,
  release,
  setStatus,
  swap,
} from "./change.ts";
import {
  AssignRequest,
  CalibrationRequest,
  CustodyReply,
  CustodyView,
  HeldList,
  StatusRequest,
  SwapRequest,
} from "./contract.ts";
import { viewRecord } from "./view.ts";

const tag = "Custody";
const answers = ["application/json"] as const;
const path = "/v1/custody/:serial";

/** The routes. */
export function custodyRoutes(deps: CustodyChangeDeps): readonly Route[] {
  const route = (
    place: Pick<Route, "method" | "path">,
    said: About,
    answer: (asked: Asked) => Promise<Response>,
  ): Route => ({ ...place, answers, about: said, answer });
  return [
    route({ method: "GET", path: "/v1/custody" }, aboutHeld, (asked) => held(deps, asked)),
    route({ method: "GET", path }, aboutOne, (asked) => one(deps, asked)),
    route({ method: "POST", path: "/v1/custody/swap" }, aboutSwap, (asked) => swap(deps, asked)),
    route({ method: "PUT", path: `${path}/assignment` }, aboutAssigning, (asked) =>
      assign(deps, asked),
    ),
    route({ method: "DELETE", path: `${path}/assignment` }, aboutReleasing, (asked) =>
      release(deps, asked),
    ),
    route({ method: "PUT", path: `${path}/status` }, aboutStatus, (asked) =>
      setStatus(deps, asked),
    ),
    route({ method: "PUT", path: `${path}/calibration` }, aboutCalibrating, (asked) =>
      calibrate(deps, asked),
    ),
    route(
      { method: "DELETE", path: "/v1/custody/assignments/:assignment" },
      aboutErasing,
      (asked) => erase(deps, asked),
    ),
  ];
}

const serialParameter: Parameter = {
  name: "serial",
  in: "path",
  about: "The device's serial",
  schema: Type.String(),
};
const assignmentParameter = {
  name: "assignment",
  about: "A pseudonym such as A-91c3",
  schema: Type.String(),
} as const;
const atParameter = momentParameter("at", "As it was then");

const aboutHeld: About = {
  ...about("The devices that an assignment ever had or, with `at`, had then", HeldList),
  parameters: [{ ...assignmentParameter, in: "query" }, atParameter],
  problems: ["invalid"],
};
const aboutOne: About = {
  ...about(
    "Custody of one device: as it stands or stood, and all that is known of it",
    CustodyView,
  ),
  parameters: [serialParameter, atParameter],
  problems: ["not_found", "invalid"],
};
const changing: readonly ProblemCode[] = [
  ...(["bad_json", "not_found", "wrong_state", "retired", "too_large"] as const),
  ...(["unsupported_media_type", "invalid", "unavailable"] as const),
];
const aboutSwap: About = {
  ...about("Put a device in the place of another, in one go", CustodyReply),
  description:
    "The new one takes the box and the assignment of the old or, being a box, all that hangs on it; the old one goes to " +
    "stock. All of it happens or nothing. Sent again, it is answered as done and changes nothing.",
  body: SwapRequest,
  problems: changing,
};
const aboutAssigning: About = {
  ...changingOne("Give a device from stock to an assignment, and hang it on a box"),
  description: "Refused to a device that has another one, and to what is broken.",
  body: AssignRequest,
};
const aboutReleasing = changingOne("Take a device back into stock: off its box, for nobody");
const aboutStatus: About = {
  ...changingOne("Say whether a device is in use, in stock, broken or retired"),
  description:
    "Active, inactive and broken may become each other, but broken goes by inactive to active; whatever is retired stays so.",
  body: StatusRequest,
};
const aboutCalibrating: About = {
  ...changingOne("Note that a device was checked, and until when that holds"),
  body: CalibrationRequest,
};
const aboutErasing: About = {
  ...about("End an assignment and forget its name", CustodyReply),
  description:
    "Its devices go to stock. When they were with somebody is kept, with whom is not: the name stands nowhere any more.",
  parameters: [{ ...assignmentParameter, in: "path" }],
  problems: ["invalid", "unavailable"],
};

function about(summary: string, schema: TSchema): About {
  return { summary, tag, success: { status: 200, about: summary, schema } };
}

function changingOne(summary: string): About {
  return { ...about(summary, CustodyReply), parameters: [serialParameter], problems: changing };
}

async function held({ custody, clock }: CustodyChangeDeps, asked: Asked): Promise<Response> {
  const parameters = readParameters(asked.url.searchParams, ["assignment", "at"]);
  if (parameters instanceof Response) return parameters;
  const assignment = parameters.get("assignment");
  if (assignment === undefined) return invalid("assignment", { detail: "Whose devices." });
  const at = readInstant(parameters, "at", clock.now());
  if (at instanceof Response) return at;
  const items = custody.heldBy(askerOf(asked).tenant, assignment, at);
  return json({ items: items.map((item) => ({ kind: kindOf(item.device), ...item })) });
}

async function one({ custody, clock }: CustodyChangeDeps, asked: Asked): Promise<Response> {
  const parameters = readParameters(asked.url.searchParams, ["at"]);
  if (parameters instanceof Response) return parameters;
  const at = readInstant(parameters, "at", clock.now());
  if (at instanceof Response) return at;
  const device = parseSerial(asked.params["serial"] ?? "");
  const record = device && custody.record(askerOf(asked).tenant, device);
  return record === undefined
    ? problem("not_found")
    : json(viewRecord(record, { at: at ?? null, now: clock.now() }));
}
