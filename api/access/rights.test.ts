import { afterAll, beforeAll, expect, test } from "bun:test";

import * as fc from "fast-check";

import { lyon, nice, openTrial, type Trial } from "#api/trial.ts";
import { planFor } from "#twins/bulk/scene.ts";
import { createBulkStore } from "#twins/bulk/store.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { createGroupStore } from "#twins/groups/store.ts";
import { device, start } from "#twins/specimens.ts";
import { Hours, later } from "#wire/units.ts";

import { may, type Right, rights, rightsOf, routes } from "./rights.ts";
import { type Role, roles } from "./roles.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await openTrial();
  const { redis, keys, clock } = trial;
  const order = { name: "locate", args: {}, by: "u:42", deadline: later(clock.now(), Hours(1)) };
  const commands = createCommandStore({ cells: redis.cells, keys, clock });
  await commands.issue(device("B-1").serial, { ...order, id: "c-0000001" });
  const groups = createGroupStore({ cells: redis.cells, keys, clock });
  await groups.put(nice, { name: "boxes", filter: "kind==box", about: "", by: "u:42" });
  const changes = createBulkStore({ cells: redis.cells, keys, clock });
  await changes.make(planFor(1), [device("B-1").serial]);
});
afterAll(() => trial.close());

/** Who may ask what, written out once more: a change of the table must be meant. */
const expected: Readonly<Record<string, readonly Role[]>> = {
  "GET /v1/twins": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/twins/aggregate": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/twins/stream": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/twins/:id": ["fleet", "support", "doctor", "nurse", "admin"],
  "POST /v1/twins/:id/commands": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/twins/:id/commands": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/twins/:id/commands/:command": ["fleet", "support", "doctor", "nurse", "admin"],
  "DELETE /v1/twins/:id/commands/:command": ["fleet", "support", "admin"],
  "GET /v1/groups": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/groups/:group": ["fleet", "support", "doctor", "nurse", "admin"],
  "PUT /v1/groups/:group": ["fleet", "admin"],
  "GET /v1/groups/:group/twins": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/groups/:group/stream": ["fleet", "support", "doctor", "nurse", "admin"],
  "DELETE /v1/groups/:group": ["fleet", "admin"],
  "PUT /v1/twins/:id": ["fleet", "admin"],
  "PATCH /v1/twins/:id": ["fleet", "admin"],
  "DELETE /v1/twins/:id": ["fleet", "admin"],
  "PATCH /v1/twins/:id/tags": ["fleet", "admin"],
  "PATCH /v1/twins/:id/parts/:part": ["fleet", "admin"],
  "PATCH /v1/twins/:id/parts/:part/desired": ["fleet", "admin"],
  "PATCH /v1/twins/:id/parts/:part/reported": ["fleet", "admin"],
  "POST /v1/changes": ["fleet", "admin"],
  "GET /v1/changes": ["fleet", "support", "admin"],
  "GET /v1/changes/:change": ["fleet", "support", "admin"],
  "GET /v1/changes/:change/results": ["fleet", "support", "admin"],
  "GET /v1/changes/:change/stream": ["fleet", "support", "admin"],
  "POST /v1/changes/:change/approve": ["fleet", "admin"],
  "POST /v1/changes/:change/start": ["fleet", "admin"],
  "POST /v1/changes/:change/pause": ["fleet", "admin"],
  "POST /v1/changes/:change/resume": ["fleet", "admin"],
  "POST /v1/changes/:change/abort": ["fleet", "admin"],
  "POST /v1/changes/:change/undo": ["fleet", "admin"],
  "GET /v1/twins/:id/history": ["fleet", "support", "admin"],
  "GET /v1/twins/:id/history/verify": ["fleet", "support", "admin"],
  "GET /v1/twins/:id/history/evidence": ["fleet", "support", "admin"],
  "GET /v1/history": ["fleet", "support", "admin"],
  "GET /v1/fleet/diff": ["fleet", "support", "admin"],
  "GET /v1/custody": ["fleet", "support", "admin"],
  "GET /v1/custody/:serial": ["fleet", "support", "admin"],
  "POST /v1/custody/swap": ["fleet", "admin"],
  "PUT /v1/custody/:serial/assignment": ["fleet", "admin"],
  "DELETE /v1/custody/:serial/assignment": ["fleet", "admin"],
  "PUT /v1/custody/:serial/status": ["fleet", "admin"],
  "PUT /v1/custody/:serial/calibration": ["fleet", "admin"],
  "DELETE /v1/custody/assignments/:assignment": ["admin"],
  "GET /v1/fleet/visits": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/fleet/blind": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/fleet": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/events": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/quarantine": ["fleet", "support", "doctor", "nurse", "admin"],
  "GET /v1/accounting": ["fleet", "support", "admin"],
  "GET /v1/api-keys": ["admin"],
  "POST /v1/api-keys": ["admin"],
  "DELETE /v1/api-keys/:key": ["admin"],
  "GET /v1/me": roles,
  "GET /metrics": ["support", "admin"],
};
/** Proved in the way of the interface they imitate; `api/compat/` holds them to the same rights. */
const proved = [
  "GET /compat/aws/things/:thing/shadow",
  "POST /compat/aws/things/:thing/shadow",
  "DELETE /compat/aws/things/:thing/shadow",
  "GET /compat/aws/api/things/shadow/ListNamedShadowsForThing/:thing",
  "GET /compat/ditto/api/2/things",
  ...["GET", "POST"].flatMap((method) => [
    `${method} /compat/ditto/api/2/search/things`,
    `${method} /compat/ditto/api/2/search/things/count`,
  ]),
  "POST /compat/ditto/api/2/things/:thing/*",
  ...["GET", "PUT", "PATCH", "DELETE"].flatMap((method) => [
    `${method} /compat/ditto/api/2/things/:thing`,
    `${method} /compat/ditto/api/2/things/:thing/*`,
  ]),
];
const open = [
  ...proved,
  "GET /v1/twins/socket",
  "POST /v1/session",
  "DELETE /v1/session",
  "GET /health",
  "GET /ready",
  "GET /openapi",
  "GET /openapi/json",
  "GET /*",
];

const parameters: Readonly<Record<string, string>> = {
  id: "B-1",
  part: "config",
  command: "c-0000001",
  group: "boxes",
  serial: "B-2",
  change: "ch-0000000000000001",
};

/** What a route cannot do without. */
const queries: Readonly<Record<string, string>> = {
  "GET /v1/fleet/diff": `?from=${start}`,
  "GET /v1/custody": "?assignment=A-1",
};

async function statusFor(route: string, headers: Record<string, string>): Promise<number> {
  const [method = "GET", path = ""] = route.split(" ");
  const named = path.replaceAll(/:(\w+)/g, (_, name: string) => parameters[name] ?? "x");
  const filled = `${named}${queries[route] ?? ""}`;
  const response = await trial.ask(filled, { method, headers });
  await response.body?.cancel();
  return response.status;
}

/** What says that somebody was let in: an answer, or a complaint about a request that says nothing. */
function isLetIn(status: number): boolean {
  return status !== 401 && status !== 403 && status < 500;
}

test("AC-33, H-06: every route of the application stands in the table of rights, and no other", () => {
  const mounted = trial.routes;
  expect(mounted.toSorted()).toEqual(Object.keys(routes).toSorted());
  expect([...Object.keys(expected), ...open].toSorted()).toEqual(Object.keys(routes).toSorted());
});

for (const [route, allowed] of Object.entries(expected)) {
  for (const role of roles) {
    const isAllowed = allowed.includes(role);
    test(`AC-11: ${route} ${isAllowed ? "answers" : "refuses"} the role ${role}`, async () => {
      const token = await trial.tokens.issue({ tenant: nice, role });
      const ways: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { cookie: `a=b; vigie_session=${token}` },
      ];
      for (const headers of ways) {
        const isByCookie = "cookie" in headers && !route.startsWith("GET ");
        const status = await statusFor(route, headers);
        if (route.startsWith("GET ") && isAllowed) expect(status).toBe(200);
        else expect(isLetIn(status)).toBe(isAllowed && !isByCookie);
      }
    });
  }
  test(`SE-05: ${route} refuses whoever does not say who they are`, async () => {
    expect(await statusFor(route, {})).toBe(401);
    expect(await statusFor(route, { authorization: "Bearer nonsense" })).toBe(401);
    expect(await statusFor(route, { authorization: "Basic dTpw" })).toBe(401);
  });
}

test("AC-28: no role of one tenant sees a twin of another, in any way", async () => {
  for (const role of roles.filter((each) => may(each, "twins:read"))) {
    const authorization = `Bearer ${await trial.tokens.issue({ tenant: lyon, role })}`;
    const list = await trial.ask("/v1/twins", { headers: { authorization } });
    const { items } = (await list.json()) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(["B-9", "X-9"]);
    expect(await statusFor("GET /v1/twins/:id", { authorization })).toBe(404);
    const fleet = await trial.ask("/v1/fleet", { headers: { authorization } });
    expect(await fleet.json()).toMatchObject({ total: 2 });
    const named = await trial.ask("/v1/twins?filter=id==B-1", { headers: { authorization } });
    expect(await named.json()).toEqual({ items: [], cursor: null });
  }
});

test("SE-05: a socket opens for whoever will say who they are, and for nobody who may not listen", async () => {
  const status = async (role: Role): Promise<number> => {
    const token = await trial.tokens.issue({ tenant: nice, role });
    return statusFor("GET /v1/twins/socket", { authorization: `Bearer ${token}` });
  };
  for (const role of roles) expect(await status(role)).toBe(may(role, "twins:read") ? 426 : 403);
  expect(await statusFor("GET /v1/twins/socket", {})).toBe(426);
  const foreign = { origin: "https://elsewhere.example" };
  expect(await statusFor("GET /v1/twins/socket", foreign)).toBe(403);
  expect(await statusFor("GET /v1/twins/socket", { authorization: "Bearer x" })).toBe(401);
});

test("AC-31: a thousand random requests of another tenant find nothing", async () => {
  const token = await trial.tokens.issue({ tenant: lyon, role: "doctor" });
  const headers = { authorization: `Bearer ${token}` };
  const foreign = fc.constantFrom("B-1", "X-1", "B-2", "X-2");
  const path = fc.oneof(
    foreign.map((id) => `/v1/twins/${id}`),
    fc
      .tuple(fc.constantFrom("id", "box"), fc.constantFrom("==", "=ge=", "=le="), foreign)
      .map((all) => `/v1/twins?filter=${all.join("")}`),
    fc
      .tuple(foreign, foreign)
      .map((ids) => `/v1/twins?filter=id=in=(${ids.join()}),box=in=(${ids.join()})`),
    fc.constantFrom("kind", "-rev", "-createdAt").map((sort) => `/v1/twins?sort=${sort}`),
    fc.constantFrom("/v1/events", "/v1/quarantine", "/v1/twins?filter=id!=null"),
  );
  await fc.assert(
    fc.asyncProperty(path, async (asked) => {
      const response = await trial.ask(asked, { headers });
      expect(response.status).toBe(asked.startsWith("/v1/twins/") ? 404 : 200);
      expect(await response.text()).not.toMatch(/"(?:[BX]-[12])"/);
    }),
    { numRuns: 1000 },
  );
});

test("a role has the rights that name it, and a right that no role has is a mistake", () => {
  expect(rightsOf("patient")).toEqual([]);
  expect(rightsOf("nurse")).toContain("vitals:read");
  for (const role of ["fleet", "support", "admin", "patient", "relative"] as const) {
    expect(may(role, "vitals:read")).toBe(false);
  }
  for (const right of Object.keys(rights)) expect(rights[right as Right].length).toBeGreaterThan(0);
});
