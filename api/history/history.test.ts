/** What twins were, asked through the API: one, many, and the difference between two times. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { openTrial, type Trial } from "#api/trial.ts";
import type { TwinAggregate, TwinPage } from "#api/twins/contract.ts";
import { judgeEvidence } from "#twins/history/evidence.ts";
import { entryOf, factOf, pulse } from "#twins/specimens.ts";
import { Hours, type Instant } from "#wire/units.ts";

import { FleetDiff, HistoryStatus, HistoryVerdict, PastTwin, TwinHistory } from "./contract.ts";

let trial: Trial;
/** The times between the steps of the story. */
const times: Instant[] = [];

beforeAll(async () => {
  trial = await openTrial();
  const step = async (): Promise<void> => {
    await trial.clock.advance({ by: Hours(1) });
    times.push(trial.clock.now());
    await trial.clock.advance({ by: Hours(1) });
  };
  await step();
  await report("B-1", { firmware: { version: "2.3.0" } });
  await report("B-2", { firmware: { version: "2.4.0" } });
  await trial.tell(pulse(71, trial.clock.now(), { device: "B-1", battery: 15, seq: 2 }));
  await step();
  await report("B-1", { firmware: { version: "2.4.1" }, power: { battery: 90 } }, 3);
  await want("B-2", { tags: { lot: "L-7" }, parts: { config: { desired: { profile: "dense" } } } });
  await step();
  await report("B-1", { power: { battery: null } }, 4);
  await step();
});
afterAll(() => trial.close());

async function report(serial: string, parts: object, seq = 1): Promise<void> {
  const body = { t: trial.clock.now(), parts } as never;
  await trial.tell(entryOf("reported", body, { device: serial, seq, epoch: "e2" }));
}

async function want(serial: string, patch: object): Promise<void> {
  const token = await trial.tokens.issue({ tenant: "nice" as never, role: "fleet" });
  const response = await trial.ask(`/v1/twins/${serial}?reason=trial`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/merge-patch+json",
    },
    body: JSON.stringify(patch),
  });
  expect(response.status).toBe(200);
}

async function get<T>(path: string, schema?: Parameters<typeof Value.Errors>[0]): Promise<T> {
  const response = await trial.get(path, "fleet");
  expect([path, response.status]).toEqual([path, 200]);
  const body = (await response.json()) as T;
  if (schema !== undefined) expect([...Value.Errors(schema, body)]).toEqual([]);
  return body;
}

async function refusal(path: string, role: Role = "fleet"): Promise<string> {
  const response = await trial.get(path, role);
  const { code, pointer = "" } = (await response.json()) as { code: string; pointer?: string };
  return `${response.status} ${code} ${pointer}`.trim();
}

const history = (query = "", id = "B-1") =>
  get<TwinHistory>(`/v1/twins/${id}/history?${query}`, TwinHistory);
const pathsOf = ({ items }: TwinHistory): string[][] =>
  items.map(({ changed }) => changed.map(({ path }) => path));

describe("TW-08: the history of a twin", () => {
  test("tells what changed, newest first, with who and why", async () => {
    const { items } = await history("", "B-2");
    expect(items.map(({ kind, cause, why }) => [kind, cause, why])).toEqual([
      ["changed", "api", "trial"],
      ["changed", null, null],
      ["created", null, null],
    ]);
    expect(items[0]?.by).toStartWith("u:");
    expect(items[0]?.changed).toMatchObject([
      { path: "tags/lot", value: "L-7" },
      { path: "desired/config/profile", value: "dense" },
      { path: "sync/config/profile", value: "pending" },
    ]);
  });

  test("comes by part and between times", async () => {
    expect(pathsOf(await history("part=firmware"))).toEqual([
      ["firmware/version"],
      ["firmware/version"],
    ]);
    expect(pathsOf(await history("part=config", "B-2"))).toEqual([
      ["desired/config/profile", "sync/config/profile"],
    ]);
    const [, from, to] = times;
    expect(pathsOf(await history(`from=${from}&to=${to}`))).toEqual([
      ["firmware/version", "power/battery"],
    ]);
  });

  test("comes page by page, and what is added meanwhile repeats and hides nothing", async () => {
    const all = await history();
    const found: TwinHistory["items"] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: TwinHistory = await history(`limit=1${cursor && `&cursor=${cursor}`}`);
      found.push(...page.items);
      cursor = page.cursor;
    }
    expect(found).toEqual(all.items);
  });

  test("TW-09: has no vital sign, for clinicians neither", async () => {
    const path = "/v1/twins/B-1/history";
    expect(await refusal(path, "doctor")).toBe("403 forbidden");
    expect(JSON.stringify(await history())).not.toMatch(/vitals|heart/);
  });

  test("AC-28: of another tenant's twin does not exist", async () => {
    for (const path of ["", "/verify", "/evidence"]) {
      expect(await refusal(`/v1/twins/B-9/history${path}`)).toBe("404 not_found");
    }
    expect(await refusal("/v1/twins/B-9?at=1")).toBe("404 not_found");
  });

  test("that is asked for wrongly is refused with where", async () => {
    const wrong = { from: "yesterday", to: "2999-01-01", part: "vitals", limit: "0", cursor: "x" };
    for (const [name, value] of Object.entries(wrong)) {
      expect(await refusal(`/v1/twins/B-1/history?${name}=${value}`)).toBe(
        `422 invalid /query/${name}`,
      );
    }
  });
});

describe("D16: a twin as it was", () => {
  const at = (moment: number | string) => get<PastTwin>(`/v1/twins/B-1?at=${moment}`, PastTwin);

  test("is told by time and by revision", async () => {
    const [first, second, third, fourth] = times.map((time) => at(time));
    expect((await first)?.parts).toEqual({});
    expect(await second).toMatchObject({
      parts: { firmware: { reported: { version: "2.3.0" } }, power: { reported: { battery: 15 } } },
      presence: { state: "in_stock" },
      links: { box: "X-1", assignment: null },
    });
    expect((await third)?.parts["power"]?.reported).toEqual({ battery: 90 });
    expect((await fourth)?.parts["power"]).toBeUndefined();
    const { rev } = (await third)!;
    expect(await at(rev)).toEqual((await third)!);
    expect(await get<object>(`/v1/twins/B-1?at=${rev}&fields=rev,parts/power`)).toEqual({
      rev,
      parts: { power: { reported: { battery: 90 }, desired: {} } },
    });
  });

  test("is told by day and in any zone", async () => {
    expect(await refusal("/v1/twins/B-1?at=2025-12-31")).toBe("404 not_found");
    expect((await at("2026-01-01T02:30:00%2B01:00"))?.parts).toEqual({});
  });

  test("is none before it was made, and nobody knows the future", async () => {
    expect(await refusal(`/v1/twins/B-1?at=${(times[0] ?? 0) - 3 * Hours(1)}`)).toBe(
      "404 not_found",
    );
    expect(await refusal("/v1/twins/B-1?at=2999-01-01")).toBe("422 invalid /query/at");
    expect(await refusal("/v1/twins/B-1?at=1&include=meta")).toBe("422 invalid /query/include");
  });

  test("needs the right to remember", async () => {
    expect(await refusal("/v1/twins/B-1?at=1", "nurse")).toBe("403 forbidden");
    expect(await refusal(`/v1/twins?at=${times[0]}`, "nurse")).toBe("403 forbidden");
  });
});

describe("the fleet as it was", () => {
  const ids = async (query: string): Promise<string[]> =>
    (await get<TwinPage>(`/v1/twins?${query}`)).items.map(({ id }) => id);

  test("FL-14: which wristbands ran 2.3.0 then", async () => {
    const [before, then, later] = times;
    const filter = "filter=kind==wristband;firmware.version==2.3.0";
    expect(await ids(`${filter}&at=${before}`)).toEqual([]);
    expect(await ids(`${filter}&at=${then}`)).toEqual(["B-1"]);
    expect(await ids(`${filter}&at=${later}`)).toEqual([]);
    expect(await ids(`filter=tags.lot==L-7,sync.state==pending&at=${later}`)).toEqual(["B-2"]);
  });

  test("is paged and counted as the present is", async () => {
    const page = await get<TwinPage>(`/v1/twins?at=${times[1]}&limit=3&count=true`);
    expect(page).toMatchObject({ total: 4, at: times[1], unknown: 0 });
    const rest = await get<TwinPage>(`/v1/twins?at=${times[1]}&limit=3&cursor=${page.cursor}`);
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual([
      "B-1",
      "B-2",
      "X-1",
      "X-2",
    ]);
  });

  test("is added up", async () => {
    const query = `groupBy=firmware.version&filter=kind==wristband&metrics=avg(power.battery)`;
    const { groups } = await get<TwinAggregate>(`/v1/twins/aggregate?at=${times[2]}&${query}`);
    expect(groups.map(({ by }) => by["firmware.version"])).toEqual(["2.4.0", "2.4.1"]);
    expect(groups[1]?.values).toEqual({ "avg(power.battery)": 90 });
  });

  test("equals the present, of now", async () => {
    const now = await get<TwinPage>("/v1/twins");
    const then = await get<TwinPage>(`/v1/twins?at=${trial.clock.now()}`);
    const kept = ({ items }: TwinPage) =>
      items.map(({ rev: _rev, modifiedAt: _at, readingAt: _reading, presence, ...row }) => ({
        ...{ row, state: presence.state },
      }));
    expect(kept(then)).toEqual(kept(now));
  });

  test("is not asked for what was never kept", async () => {
    for (const query of ["filter=freshness=gt=PT1H", "filter=lastSeen!=null", "sort=readingAt"]) {
      const [name] = query.split("=");
      expect(await refusal(`/v1/twins?at=${times[0]}&${query}`)).toBe(`422 invalid /query/${name}`);
    }
  });

  test("differs from what it was, with both values", async () => {
    const [, from, to] = times;
    const diff = await get<FleetDiff>(`/v1/fleet/diff?from=${from}&to=${to}`, FleetDiff);
    expect(diff.items).toMatchObject([
      {
        ...{ id: "B-1", kind: "changed" },
        leaves: {
          "firmware.version": { from: "2.3.0", to: "2.4.1" },
          "power.battery": { from: 15, to: 90 },
        },
      },
      { id: "B-2", leaves: { tags: { from: {}, to: { lot: "L-7" } } } },
    ]);
    const only = await get<FleetDiff>(
      `/v1/fleet/diff?from=${from}&to=${to}&leaves=tags.lot&filter=kind==wristband`,
    );
    expect(only.items).toEqual([
      { id: "B-2", kind: "changed", leaves: { "tags.lot": { from: null, to: "L-7" } } },
    ]);
    const page = await get<FleetDiff>(`/v1/fleet/diff?from=${from}&to=${to}&limit=1`);
    const next = await get<FleetDiff>(
      `/v1/fleet/diff?from=${from}&to=${to}&limit=1&cursor=${page.cursor}`,
    );
    expect([...page.items, ...next.items]).toEqual(diff.items);
  });
});

describe("a proof", () => {
  test("holds, and the file proves itself", async () => {
    const verdict = await get<HistoryVerdict>("/v1/twins/B-1/history/verify", HistoryVerdict);
    expect(verdict).toMatchObject({ holds: true, trimmed: 0 });
    const response = await trial.get("/v1/twins/B-1/history/evidence", "support");
    const lines = (await response.text()).trim().split("\n");
    expect(response.headers.get("x-history-anchor")).toBe(verdict.holds ? verdict.anchor : "");
    expect(judgeEvidence(lines, trial.clock.now())).toMatchObject({ kind: "holds" });
    const touched = lines.map((line) => line.replace("2.4.1", "2.4.2"));
    expect(judgeEvidence(touched, trial.clock.now())).toMatchObject({ kind: "broken", rev: 4 });
    expect(judgeEvidence(lines.slice(0, -1), trial.clock.now())).toMatchObject({ kind: "broken" });
  });

  test("of how much is remembered is told to whoever may ask", async () => {
    const status = await get<HistoryStatus>("/v1/history", HistoryStatus);
    expect(status).toMatchObject({ lagMs: 0, gaps: [], retention: [{ days: 90 }, { days: 730 }] });
  });
});

test("a presence fact is remembered, a heartbeat is not", async () => {
  const at = trial.clock.now();
  await trial.tell(factOf({ at, state: "heard", heardAt: at, power: "mains" }, "X-2", "X-2"));
  const before = await history("", "X-2");
  expect(pathsOf(before)[0]).toEqual(["radio/link", "power/source"]);
});
