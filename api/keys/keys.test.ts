import { afterEach, beforeEach, expect, test } from "bun:test";

import { lyon, nice, openTrial, type Trial } from "#api/trial.ts";

let trial: Trial;
beforeEach(async () => {
  trial = await openTrial();
});
afterEach(() => trial.close());

interface Key {
  readonly id: string;
  readonly secret?: string;
  readonly revokedAt: number | null;
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const token = await trial.tokens.issue({ tenant: nice, role: "admin" });
  return trial.ask(path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

test("an administrator makes a key, sees it without its secret, and revokes it for good", async () => {
  const made = await ask("POST", "/v1/api-keys", { role: "fleet" });
  expect(made.status).toBe(201);
  const { secret, ...key } = (await made.json()) as Key;
  expect(secret).toMatch(/^[a-z0-9]{40}$/);
  expect(await (await ask("GET", "/v1/api-keys")).json()).toEqual({ items: [key] });
  expect(await trial.apiKeys.find(key.id)).toMatchObject({ tenant: nice, role: "fleet", secret });
  const revoked = (await (await ask("DELETE", `/v1/api-keys/${key.id}`)).json()) as Key;
  expect(revoked.revokedAt).toBe(trial.clock.now());
  expect(await trial.apiKeys.find(key.id)).toBeUndefined();
  expect((await ask("DELETE", "/v1/api-keys/VKAAAAAAAAAAAAAAAAAA")).status).toBe(404);
});

test("AC-28: another tenant's keys are neither seen nor revoked", async () => {
  const { id } = await trial.apiKeys.create({ tenant: lyon, role: "fleet", by: "u:1" });
  expect(await (await ask("GET", "/v1/api-keys")).json()).toEqual({ items: [] });
  expect((await ask("DELETE", `/v1/api-keys/${id}`)).status).toBe(404);
  expect(await trial.apiKeys.find(id)).toBeDefined();
});

test("SE-05: the store alone gives no secret away", async () => {
  const { secret } = await trial.apiKeys.create({ tenant: nice, role: "fleet", by: "u:1" });
  const kept = JSON.stringify(await trial.redis.cells.getAll(trial.keys.apiKeys()));
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain(btoa(secret));
});

test("a key for no role, or for more than a role, is not made", async () => {
  for (const body of [{}, { role: "king" }, { role: "fleet", tenant: "lyon" }]) {
    expect((await ask("POST", "/v1/api-keys", body)).status).toBe(422);
  }
});

test("faces that are off have no routes", async () => {
  const bare = await openTrial({ faces: {} });
  expect(bare.routes.filter((route) => route.includes("/compat/"))).toEqual([]);
  expect((await bare.ask("/compat/aws/things/B-1/shadow")).status).toBe(404);
  await bare.close();
});
