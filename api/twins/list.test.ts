import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Role } from "#api/access/roles.ts";
import { lyon, openTrial, type Trial } from "#api/trial.ts";
import { filterLimits } from "#twins/rsql.ts";
import { entryOf, pulse, start } from "#twins/specimens.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import type { TwinAggregate, TwinPage } from "./contract.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await openTrial();
  await trial.tell(pulse(71, start, { device: "B-1", battery: 15 }));
  const body = { t: start, parts: { power: { battery: 55 }, firmware: { version: "2.4.1" } } };
  await trial.tell(entryOf("reported", body, { device: "B-2" }));
});
afterAll(() => trial.close());

async function page(query: string, role: Role = "fleet"): Promise<TwinPage> {
  const response = await trial.get(`/v1/twins?${query}`, role);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as TwinPage;
}

async function groups(query: string, role: Role = "fleet"): Promise<TwinAggregate> {
  const response = await trial.get(`/v1/twins/aggregate?${query}`, role);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as TwinAggregate;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly pointer?: string;
  readonly at?: number;
  readonly detail?: string;
}

async function refusal(path: string, headers: Record<string, string> = {}): Promise<Refusal> {
  const response = await trial.get(path, "fleet", headers);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return (await response.json()) as Refusal;
}

test("a page says how many there are in all, when asked", async () => {
  const asked = await page("limit=1&count=true&filter=kind==wristband");
  expect([asked.items.length, asked.total]).toEqual([1, 2]);
  expect(await page("limit=1&filter=kind==wristband")).not.toHaveProperty("total");
  expect(await refusal("/v1/twins?count=yes")).toMatchObject({
    status: 422,
    pointer: "/query/count",
  });
});

test("a filter that cannot be understood is refused in the reader's language, with where", async () => {
  const path = `/v1/twins?filter=${encodeURIComponent("power.battery=lt=20;;kind==box")}`;
  const english = { status: 422, code: "invalid", pointer: "/query/filter", at: 20 };
  expect(await refusal(path)).toMatchObject({
    ...english,
    detail: 'At character 20: expected a path or "(", found ";".',
  });
  for (const wish of ["fr", "fr-CH, en;q=0.5", "en;q=0.1,FR;q=0.2"]) {
    expect(await refusal(path, { "accept-language": wish })).toMatchObject({
      ...english,
      detail: "Au caractère 20 : attendu : un chemin ou « ( » ; trouvé : « ; ».",
    });
  }
  for (const wish of ["de", "en, fr;q=0.9", "*"]) {
    const { detail } = await refusal(path, { "accept-language": wish });
    expect(detail).toStartWith("At character");
  }
  const sort = await refusal("/v1/twins?sort=nope", { "accept-language": "fr" });
  expect(sort.detail).toBe("Au caractère 0 : aucune feuille « nope ».");
});

test("a filter that is too long is refused before it is read, on every route that takes one", async () => {
  const filter = `id==${"x".repeat(filterLimits.characters)}`;
  for (const route of ["/v1/twins", "/v1/twins/aggregate", "/v1/twins/stream"]) {
    expect(await refusal(`${route}?filter=${filter}`)).toMatchObject({
      status: 422,
      pointer: "/query/filter",
      at: filterLimits.characters,
      detail: "At character 2000: longer than 2000 characters.",
    });
  }
});

test("a filter about ages moves on with the clock", async () => {
  const own = await openTrial();
  await own.tell(pulse(71, start, { device: "B-1" }));
  const silent = async (): Promise<string[]> => {
    const response = await own.get("/v1/twins?filter=freshness=gt=PT10M", "fleet");
    return ((await response.json()) as TwinPage).items.map(({ id }) => id);
  };
  expect(await silent()).toEqual([]);
  await own.clock.advance({ by: Minutes(10) });
  expect(await silent()).toEqual([]);
  await own.clock.advance({ by: Seconds(1) });
  expect(await silent()).toEqual(["B-1"]);
  await own.close();
});

test("FL-16: twins are counted and measured by group, for whoever may list them", async () => {
  const asked = await groups("groupBy=kind&metrics=count,avg(power.battery),p95(battery)");
  expect(asked).toMatchObject({
    total: 4,
    groups: [
      { by: { kind: "box" }, values: { count: 2, "avg(power.battery)": null } },
      {
        by: { kind: "wristband" },
        count: 2,
        values: { count: 2, "avg(power.battery)": 35, "p95(battery)": 55 },
      },
    ],
  });
  const filtered = await groups("filter=kind==wristband&groupBy=firmware.version");
  expect(filtered.groups.map(({ by, count }) => [by["firmware.version"], count])).toEqual([
    ["2.3.0", 1],
    ["2.4.1", 1],
  ]);
  const none = await groups("filter=kind==scale");
  expect(none).toMatchObject({ total: 0, groups: [] });
});

test("TW-09: vital signs are neither grouped nor measured without a clinical right", async () => {
  for (const query of [
    "groupBy=vitals.steps",
    "metrics=avg(vitals.heart-rate)",
    "metrics=p50(vitals.guess)",
  ]) {
    expect(await refusal(`/v1/twins/aggregate?${query}`)).toMatchObject({
      status: 403,
      code: "forbidden",
    });
  }
  const pulses = await groups("metrics=max(vitals.heart-rate)", "doctor");
  expect(pulses.groups[0]?.values).toEqual({ "max(vitals.heart-rate)": 71 });
});

test("AC-28: another tenant's twins are in no group and in no count", async () => {
  const token = await trial.tokens.issue({ tenant: lyon, role: "fleet" });
  const headers = { authorization: `Bearer ${token}` };
  const asked = await trial.ask("/v1/twins/aggregate?filter=box==X-1", { headers });
  expect(await asked.json()).toMatchObject({ total: 0, groups: [] });
  const listed = await trial.ask("/v1/twins?count=true&filter=id==B-1", { headers });
  expect(await listed.json()).toEqual({ items: [], cursor: null, total: 0 });
});

/** The answer, for which the clock moves on: a token's signature is checked outside of virtual time. */
async function asTimePasses(answer: Promise<Response>): Promise<Response> {
  const state = { isThere: false };
  void answer.then(() => {
    state.isThere = true;
  });
  while (!state.isThere) {
    await Bun.sleep(1);
    await trial.clock.advance({ by: Millis(10) });
  }
  return answer;
}

test("whoever carries the position of a write waits for it, and is told when it does not come", async () => {
  const before = (await trial.twins.read("B-1" as never))!;
  const after = { ...before, tags: { lot: "L9" } };
  const changed = [{ path: "tags/lot", value: "L9", t: start }];
  const [outcome] = await trial.twins.commit([{ before, after, changed }]);
  if (outcome?.kind !== "committed") throw new Error("not committed");
  const { q, id } = outcome.position;
  const wait = (path: string, position: string): Promise<Response> =>
    asTimePasses(trial.get(path, "fleet", { "x-position": position }));
  const waited = await wait("/v1/twins?filter=lot==L9", `${q}-${id}`);
  const found = (await waited.json()) as TwinPage;
  expect(found.items).toMatchObject([{ id: "B-1", tags: { lot: "L9" } }]);
  const late = await wait("/v1/twins", `${q}-9999999999999-0`);
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await late.json()).toMatchObject({ code: "index_behind" });
  for (const none of ["99-1-0", "1-1", "x"]) {
    const { status, pointer } = await refusal("/v1/twins", { "x-position": none });
    expect([status, pointer]).toEqual([422, "/headers/x-position"]);
  }
});
