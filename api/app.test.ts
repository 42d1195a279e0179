import { afterAll, beforeAll, expect, test } from "bun:test";

import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { entryOf, factOf, pulse, start } from "#twins/specimens.ts";
import { Instant, Millis } from "#wire/units.ts";

import type { Role } from "./access/roles.ts";
import { Me } from "./account/contract.ts";
import { EventPage } from "./events/contract.ts";
import { FleetSummary } from "./fleet/contract.ts";
import { AccountingView, QuarantinePage, Readiness } from "./operations/contract.ts";
import { nice, openTrial, type Trial } from "./trial.ts";
import { TwinPage, TwinView } from "./twins/contract.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await openTrial();
  await trial.tell(pulse(71, start, { device: "B-1", battery: 15 }));
  await trial.tell(pulse(64, start, { device: "B-2", box: "X-2", battery: 80 }));
  await trial.tell(factOf({ at: start, state: "heard", heardAt: start, power: "mains" }));
});
afterAll(() => trial.close());

async function body<T>(path: string, role: Role, schema: TSchema): Promise<T> {
  const response = await trial.get(path, role);
  expect([path, response.status]).toEqual([path, 200]);
  const value: unknown = await response.json();
  expect(
    [...Value.Errors(schema, value)].map(({ path: at, message }) => `${at}: ${message}`),
  ).toEqual([]);
  return value as T;
}

async function refusal(path: string, role: Role | undefined, headers = {}): Promise<unknown> {
  const response = await trial.get(path, role, headers);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { code, pointer, at } = (await response.json()) as Record<string, unknown>;
  return [response.status, code, pointer, at].filter((each) => each !== undefined);
}

test("TW-08: every answer is of the shape that the document declares", async () => {
  for (const role of ["fleet", "doctor"] as const) {
    const page = await body<TwinPage>("/v1/twins", role, TwinPage);
    expect(page.items.map(({ id }) => id)).toEqual(["B-1", "B-2", "X-1", "X-2"]);
    expect(await body<TwinView>("/v1/twins/B-1", role, TwinView)).toMatchObject({
      id: "B-1",
      rev: 2,
    });
    expect(await body<FleetSummary>("/v1/fleet", role, FleetSummary)).toMatchObject({ total: 4 });
    await body("/v1/events", role, EventPage);
    await body("/v1/quarantine", role, QuarantinePage);
    await body("/v1/me", role, Me);
  }
  const accounting = await body<AccountingView>("/v1/accounting", "fleet", AccountingView);
  expect(accounting.holds).toBe(true);
});

test("TW-09: a fleet token sees battery and firmware, and never a vital sign; a doctor sees both", async () => {
  const seen = async (role: Role): Promise<string> => {
    const paths = [
      "/v1/twins",
      "/v1/twins/B-1",
      "/v1/fleet",
      "/v1/twins?filter=power.battery=lt=20",
    ];
    const texts = await Promise.all(
      paths.map(async (path) => (await trial.get(path, role)).text()),
    );
    return texts.join("\n");
  };
  for (const role of ["fleet", "support", "admin"] as const) {
    expect(await seen(role)).not.toMatch(/vitals|heart-rate|spo2/);
    expect(await refusal("/v1/twins?filter=vitals.heart-rate=gt=100", role)).toEqual([
      403,
      "forbidden",
      "/query/filter",
      0,
    ]);
    expect(await refusal("/v1/twins?sort=id,-vitals.spo2", role)).toEqual([
      403,
      "forbidden",
      "/query/sort",
      3,
    ]);
    expect(await refusal("/v1/twins/stream?filter=vitals.heart-rate=gt=100", role)).toEqual([
      403,
      "forbidden",
      "/query/filter",
      0,
    ]);
  }
  const page = await body<TwinPage>("/v1/twins?filter=vitals.heart-rate=gt=70", "nurse", TwinPage);
  expect(page.items.map(({ id, power, vitals }) => [id, power.battery, vitals])).toEqual([
    ["B-1", 15, { "heart-rate": 71 }],
  ]);
  const one = await body<TwinView>("/v1/twins/B-1", "doctor", TwinView);
  expect(one.parts["vitals"]?.leaves["heart-rate"]).toMatchObject({
    value: 71,
    quality: "good",
    qualityPercent: 90,
  });
});

test("TW-11: a leaf older than twice its cadence is stale, and every leaf has its age", async () => {
  const late = await openTrial();
  await late.tell(pulse(71, start, { device: "B-1" }));
  const leaf = async (path: "vitals" | "firmware", name: string) => {
    const one = (await (await late.get("/v1/twins/B-1", "doctor")).json()) as TwinView;
    return one.parts[path]?.leaves[name];
  };
  await late.clock.advance({ to: Instant(start + 20 * 60_000) });
  expect(await leaf("vitals", "heart-rate")).toMatchObject({
    ageMs: 20 * 60_000,
    stale: false,
    staleAt: start + 20 * 60_000,
  });
  await late.clock.advance({ by: Millis(1) });
  expect(await leaf("vitals", "heart-rate")).toMatchObject({ ageMs: 20 * 60_000 + 1, stale: true });
  await late.tell(
    entryOf(
      "reported",
      { t: start, parts: { config: { profile: "seed" } } },
      { seq: 5, receivedAt: late.clock.now() },
    ),
  );
  expect(await leaf("firmware", "version")).toMatchObject({ stale: true });
  const one = (await (await late.get("/v1/twins/B-1", "fleet")).json()) as TwinView;
  expect(one.parts["config"]?.leaves["profile"]).toMatchObject({
    value: "seed",
    stale: false,
    staleAt: null,
    quality: "late",
  });
  await late.close();
});

test("a twin has its revision as ETag, and is not sent again to whoever has it", async () => {
  const first = await trial.get("/v1/twins/B-1", "fleet");
  const etag = first.headers.get("etag")!;
  expect(etag).toBe('"2"');
  for (const tag of [etag, `W/${etag}`, `"1", ${etag}`]) {
    const again = await trial.get("/v1/twins/B-1", "fleet", { "if-none-match": tag });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
  }
  expect((await trial.get("/v1/twins/B-1", "fleet", { "if-none-match": '"1"' })).status).toBe(200);
});

test("TW-01: a retired device is gone (410), and an unknown or foreign one was never there (404)", async () => {
  const own = await openTrial();
  await own.twins.retire((await own.twins.read("B-2" as never))!.id);
  await own.clock.advance({ by: Millis(1) });
  const status = async (path: string) => (await own.get(path, "fleet")).status;
  expect(await status("/v1/twins/B-2")).toBe(410);
  expect(await status("/v1/twins/B-77")).toBe(404);
  expect(await status("/v1/twins/B-9")).toBe(404);
  expect(await status("/v1/twins/nothing%20like%20a%20serial")).toBe(404);
  const page = (await (await own.get("/v1/twins", "fleet")).json()) as TwinPage;
  expect(page.items.map(({ id }) => id)).toEqual(["B-1", "X-1", "X-2"]);
  await own.close();
});

test("pages follow one another by their cursor, in the order asked for", async () => {
  const ids: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: TwinPage = await body(
      `/v1/twins?sort=-power.battery&limit=1${next}`,
      "fleet",
      TwinPage,
    );
    ids.push(...page.items.map(({ id }) => id));
    ({ cursor } = page);
  }
  expect(ids).toEqual(["B-2", "B-1", "X-1", "X-2"]);
});

test("a question that cannot be understood is refused with what and where", async () => {
  expect(await refusal("/v1/twins?filter=power.battery=lt=20;;", "fleet")).toEqual([
    422,
    "invalid",
    "/query/filter",
    20,
  ]);
  expect(await refusal("/v1/twins?filter=nothing==1", "fleet")).toEqual([
    422,
    "invalid",
    "/query/filter",
    0,
  ]);
  expect(await refusal("/v1/twins?sort=nothing", "fleet")).toEqual([
    422,
    "invalid",
    "/query/sort",
    0,
  ]);
  for (const limit of ["0", "1001", "-1", "1e2", "ten", ""]) {
    expect(await refusal(`/v1/twins?limit=${limit}`, "fleet")).toEqual([
      422,
      "invalid",
      "/query/limit",
    ]);
  }
  expect((await trial.get("/v1/twins?limit=1000", "fleet")).status).toBe(200);
  expect(await refusal("/v1/twins?cursor=AAAA", "fleet")).toEqual([
    422,
    "invalid",
    "/query/cursor",
  ]);
  expect(await refusal("/v1/twins?colour=red", "fleet")).toEqual([422, "invalid", "/query/colour"]);
  expect(await refusal("/v1/twins?limit=1&limit=2", "fleet")).toEqual([
    422,
    "invalid",
    "/query/limit",
  ]);
  expect(await refusal("/v1/twins/B-1?colour=1", "fleet")).toEqual([
    422,
    "invalid",
    "/query/colour",
  ]);
  expect(await refusal("/v1/twins", "fleet", { "x-position": "%" })).toEqual([
    422,
    "invalid",
    "/headers/x-position",
  ]);
});

test("an answer has one form; whoever takes no such form is told", async () => {
  expect(await refusal("/v1/twins", "fleet", { accept: "text/csv" })).toEqual([
    406,
    "not_acceptable",
  ]);
  expect(await refusal("/v1/twins", "fleet", { accept: "application/json;q=0" })).toEqual([
    406,
    "not_acceptable",
  ]);
  expect(await refusal("/v1/twins/stream", "fleet", { accept: "application/json" })).toEqual([
    406,
    "not_acceptable",
  ]);
  for (const accept of ["*/*", "application/*", "text/html, application/json;q=0.1", ""]) {
    expect((await trial.get("/v1/twins", "fleet", { accept })).status).toBe(200);
  }
});

test("a path that is none and a method that is not done are told apart", async () => {
  expect(await refusal("/v1/nothing", "fleet")).toEqual([404, "not_found"]);
  const response = await trial.ask("/v1/twins", { method: "PUT" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  expect((await trial.ask("/nothing", { method: "POST" })).status).toBe(404);
});

test("every answer keeps browsers careful, and pages load nothing from elsewhere", async () => {
  for (const path of ["/v1/twins", "/v1/nothing", "/health", "/", "/openapi"]) {
    const { headers } = await trial.get(path, "fleet");
    expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  }
  const page = await trial.ask("/");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
});

test("readers who name a position wait for it, and are told when it does not come", async () => {
  const first = await trial.get("/v1/twins", "fleet");
  const position = first.headers.get("x-position")!;
  expect((await trial.get("/v1/twins", "fleet", { "x-position": position })).status).toBe(200);
  const { writePositions } = await import("#twins/positions.ts");
  const future = writePositions(Array.from({ length: 4 }, () => "9999999999999-0"));
  const waiting = trial.get("/v1/twins", "fleet", { "x-position": future });
  await Bun.sleep(5); // the token's signature is checked outside of virtual time
  await trial.clock.advance({ by: Millis(2000) });
  const late = await waiting;
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
});

test("/health tells that the process lives, /ready which part cannot serve", async () => {
  expect(await (await trial.get("/health")).json()).toEqual({ alive: true });
  const ready = await body<Readiness>("/ready", "fleet", Readiness);
  expect(ready).toEqual({
    ready: true,
    parts: ["redis", "index", "processors"].map((name) => ({ name, ready: true })),
  });
});

test("metrics name routes and states, and no device or person", async () => {
  const text = await (await trial.get("/metrics", "admin")).text();
  expect(text).toContain('vigie_http_seconds_count{route="GET /v1/twins",status="200"}');
  expect(text).toContain("vigie_index_built 1");
  expect(text).not.toMatch(/B-1|nice/);
});

test("a token counts for the tenant it names, and for no other by asking", async () => {
  const token = await trial.tokens.issue({ tenant: nice, role: "fleet" });
  const headers = { authorization: `Bearer ${token}` };
  const response = await trial.ask("/v1/twins?filter=tenant==lyon", { headers });
  expect(response.status).toBe(422);
});
