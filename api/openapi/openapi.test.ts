import { afterAll, beforeAll, expect, test } from "bun:test";

import { type Demand, rightOf, rights, routes } from "#api/access/rights.ts";
import { openTrial, type Trial } from "#api/trial.ts";
import { compareTexts } from "#twins/version-order.ts";

import type { OpenApi } from "./document.ts";

let trial: Trial;
let document: OpenApi;
beforeAll(async () => {
  trial = await openTrial();
  document = (await (await trial.ask("/openapi/json")).json()) as OpenApi;
});
afterAll(() => trial.close());

/** Pages, the document itself, and interfaces that others have described. */
const undocumented = [
  ...["GET /*", "GET /openapi", "GET /openapi/json"],
  ...Object.keys(routes).filter((name) => name.includes(" /compat/")),
];

test("IO-09: one document lists every route with its roles, and equals the running routes", () => {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(
      (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    ),
  );
  const running = trial.routes;
  expect([...listed, ...undocumented].toSorted()).toEqual(running.toSorted());
  for (const [name, demand] of Object.entries(routes).filter(
    ([each]) => !undocumented.includes(each),
  )) {
    const [method = "", path = ""] = name.split(" ");
    const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]![method.toLowerCase()]!;
    for (const role of rolesOf(demand)) expect(operation.description).toContain(role);
    expect(operation.security.length > 0).toBe(demand !== "public");
  }
});

function rolesOf(demand: Demand): readonly string[] {
  const right = demand === "public" ? "signed-in" : rightOf(demand);
  return right === "signed-in" ? [] : rights[right];
}

test("every reference leads to a schema, every schema is referred to, every operation has a name of its own", () => {
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  const referred = new Set(references.map(([, name = ""]) => name));
  expect([...referred].toSorted(compareTexts)).toEqual(
    Object.keys(document.components.schemas).toSorted(compareTexts),
  );
  expect(text.includes('"$id"')).toBe(false);
  const names = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(names).size).toBe(names.length);
  for (const [path, methods] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      const declared = parameters.filter((each) => "in" in each && each.in === "path");
      expect(declared.map((each) => ("name" in each ? each.name : ""))).toEqual(inPath);
    }
  }
});

test("the page says the same, without a script and without anything from elsewhere", async () => {
  const response = await trial.ask("/openapi");
  const page = await response.text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(`${path}</h2>`);
  expect(page).not.toMatch(/<script|src=|https?:\/\//);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
});
