/** Commands through HTTP: what is taken, what is refused and where, who may see what. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import type { Role } from "#api/access/roles.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { after, device, start } from "#twins/specimens.ts";
import { Hours, later, Millis } from "#wire/units.ts";

import type { CommandView } from "./contract.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await openTrial();
});
afterEach(() => trial.close());

const band = "/v1/twins/B-1/commands";

async function send(
  method: string,
  path: string,
  { role = "support", body, key }: { role?: Role; body?: unknown; key?: string } = {},
): Promise<Response> {
  const token = await trial.tokens.issue({ tenant: nice, role });
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return trial.ask(path, { method, headers, ...text });
}

const post = (body: unknown, more: { role?: Role; key?: string; path?: string } = {}) =>
  send("POST", more.path ?? band, { body, ...more });
const viewOf = async (response: Response) => (await response.json()) as CommandView;
const commands = () => createCommandStore({ ...trial.redis, keys: trial.keys, clock: trial.clock });

/** Status, code and pointer of a refusal. */
async function refusal(response: Response): Promise<string> {
  const { code, pointer = "" } = (await response.json()) as { code: string; pointer?: string };
  return `${response.status} ${code} ${pointer}`.trim();
}

describe("a command", () => {
  test("is queued until tomorrow, found under its location, and listed", async () => {
    const response = await post({ name: "locate", why: "lost in the sofa" });
    expect(response.status).toBe(202);
    const view = await viewOf(response);
    expect(view).toMatchObject({
      device: "B-1",
      name: "locate",
      args: {},
      state: "queued",
      by: "u:support@nice",
      why: "lost in the sofa",
      queuedAt: start + 1,
      deadline: later(after(1), Hours(24)),
      deliveredAt: null,
    });
    const location = response.headers.get("location") ?? "";
    expect(location).toBe(`${band}/${view.id}`);
    expect(await viewOf(await send("GET", location))).toEqual(view);
    expect(await (await send("GET", band)).json()).toEqual({ items: [view] });
  });

  test("asked for again under one key is one command, and another under that key is refused", async () => {
    const first = await viewOf(await post({ name: "locate" }, { key: "k-1" }));
    await trial.clock.advance({ by: Millis(5_000) });
    expect(await viewOf(await post({ name: "locate" }, { key: "k-1" }))).toEqual(first);
    expect(await refusal(await post({ name: "identify" }, { key: "k-1" }))).toBe("409 key_reused");
    const other = await viewOf(await post({ name: "locate" }, { key: "k-1", role: "fleet" }));
    expect(other.id).not.toBe(first.id);
    expect(await refusal(await post({ name: "locate" }, { key: "é" }))).toBe(
      "422 invalid /headers/idempotency-key",
    );
  });

  test("says in the stream of its twin how far it is", async () => {
    const token = await trial.tokens.issue({ tenant: nice, role: "support" });
    const headers = { authorization: `Bearer ${token}` };
    const stream = await trial.ask("/v1/twins/stream?filter=id==B-1", { headers });
    const { id } = await viewOf(await post({ name: "locate" }));
    await trial.clock.advance({ by: Millis(1_000) });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk);
      if (text.includes(`"commands/${id}"`)) break;
    }
    expect(text).toContain(`{"path":"commands/${id}","value":"queued"`);
  });

  test("is called back while nobody was told of it, and then no more", async () => {
    const one = await viewOf(await post({ name: "locate" }));
    const cancelled = await send("DELETE", `${band}/${one.id}`);
    expect(await viewOf(cancelled)).toMatchObject({
      state: "cancelled",
      cancelledBy: "u:support@nice",
    });
    const other = await viewOf(await post({ name: "locate" }));
    await commands().send(device("B-1").serial, [other.id]);
    expect(await refusal(await send("DELETE", `${band}/${other.id}`))).toBe("409 too_late");
    expect(await refusal(await send("DELETE", `${band}/c-404`))).toBe("404 not_found");
  });

  test("that nobody ended shows as expired from its deadline on, and how far it had come", async () => {
    const body = { name: "locate", deadline: start + 10_000 };
    const { id } = await viewOf(await post(body));
    await trial.clock.advance({ by: Millis(10_000) });
    expect(await viewOf(await send("GET", `${band}/${id}`))).toMatchObject({
      state: "expired",
      code: "not_delivered",
      endedAt: start + 10_000,
    });
  });

  test("MD-31: a doctor or nurse has a device measure, sees the value, and does nothing else", async () => {
    const body = { name: "measure", args: { metric: "heart-rate" } };
    const { id } = await viewOf(await post(body, { role: "nurse" }));
    const said = { state: "done", t: start, epoch: "e1", seq: 1, result: { bpm: 71 } } as const;
    await commands().hear(device("B-1").serial, [{ id, said }]);
    const seenBy = async (role: Role) =>
      (await viewOf(await send("GET", `${band}/${id}`, { role }))).result;
    expect(await seenBy("nurse")).toEqual({ bpm: 71 });
    expect(await seenBy("support")).toBeNull();
    const restart = post({ name: "restart" }, { role: "doctor" });
    expect(await refusal(await restart)).toBe("403 forbidden /body/name");
  });
});

describe("bad input", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{}, "422 invalid /body/name"],
    [{ name: "locate", colour: "red" }, "422 invalid /body/colour"],
    [{ name: "dance" }, "422 invalid /body/name"],
    [{ name: "locate", args: { loud: true } }, "422 invalid /body/args/loud"],
    [{ name: "measure", args: { metric: "mood" } }, "422 invalid /body/args/metric"],
    [{ name: "locate", deadline: start + 1_000 }, "422 invalid /body/deadline"],
    [{ name: "locate", deadline: start + 8 * 86_400_000 }, "422 invalid /body/deadline"],
    [{ name: "locate", deadline: 1e300 }, "422 invalid /body/deadline"],
    [{ name: "locate", why: "x".repeat(201) }, "422 invalid /body/why"],
    [{ name: "measure", args: { metric: "x".repeat(2_000) } }, "422 invalid /body/args"],
    [[], "422 invalid /body"],
  ];
  for (const [body, expected] of cases) {
    test(`${JSON.stringify(body).slice(0, 60)} is refused: ${expected}`, async () => {
      expect(await refusal(await post(body))).toBe(expected);
    });
  }

  test("a fifty-first open command of a device is refused, those of others are not", async () => {
    for (let n = 0; n < 50; n++) expect((await post({ name: "locate" })).status).toBe(202);
    expect(await refusal(await post({ name: "locate" }))).toBe("429 too_many");
    expect((await post({ name: "locate" }, { path: "/v1/twins/X-1/commands" })).status).toBe(202);
  });

  test("a kind of device that runs no program of ours, another tenant's, a retired or unknown one", async () => {
    const at = async (id: string) =>
      refusal(await post({ name: "locate" }, { path: `/v1/twins/${id}/commands` }));
    expect(await at("B-9")).toBe("404 not_found");
    expect(await at("B-404")).toBe("404 not_found");
    expect(await at("nonsense")).toBe("404 not_found");
    await trial.twins.create(device("S-1"));
    expect(await at("S-1")).toBe("422 invalid /body/name");
    await trial.twins.retire(device("B-1").serial);
    expect(await at("B-1")).toBe("410 retired");
    expect((await send("GET", band)).status).toBe(200);
  });

  test("a body that is no JSON, or does not say that it is", async () => {
    const token = await trial.tokens.issue({ tenant: nice, role: "support" });
    const authorization = `Bearer ${token}`;
    const raw = (type: string) =>
      trial.ask(band, {
        method: "POST",
        headers: { authorization, "content-type": type },
        body: "{",
      });
    expect(await refusal(await raw("application/json"))).toBe("400 bad_json /body");
    expect(await refusal(await raw("text/plain"))).toBe("415 unsupported_media_type");
    expect(await refusal(await send("GET", `${band}?state=queued`))).toBe(
      "422 invalid /query/state",
    );
  });
});
