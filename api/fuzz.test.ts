import { afterAll, beforeAll, expect, test } from "bun:test";

import * as fc from "fast-check";

import { openTrial, type Trial } from "./trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await openTrial();
  const me = await trial.get("/v1/me", "doctor");
  expect(me.status).toBe(200);
});
afterAll(() => trial.close());

/** What attackers and broken clients send. */
const attacks = [
  "' OR 1=1 --",
  "<script>alert(1)</script>",
  "../../../../etc/passwd",
  "%00",
  "%2e%2e%2f",
  "${jndi:ldap://x}",
  "{{7*7}}",
  "__proto__",
  "constructor",
  "hasOwnProperty==1",
  "__proto__.polluted==1",
  "id==*;".repeat(400),
  "(".repeat(3000),
  "id=='".repeat(100),
  "NaN",
  "-0",
  "1e309",
  "9".repeat(400),
  "\u0000",
  "\uD800",
  "💥",
  "a\r\nset-cookie: x=1",
];
const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.stringMatching(/^[a-z.]{1,12}(?:==|=lt=|=in=|!=)[(]?[a-z0-9*",']{0,8}[)]?$/),
  fc.stringMatching(
    /^!?[(]tags[.][a-z]{1,4}=(?:like|older|between|exists)=[(]?[A-Z0-9*,]{0,6}[)]{0,2}$/,
  ),
  fc.stringMatching(/^(?:avg|p9|p99|count|sum)[(]?[a-z.]{0,14}[)]?$/),
);

test("IO-10: no hostile query, path or header ever breaks a route", async () => {
  const name = fc.oneof(
    fc.constantFrom("filter", "sort", "kind", "limit", "cursor", "snapshot"),
    fc.constantFrom("count", "groupBy", "metrics"),
    hostile,
  );
  const route = fc.constantFrom(
    "/v1/twins",
    "/v1/twins/aggregate",
    "/v1/twins/stream",
    "/v1/twins/socket",
    "/v1/groups",
    "/v1/groups/any/twins",
    "/v1/events",
    "/v1/quarantine",
    "/v1/fleet",
    "/v1/me",
  );
  const header = fc.constantFrom(
    "accept",
    "if-none-match",
    "last-event-id",
    "x-position",
    "cookie",
    "origin",
    "content-type",
  );
  await fc.assert(
    fc.asyncProperty(
      route,
      fc.array(fc.tuple(name, hostile), { maxLength: 3 }),
      fc.tuple(header, hostile),
      async (path, query, [key, value]) => {
        const response = await trial.get(`${path}?${form(query)}`, "doctor", headersOf(key, value));
        await response.body?.cancel();
        expect(response.status).toBeLessThan(500);
      },
    ),
    { numRuns: 1500 },
  );
});

test("SE-10: two hundred hostile serials, tokens and bodies are refused, and none breaks anything", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const one = await trial.get(`/v1/twins/${encodeURIComponent(wellFormed(text))}`, "fleet");
      expect([404, 200]).toContain(one.status);
      const body = JSON.stringify({ token: text });
      const headers = { "content-type": "application/json" };
      const session = await trial.ask("/v1/session", { method: "POST", body, headers });
      expect([401, 413, 422]).toContain(session.status);
      const raw = await trial.ask("/v1/session", { method: "POST", body: text, headers });
      expect([400, 413, 422]).toContain(raw.status);
    }),
    { numRuns: 400 },
  );
});

function form(query: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(
    query.map(([name, value]) => [wellFormed(name), wellFormed(value)]),
  ).toString();
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "");
}

/** As far as HTTP lets such a text into a header at all. */
function headersOf(name: string, value: string): Record<string, string> {
  try {
    return Object.fromEntries(new Headers([[name, value]]));
  } catch {
    return {};
  }
}
