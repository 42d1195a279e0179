/**
 * Who may ask what: the one table. What is not in it is denied.
 *
 * Every right reaches the asker's own tenant only. Assignments of devices to patients do not exist yet, so clinicians
 * see the vital signs of their whole tenant: docs/decisions/0003-clinical-sight-before-assignments.md.
 * @source DESIGN access; catalogue annex 3
 */
import type { Clearance } from "#twins/columns.ts";

import type { Role } from "./roles.ts";

/** Each right and the roles that have it. */
export const rights = {
  /** Twins without vital signs: list, one, stream. */
  "twins:read": ["fleet", "support", "doctor", "nurse", "admin"],
  /** What is desired of a device, its tags, its creation and its end. */
  "twins:write": ["fleet", "admin"],
  /** What devices are told to do, and what became of it. */
  "commands:read": ["fleet", "support", "doctor", "nurse", "admin"],
  /** Have a device measure now (MD-31). */
  "measures:ask": ["fleet", "support", "doctor", "nurse", "admin"],
  /** Have a device do anything else that it knows; call a command back. */
  "commands:write": ["fleet", "support", "admin"],
  /** Vital signs in twins, lists, filters, sorts and streams. */
  "vitals:read": ["doctor", "nurse"],
  /** Save and forget groups of twins. */
  "groups:write": ["fleet", "admin"],
  /** Bulk changes, and what became of their devices. */
  "changes:read": ["fleet", "support", "admin"],
  /** Make, start, stop and take back bulk changes. */
  "changes:write": ["fleet", "admin"],
  /** Let a bulk change be started. */
  "changes:approve": ["fleet", "admin"],
  /** Who has which device, and had it when. */
  "custody:read": ["fleet", "support", "admin"],
  /** Assign, swap and take back devices, say what they are fit for and when they were checked. */
  "custody:write": ["fleet", "admin"],
  /** End an assignment and forget its name. */
  "custody:erase": ["admin"],
  /** Counts over the fleet. */
  "fleet:read": ["fleet", "support", "doctor", "nurse", "admin"],
  /** What twins were, and who changed them. */
  "history:read": ["fleet", "support", "admin"],
  /** Technical events, and how many emergencies there were. */
  "events:read": ["fleet", "support", "doctor", "nurse", "admin"],
  /** Emergencies themselves. */
  "emergencies:read": ["doctor", "nurse"],
  /** What was put aside, and why. */
  "quarantine:read": ["fleet", "support", "doctor", "nurse", "admin"],
  /** The text of what was put aside: it may hold a vital sign. */
  "quarantine-text:read": ["doctor", "nurse"],
  /** Keys for programs: make, list and revoke them. */
  "api-keys:write": ["admin"],
  /** What became of every message, over the whole installation. */
  "accounting:read": ["fleet", "support", "admin"],
  /** Numbers for monitoring. */
  "metrics:read": ["support", "admin"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Right = keyof typeof rights;

/** Whether a role has a right. */
export function may(role: Role, right: Right): boolean {
  const holders: readonly Role[] = rights[right];
  return holders.includes(role);
}

/** Every right of a role. */
export function rightsOf(role: Role): Right[] {
  return rightNames.filter((right) => may(role, right));
}

/** What a role may know of a twin. */
export function clearanceOf(role: Role): Clearance {
  return may(role, "vitals:read") ? "clinical" : "technical";
}

/**
 * What each route asks for: a right, a token of any role (`signed-in`), or nothing (`public`). `loopback` is a right that
 * a caller on this very machine has without a token; `said` one that a caller may also show on the open connection;
 * `proved` one that callers prove in the way of another interface, which the route checks itself.
 */
export type Demand =
  | Right
  | "signed-in"
  | "public"
  | { readonly loopback: Right }
  | { readonly said: Right }
  | { readonly proved: Right };

/** The right that a route asks of whoever shows a token. */
export function rightOf(demand: Exclude<Demand, "public">): Right | "signed-in" {
  if (typeof demand === "string") return demand;
  if ("proved" in demand) return demand.proved;
  return "said" in demand ? demand.said : demand.loopback;
}

/** Every route there is. */
export const routes: Readonly<Record<string, Demand>> = {
  "GET /v1/twins": "twins:read",
  "GET /v1/twins/aggregate": "twins:read",
  "GET /v1/twins/stream": "twins:read",
  "GET /v1/twins/socket": { said: "twins:read" },
  "GET /v1/twins/:id": "twins:read",
  "PUT /v1/twins/:id": "twins:write",
  "PATCH /v1/twins/:id": "twins:write",
  "DELETE /v1/twins/:id": "twins:write",
  "PATCH /v1/twins/:id/tags": "twins:write",
  "PATCH /v1/twins/:id/parts/:part": "twins:write",
  "PATCH /v1/twins/:id/parts/:part/desired": "twins:write",
  "PATCH /v1/twins/:id/parts/:part/reported": "twins:write",
  "POST /v1/twins/:id/commands": "measures:ask",
  "GET /v1/twins/:id/commands": "commands:read",
  "GET /v1/twins/:id/commands/:command": "commands:read",
  "DELETE /v1/twins/:id/commands/:command": "commands:write",
  "GET /v1/groups": "twins:read",
  "GET /v1/groups/:group": "twins:read",
  "PUT /v1/groups/:group": "groups:write",
  "DELETE /v1/groups/:group": "groups:write",
  "GET /v1/groups/:group/twins": "twins:read",
  "GET /v1/groups/:group/stream": "twins:read",
  "POST /v1/changes": "changes:write",
  "GET /v1/changes": "changes:read",
  "GET /v1/changes/:change": "changes:read",
  "GET /v1/changes/:change/results": "changes:read",
  "GET /v1/changes/:change/stream": "changes:read",
  "POST /v1/changes/:change/approve": "changes:approve",
  "POST /v1/changes/:change/start": "changes:write",
  "POST /v1/changes/:change/pause": "changes:write",
  "POST /v1/changes/:change/resume": "changes:write",
  "POST /v1/changes/:change/abort": "changes:write",
  "POST /v1/changes/:change/undo": "changes:write",
  "GET /v1/twins/:id/history": "history:read",
  "GET /v1/twins/:id/history/verify": "history:read",
  "GET /v1/twins/:id/history/evidence": "history:read",
  "GET /v1/history": "history:read",
  "GET /v1/fleet/diff": "history:read",
  "GET /v1/custody": "custody:read",
  "GET /v1/custody/:serial": "custody:read",
  "POST /v1/custody/swap": "custody:write",
  "PUT /v1/custody/:serial/assignment": "custody:write",
  "DELETE /v1/custody/:serial/assignment": "custody:write",
  "PUT /v1/custody/:serial/status": "custody:write",
  "PUT /v1/custody/:serial/calibration": "custody:write",
  "DELETE /v1/custody/assignments/:assignment": "custody:erase",
  "GET /v1/fleet/visits": "fleet:read",
  "GET /v1/fleet/blind": "fleet:read",
  "GET /v1/fleet": "fleet:read",
  "GET /v1/events": "events:read",
  "GET /v1/quarantine": "quarantine:read",
  "GET /v1/accounting": "accounting:read",
  "GET /v1/api-keys": "api-keys:write",
  "POST /v1/api-keys": "api-keys:write",
  "DELETE /v1/api-keys/:key": "api-keys:write",
  "GET /compat/aws/things/:thing/shadow": { proved: "twins:read" },
  "POST /compat/aws/things/:thing/shadow": { proved: "twins:write" },
  "DELETE /compat/aws/things/:thing/shadow": { proved: "twins:write" },
  "GET /compat/aws/api/things/shadow/ListNamedShadowsForThing/:thing": { proved: "twins:read" },
  "GET /compat/ditto/api/2/things": { proved: "twins:read" },
  "GET /compat/ditto/api/2/search/things": { proved: "twins:read" },
  "POST /compat/ditto/api/2/search/things": { proved: "twins:read" },
  "GET /compat/ditto/api/2/search/things/count": { proved: "twins:read" },
  "POST /compat/ditto/api/2/search/things/count": { proved: "twins:read" },
  "GET /compat/ditto/api/2/things/:thing": { proved: "twins:read" },
  "PUT /compat/ditto/api/2/things/:thing": { proved: "twins:write" },
  "PATCH /compat/ditto/api/2/things/:thing": { proved: "twins:write" },
  "DELETE /compat/ditto/api/2/things/:thing": { proved: "twins:write" },
  "GET /compat/ditto/api/2/things/:thing/*": { proved: "twins:read" },
  "POST /compat/ditto/api/2/things/:thing/*": { proved: "commands:write" },
  "PUT /compat/ditto/api/2/things/:thing/*": { proved: "twins:write" },
  "PATCH /compat/ditto/api/2/things/:thing/*": { proved: "twins:write" },
  "DELETE /compat/ditto/api/2/things/:thing/*": { proved: "twins:write" },
  "GET /v1/me": "signed-in",
  "POST /v1/session": "public",
  "DELETE /v1/session": "public",
  "GET /metrics": { loopback: "metrics:read" },
  "GET /health": "public",
  "GET /ready": "public",
  "GET /openapi": "public",
  "GET /openapi/json": "public",
  "GET /*": "public",
};

const rightNames = Object.keys(rights).filter((name): name is Right => name in rights);
