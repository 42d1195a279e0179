/** The HTTPS door with a real client: the second leg of an emergency. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";

import { type Identity, type LiveStage, openLiveStage } from "./live-stage.ts";

let stage: LiveStage;
let box: Identity;

beforeAll(async () => {
  stage = await openLiveStage(realClock, realRandom);
  box = await stage.enrol("X-1", "nice");
  await stage.enrol("X-2", "lyon");
});

afterAll(() => stage.close());

const event = (id: string, seq: number, more: object = {}): object => ({
  id,
  epoch: "e1",
  seq,
  kind: "fall",
  device: "B-1",
  t: realClock.now(),
  ...more,
});

function ask(
  init: {
    method?: string;
    path?: string;
    key?: string;
    body?: BodyInit;
    identity?: Partial<Identity>;
  } = {},
): Promise<Response> {
  const { method = "POST", path = "/v1/emergencies", key, body = null, identity = box } = init;
  return fetch(`https://127.0.0.1:${stage.https.port}${path}`, {
    method,
    body: method === "GET" ? null : body,
    headers: key === undefined ? {} : { "idempotency-key": key },
    tls: { ...identity, ca: stage.authority.ca },
    keepalive: false,
  });
}

const post = (told: object, key?: string): Promise<Response> =>
  ask({ body: JSON.stringify(told), key: key ?? ("id" in told ? String(told.id) : "") });

async function codeOf(response: Response): Promise<unknown> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { status, code }: { status: number; code: string } = await response.json();
  expect(status).toBe(response.status);
  return code;
}

describe("BK-17: an emergency that is posted", () => {
  test("is 201 when it is stored, 200 when it was, 409 when another one was", async () => {
    const told = event("fall-http-1", 1);
    const first = await post(told);
    expect([first.status, await first.json()]).toEqual([201, { id: "fall-http-1" }]);
    expect((await post(told)).status).toBe(200);
    const moved = await post({ ...told, seq: 2 });
    expect(moved.status).toBe(200);
    const other = await post({ ...told, seq: 3, kind: "sos" });
    expect([other.status, await codeOf(other)]).toEqual([409, "conflict"]);
    expect(await stage.entries("critical")).toHaveLength(1);
    const { messages, holds } = await stage.accounting();
    expect(messages).toMatchObject({ sent: 3, stored: 1, duplicate: 1, refused: 1, repeats: 1 });
    expect(holds).toBe(true);
  });

  test("is refused with a reason when it is not one", async () => {
    const { key: _key, ...good } = { key: "", ...event("fall-http-9", 9) };
    const cases: [Promise<Response>, number, string][] = [
      [ask({ body: JSON.stringify(good) }), 400, "idempotency_key_missing"],
      [post(good, "another-key"), 422, "idempotency_key_mismatch"],
      [ask({ body: "{", key: "fall-http-9" }), 400, "invalid_json"],
      [post({ ...good, kind: "party" }), 422, "invalid_message"],
      [post({ ...good, id: "fall-http-8", device: "B-2" }), 422, "unknown_device"],
      [post({ ...good, id: "lowb-http-8", seq: 8, kind: "low_battery", t: 0 }), 422, "too_late"],
      [ask({ body: new Uint8Array(65_537), key: "x" }), 413, "oversize"],
      [ask({ path: "/v1/emergencies/fall", body: "{}" }), 404, "not_found"],
      [ask({ method: "GET" }), 405, "method_not_allowed"],
    ];
    for (const [answer, status, code] of cases) {
      const response = await answer;
      expect([response.status, await codeOf(response)]).toEqual([status, code]);
    }
  });

  test("needs the box's certificate, and not a revoked one", async () => {
    const none = await ask({ identity: {}, body: "{}" });
    expect([none.status, await codeOf(none)]).toEqual([403, "certificate_missing"]);
    const revoked = await stage.enrol("X-3", "nice");
    stage.put("X-3", { ...stage.roster.device("X-3")!, revokedAt: realClock.now() });
    const answer = await ask({ identity: revoked, body: "{}" });
    expect([answer.status, await codeOf(answer)]).toEqual([403, "certificate_revoked"]);
    expect(await stage.audit()).toEqual(
      expect.arrayContaining(["certificate_missing", "certificate_revoked"]),
    );
  });

  test("F26: whatever bytes come, the next emergency is stored", async () => {
    for (let n = 0; n < 40; n++) {
      const bytes = crypto.getRandomValues(new Uint8Array(1 + n * 50));
      const { status } = await ask({ body: bytes, key: "random-bytes" });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect((await post(event("fall-http-7", 70))).status).toBe(201);
  });
});
