/**
 * What the document does not describe is refused, and every limit that it names holds, each with a pointer to where it
 * was broken. The routes come from the document itself: one that is added is asked here too.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { filterLimits } from "#twins/rsql.ts";

import type { OpenApi } from "./openapi/document.ts";
import { lineLimits } from "./twins/lines.ts";
import { openScene, type Scene } from "./twins/write/scene.ts";

let scene: Scene;
let document: OpenApi;
beforeAll(async () => {
  scene = await openScene();
  document = (await (await scene.ask("/openapi/json")).json()) as OpenApi;
});
afterAll(() => scene.close());

interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly pointer?: string;
  readonly at?: number;
}

const names: Readonly<Record<string, string>> = {
  ...{ id: "B-1", part: "config", command: "c-1", group: "g", change: "ch-1", key: "k" },
  ...{ serial: "B-1", assignment: "A-1" },
};

/** Every operation that is described, as `GET /v1/twins/{id}`; sockets speak otherwise. */
function operations(): string[] {
  return Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`))
    .filter((name) => !name.endsWith("/socket"));
}

async function refusalOf(operation: string, query = "", body?: unknown): Promise<Refusal> {
  const [method = "", path = ""] = operation.split(" ");
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "x");
  const sending = body === undefined ? {} : { body };
  const response = await scene.send(method, `${filled}${query}`, { role: "admin", ...sending });
  const { status } = response;
  if (response.headers.get("content-type") !== "application/problem+json") {
    await response.body?.cancel();
    return { status };
  }
  return { ...((await response.json()) as Refusal), status };
}

test("IO-10: a query parameter that no document names is refused by every route, with its name", async () => {
  for (const operation of operations()) {
    const refusal = await refusalOf(operation, "?surplus=1");
    expect({ operation, ...refusal }).toMatchObject({
      ...{ operation, status: 422, code: "invalid", pointer: "/query/surplus" },
    });
  }
});

/** A body that each operation with one takes; what people may write of a twin has further rules of its own. */
const bodies: Readonly<Record<string, object>> = {
  "POST /v1/session": { token: "t" },
  "POST /v1/api-keys": { role: "fleet" },
  "PUT /v1/twins/{id}": {},
  "PATCH /v1/twins/{id}": {},
  "PATCH /v1/twins/{id}/parts/{part}": {},
  "PATCH /v1/twins/{id}/parts/{part}/desired": {},
  "POST /v1/twins/{id}/commands": { name: "locate" },
  "PUT /v1/groups/{group}": { filter: "id==*" },
  "POST /v1/changes": { filter: "id==*", patch: {}, reason: "winter" },
  "POST /v1/custody/swap": { old: "B-1", new: "B-2" },
  "PUT /v1/custody/{serial}/assignment": { assignment: "A-1" },
  "PUT /v1/custody/{serial}/status": { status: "active" },
  "PUT /v1/custody/{serial}/calibration": { due: 1 },
};

/** Operations whose body holds names that people choose, or that nobody may send anything to. */
const free = ["PATCH /v1/twins/{id}/tags", "PATCH /v1/twins/{id}/parts/{part}/reported"];

test("IO-10: a field that no document names is refused by every route, with its place", async () => {
  const takers = operations().filter((operation) => {
    const [method = "", path = ""] = operation.split(" ");
    return document.paths[path]?.[method.toLowerCase()]?.requestBody !== undefined;
  });
  const steps = takers.filter((name) => name.includes("{change}/"));
  expect([...Object.keys(bodies), ...free, ...steps].toSorted()).toEqual(takers.toSorted());
  for (const operation of [...Object.keys(bodies), ...steps]) {
    const body = { ...bodies[operation], surplus: 1 };
    const refusal = await refusalOf(operation, "", body);
    expect({ operation, ...refusal }).toMatchObject({ operation, pointer: "/body/surplus" });
  }
});

describe("a limit that is broken says where:", () => {
  const long = `id==${"x".repeat(filterLimits.characters)}`;
  const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, n]));
  const group = "PUT /v1/groups/{group}";
  const change = "POST /v1/changes";
  const twin = "PATCH /v1/twins/{id}";
  const command = "POST /v1/twins/{id}/commands";
  const rows: readonly (readonly [
    what: string,
    operation: string,
    query: string,
    body: unknown,
    expected: string,
  ])[] = [
    [
      "a filter too long",
      "GET /v1/twins",
      `?filter=${long}`,
      undefined,
      "422 invalid /query/filter 2000",
    ],
    [
      "of a stream too",
      "GET /v1/twins/stream",
      `?filter=${long}`,
      undefined,
      "422 invalid /query/filter 2000",
    ],
    [
      "of an aggregate",
      "GET /v1/twins/aggregate",
      `?groupBy=kind&filter=${long}`,
      undefined,
      "422 invalid /query/filter 2000",
    ],
    [
      "of a difference",
      "GET /v1/fleet/diff",
      `?from=1767225600000&filter=${long}`,
      undefined,
      "422 invalid /query/filter 2000",
    ],
    ["of a group", group, "", { filter: long }, "422 invalid /body/filter"],
    [
      "of a change",
      change,
      "",
      { filter: long, patch: {}, reason: "w" },
      "422 invalid /body/filter",
    ],
    [
      "a filter too deep",
      "GET /v1/twins/stream",
      `?filter=${"(".repeat(17)}`,
      undefined,
      "422 invalid /query/filter 16",
    ],
    [
      "a filter that breaks off",
      "GET /v1/twins",
      "?filter=power.battery=lt=",
      undefined,
      "422 invalid /query/filter 17",
    ],
    [
      "no such leaf",
      "GET /v1/twins",
      "?filter=id==*;soul==21",
      undefined,
      "422 invalid /query/filter 6",
    ],
    [
      "no such leaf to sort by",
      "GET /v1/twins",
      "?sort=id,soul",
      undefined,
      "422 invalid /query/sort 3",
    ],
    ["too many on a page", "GET /v1/twins", "?limit=1001", undefined, "422 invalid /query/limit"],
    ["too few", "GET /v1/twins", "?limit=0", undefined, "422 invalid /query/limit"],
    ["a foreign cursor", "GET /v1/twins", "?cursor=x", undefined, "422 invalid /query/cursor"],
    [
      "a parameter given twice",
      "GET /v1/twins",
      "?limit=1&limit=2",
      undefined,
      "422 invalid /query/limit",
    ],
    [
      "fields too deep",
      "GET /v1/twins/{id}",
      `?fields=${"a(".repeat(40)}`,
      undefined,
      "422 invalid /query/fields",
    ],
    [
      "too many paths to group by",
      "GET /v1/twins/aggregate",
      "?groupBy=kind,id,box,rev",
      undefined,
      "422 invalid /query/groupBy",
    ],
    [
      "a patch too deep",
      twin,
      "",
      { parts: { config: { desired: nested(9) } } },
      `400 too_deep /body/parts/config/desired${"/a".repeat(8)}`,
    ],
    ["a patch too wide", twin, "", { tags: many(33) }, "413 too_many_leaves /body/tags"],
    ["a patch too large", twin, "", { tags: { lot: "x".repeat(65_600) } }, "413 too_large /body"],
    [
      "a tag too long",
      twin,
      "",
      { tags: { lot: "x".repeat(257) } },
      "400 bad_value /body/tags/lot",
    ],
    ["a number beyond all", twin, "", '{"tags":{"lot":1e400}}', "400 bad_value /body/tags/lot"],
    ["half a letter", twin, "", '{"tags":{"lot":"\\ud800"}}', "400 bad_value /body/tags/lot"],
    ["a reason too long", twin, `?reason=${"x".repeat(201)}`, {}, "422 invalid /query/reason"],
    ["a deadline too far", twin, "?deadline=P400D", {}, "422 invalid /query/deadline"],
    [
      "a command too large",
      command,
      "",
      { name: "locate", args: { a: "x".repeat(20_000) } },
      "413 too_large /body",
    ],
    [
      "a deadline too near",
      command,
      "",
      { name: "locate", deadline: 1 },
      "422 invalid /body/deadline",
    ],
    ["no such command", command, "", { name: "explode" }, "422 invalid /body/name"],
    [
      "a pace too fast",
      change,
      "",
      { filter: "id==*", patch: {}, reason: "w", pace: 1e9 },
      "422 invalid /body/pace",
    ],
    ["a part that is none", "PATCH /v1/twins/B-1/parts/soul", "", {}, "404 not_found"],
    ["a part that could be none", "PATCH /v1/twins/B-1/parts/%C3%A9", "", {}, "404 not_found"],
    [
      "what is reported",
      "PATCH /v1/twins/{id}/parts/{part}/reported",
      "",
      {},
      "403 not_writable /body",
    ],
  ];
  for (const [what, operation, query, body, expected] of rows) {
    test(`${what}: ${expected}`, async () => {
      const { status, code, pointer = "", at } = await refusalOf(operation, query, body);
      const told = `${status} ${code} ${pointer}`.trim();
      // Where in the text, for those who say it.
      expect(expected.endsWith(` ${at}`) ? `${told} ${at}` : told).toBe(expected);
    });
  }
});

test("TW-08: an overlong filter is refused before a stream is held for it", async () => {
  for (let tries = 0; tries < 2 * lineLimits.perSubject; tries++) {
    const { code } = await refusalOf("GET /v1/twins/stream", `?filter=${"x".repeat(2_001)}`);
    expect(code).toBe("invalid");
  }
});
