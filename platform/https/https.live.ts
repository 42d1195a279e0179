/** The real HTTPS client against a server that asks for certificates. */
import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { failureOf } from "#platform/failure.ts";
import { openAuthority } from "#platform/pki.ts";
import { parseBox, parseTenant } from "#wire/identity.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { openHttps } from "./real.ts";

const folder = await mkdtemp(join(tmpdir(), "https-"));
const authority = await openAuthority(join(folder, "pki"), realClock);
const stranger = await openAuthority(join(folder, "stranger"), realClock);
const box = parseBox("X-1")!;
const tenant = parseTenant("demo")!;
const mine = await authority.issueBox(box, tenant);
const foreign = await stranger.issueBox(box, tenant);

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  tls: {
    ...(await authority.issueServer()),
    ca: authority.ca,
    requestCert: true,
    rejectUnauthorized: true,
  },
  fetch: async (request) => {
    if (new URL(request.url).pathname === "/slow") await realClock.sleep(Seconds(5));
    return new Response(`${request.headers.get("x-name")} ${await request.text()}`, {
      status: 201,
    });
  },
});
const url = `https://127.0.0.1:${server.port}`;
afterAll(async () => {
  await server.stop(true);
  await rm(folder, { recursive: true });
});

const request = {
  headers: { "x-name": "body:" },
  body: new TextEncoder().encode("é"),
  within: Seconds(5),
};

test("posts headers and bytes, and brings back status and text", async () => {
  const https = openHttps({ ca: authority.ca, cert: mine.cert, key: mine.key });
  expect(await https.post(`${url}/`, request)).toEqual({ status: 201, body: "body: é" });
});

test("F25: a certificate of another authority, on either side, reaches nobody", async () => {
  const intruder = openHttps({ ca: authority.ca, cert: foreign.cert, key: foreign.key });
  const distrustful = openHttps({ ca: stranger.ca, cert: mine.cert, key: mine.key });
  for (const https of [intruder, distrustful]) {
    const failure = await failureOf(https.post(`${url}/`, request));
    expect(failure).toMatchObject({ code: "https-unreachable", retry: "ambiguous" });
  }
});

test("a server that does not answer in time is given up", async () => {
  const https = openHttps({ ca: authority.ca, cert: mine.cert, key: mine.key });
  const failure = await failureOf(https.post(`${url}/slow`, { ...request, within: Millis(100) }));
  expect(failure).toMatchObject({ code: "https-unreachable", retry: "ambiguous" });
});
