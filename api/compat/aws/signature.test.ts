/** What a signature must hold, tried on requests that AWS's own client signed. */
import { afterEach, beforeEach, expect, test } from "bun:test";

import { GetThingShadowCommand, IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";

import { type ApiKey } from "#api/access/api-keys.ts";
import { nice } from "#api/trial.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { type AwsScene, openAwsScene } from "./scene.ts";

let scene: AwsScene;
let key: ApiKey & { readonly secret: string };
beforeEach(async () => {
  scene = await openAwsScene(Date.now);
  key = await scene.apiKeys.create({ tenant: nice, role: "fleet", by: "u:42" });
});
afterEach(() => scene.close());

/** A request as it goes out. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** How the client signs; no part of its published types. */
interface Signer {
  presign(request: object, options: object): Promise<Required<Sent>>;
}

/** A request for the shadow `lamp` of B-1, which does not exist: who is let in gets a 404. */
async function signed(secret = key.secret): Promise<Sent & { readonly signer: Signer }> {
  let seen: Sent | undefined;
  const client = new IoTDataPlaneClient({
    region: "eu-west-3",
    endpoint: "http://localhost/compat/aws",
    credentials: { accessKeyId: key.id, secretAccessKey: secret },
    systemClockOffset: scene.clock.now() - Date.now(),
    requestHandler: {
      handle: async (request: Required<Sent>) => {
        const { method, headers } = request;
        seen = { method, headers, path: `${request.path}?name=lamp` };
        return { response: { statusCode: 200, headers: {}, body: new Uint8Array() } };
      },
    },
  });
  await client.send(new GetThingShadowCommand({ thingName: "B-1", shadowName: "lamp" }));
  const { signer } = client.config as unknown as { signer: (scheme: object) => Promise<Signer> };
  return { ...seen!, signer: await signer({}) };
}

async function statusOf({ method, path, headers }: Sent): Promise<number> {
  return (await scene.ask(path, { method, headers })).status;
}

test("a request as AWS's client signs it is let in, within five minutes of its date", async () => {
  const request = await signed();
  expect(await statusOf(request)).toBe(404);
  await scene.clock.advance({ by: Minutes(4) });
  expect(await statusOf(request)).toBe(404);
  await scene.clock.advance({ by: Minutes(2) });
  expect(await statusOf(request)).toBe(403);
});

test("a request that is dated ahead of the clock is refused", async () => {
  await scene.clock.advance({ by: Hours(1) });
  const { path, method, headers } = await signed();
  const late = headers["x-amz-date"]!.replace("T01", "T02");
  expect(await statusOf({ path, method, headers: { ...headers, "x-amz-date": late } })).toBe(403);
});

test("SE-05: whatever is changed of a signed request, it is refused", async () => {
  const { method, path, headers } = await signed();
  const authorization = headers["authorization"]!;
  const changed: readonly Partial<Sent>[] = [
    { path: path.replace("lamp", "lamq") },
    { path: `${path}&more=1` },
    { path: path.replace("B-1", "B-2") },
    { method: "DELETE" },
    { headers: { ...headers, host: "elsewhere" } },
    { headers: { ...headers, "x-amz-user-agent": "another" } },
    { headers: { ...headers, "x-amz-security-token": "unsigned" } },
    { headers: { ...headers, authorization: authorization.replace(/.$/, "x") } },
    { headers: { ...headers, authorization: authorization.replace("iotdata", "s3") } },
    { headers: { ...headers, authorization: authorization.replace("host;", "") } },
    { headers: { ...headers, authorization: authorization.replace("eu-west-3", "eu-west-1") } },
    {
      headers: { ...headers, authorization: authorization.replace(key.id, "VKAAAAAAAAAAAAAAAAAA") },
    },
    { headers: { ...headers, authorization: "AWS4-HMAC-SHA256 nonsense" } },
    { headers: { ...headers, authorization: "Bearer nonsense" } },
  ];
  for (const change of changed) {
    expect(await statusOf({ method, path, headers, ...change })).toBe(403);
  }
});

test("SE-05: a body other than the one that was signed is refused", async () => {
  const { method, path, headers } = await signed();
  const init = { method: "POST", headers, body: `{"state":{"desired":{"led":"on"}}}` };
  expect(method).toBe("GET");
  expect((await scene.ask(path, init)).status).toBe(403);
});

test("a key counts for nothing with another secret, and from the moment in which it is revoked", async () => {
  expect(await statusOf(await signed("x".repeat(40)))).toBe(403);
  const request = await signed();
  expect(await statusOf(request)).toBe(404);
  await scene.apiKeys.revoke(nice, key.id);
  expect(await statusOf(request)).toBe(403);
});

test("a presigned address counts until it expires, and only as it was signed", async () => {
  const { signer } = await signed();
  const wanted = {
    method: "GET",
    protocol: "http:",
    hostname: "localhost",
    path: "/compat/aws/things/B-1/shadow",
    query: { name: "lamp" },
    headers: { host: "localhost" },
  };
  const signingDate = new Date(scene.clock.now());
  const { query } = await signer.presign(wanted, { expiresIn: 3_600, signingDate });
  const path = `${wanted.path}?${new URLSearchParams(query).toString()}`;
  const request = { method: "GET", path, headers: { host: "localhost" } };
  expect(await statusOf(request)).toBe(404);
  expect(await statusOf({ ...request, path: path.replace("lamp", "lamq") })).toBe(403);
  expect(await statusOf({ ...request, path: path.replace("=3600", "=7200") })).toBe(403);
  expect(await statusOf({ ...request, path: path.replace("=3600", "=604801") })).toBe(403);
  await scene.clock.advance({ by: Minutes(59) });
  expect(await statusOf(request)).toBe(404);
  await scene.clock.advance({ by: Minutes(2) });
  expect(await statusOf(request)).toBe(403);
});
