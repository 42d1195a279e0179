import { afterAll, beforeAll, expect, test } from "bun:test";

import { nice, openTrial, type Trial } from "#api/trial.ts";
import { Millis, Seconds } from "#wire/units.ts";

let trial: Trial;
let token: string;
beforeAll(async () => {
  trial = await openTrial();
  token = await trial.tokens.issue({ tenant: nice, role: "nurse" });
});
afterAll(() => trial.close());

const asJson = { "content-type": "application/json" };

function post(body: BodyInit, headers: Record<string, string> = asJson): Promise<Response> {
  return trial.ask("/v1/session", { method: "POST", body, headers });
}

async function codeOf(response: Response): Promise<unknown> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { code, pointer } = (await response.json()) as Record<string, unknown>;
  return pointer === undefined ? [response.status, code] : [response.status, code, pointer];
}

test("a token becomes a cookie that no script reads and no other site sends, and signs in", async () => {
  const response = await post(JSON.stringify({ token }));
  expect(response.status).toBe(204);
  const cookie = response.headers.get("set-cookie")!;
  expect(cookie).toMatch(
    /^vigie_session=[^;]+; Path=\/; Max-Age=863\d\d; HttpOnly; SameSite=Strict$/,
  );
  const me = await trial.ask("/v1/me", { headers: { cookie: cookie.split(";")[0]! } });
  expect(await me.json()).toMatchObject({ tenant: "nice", role: "nurse", subject: "nurse@nice" });
  const out = await trial.ask("/v1/session", { method: "DELETE" });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    204,
    "vigie_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict",
  ]);
});

test("over TLS the cookie never travels without it", async () => {
  const response = await trial.ask(
    "/v1/session",
    {
      method: "POST",
      body: JSON.stringify({ token }),
      headers: asJson,
    },
    "https:",
  );
  expect(response.headers.get("set-cookie")).toEndWith("; Secure");
});

test("a sign-in that is malformed says what is wrong and where", async () => {
  expect(await codeOf(await post("{"))).toEqual([400, "bad_json", "/body"]);
  expect(await codeOf(await post(new Uint8Array([0xff])))).toEqual([400, "bad_json", "/body"]);
  expect(await codeOf(await post("[]"))).toEqual([422, "invalid", "/body"]);
  expect(await codeOf(await post("{}"))).toEqual([422, "invalid", "/body/token"]);
  expect(await codeOf(await post(JSON.stringify({ token, more: 1 })))).toEqual([
    422,
    "invalid",
    "/body/more",
  ]);
  expect(await codeOf(await post(JSON.stringify({ token: "x.y.z" })))).toEqual([
    401,
    "unauthenticated",
    "/body/token",
  ]);
  expect(
    await codeOf(await post(JSON.stringify({ token }), { "content-type": "text/plain" })),
  ).toEqual([415, "unsupported_media_type"]);
  expect(await codeOf(await post(`{"token":"${"x".repeat(20_000)}"}`))).toEqual([
    413,
    "too_large",
    "/body",
  ]);
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
  });
  expect(await codeOf(await post(endless))).toEqual([413, "too_large", "/body"]);
});

test("another site can neither sign anyone in nor use a cookie to change anything", async () => {
  const body = JSON.stringify({ token });
  expect(await codeOf(await post(body, { ...asJson, origin: "http://evil.example" }))).toEqual([
    403,
    "cross_origin",
  ]);
  expect((await post(body, { ...asJson, origin: "http://localhost" })).status).toBe(204);
  const site = { ...asJson, origin: "http://localhost", "sec-fetch-site": "cross-site" };
  expect(await codeOf(await post(body, site))).toEqual([403, "cross_origin"]);
});

test("an expired token is told apart from one that never was", async () => {
  const brief = await trial.tokens.issue({ tenant: nice, role: "nurse", ttl: Seconds(1) });
  await trial.clock.advance({ by: Millis(1000) });
  const response = await trial.ask("/v1/me", { headers: { authorization: `Bearer ${brief}` } });
  expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
  expect(await codeOf(response)).toEqual([401, "token_expired"]);
  expect(await codeOf(await post(JSON.stringify({ token: brief })))).toEqual([
    401,
    "token_expired",
    "/body/token",
  ]);
});
