/**
 * The socket over a real connection and a real Redis: who may open it, that what is told arrives, that a page of
 * another site is kept out, and that a reader who never reads costs the server a bounded amount.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";

import { createTokenKey, createTokens } from "#api/access/tokens.ts";
import { type Api, createApi } from "#api/app.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { type LiveTrial, openLiveTrial } from "#platform/redis/live-trial.ts";
import { keysFor } from "#twins/keys.ts";
import { createRoster } from "#twins/roster.ts";
import { device, entryOf } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import { parseTenant } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

const nice = parseTenant("nice")!;
let redis: LiveTrial;
let api: Api;
let twins: TwinStore;
let url: URL;
let tokenFor: (ttl: number) => Promise<string>;

beforeAll(async () => {
  redis = await openLiveTrial();
  const { cells, streams } = redis;
  const keys = keysFor(4);
  twins = createTwinStore({ cells, keys, clock: realClock });
  for (const serial of ["B-1", "B-2"]) await twins.create(device(serial));
  const tokens = await createTokens(await createTokenKey(), realClock);
  tokenFor = (ttl) => tokens.issue({ tenant: nice, role: "fleet", ttl: Seconds(ttl) });
  const ports = { clock: realClock, log: silent, metrics: createMetrics() };
  const registry = createRoster();
  api = createApi({ cells, streams, keys, registry, ...ports, tokens, pages: () => undefined });
  api.app.listen({ hostname: "127.0.0.1", port: 0 });
  url = new URL(`ws://127.0.0.1:${api.app.server!.port}/v1/twins/socket`);
  const ready = new URL("/ready", url.href.replace("ws", "http"));
  await redis.until(async () => (await fetch(ready)).ok);
});

afterAll(async () => {
  await api.close();
  await api.app.stop(true);
  await redis.close();
});

let seq = 0;
async function charge(serial: string, level: number, note = ""): Promise<void> {
  const before = (await twins.read(device(serial).serial))!;
  const body = { t: Date.now(), parts: { power: { battery: level }, config: { note } } };
  const entry = entryOf("reported", body, { device: serial, seq: ++seq });
  const { twin: after, changed } = fold(before, entry);
  await twins.commit([{ before, after, changed }]);
}

interface Line {
  readonly socket: WebSocket;
  readonly messages: string[];
  readonly closed: () => number | undefined;
}

/** Bun's own, which unlike a browser's takes headers. */
const Client = WebSocket as unknown as new (
  url: URL,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

async function open(headers: Record<string, string> = {}): Promise<Line> {
  const socket = new Client(url, { headers });
  const messages: string[] = [];
  let closed: number | undefined;
  socket.addEventListener("message", ({ data }) => messages.push(String(data)));
  socket.addEventListener("close", ({ code }) => {
    closed = code;
  });
  await redis.until(async () => socket.readyState !== WebSocket.CONNECTING);
  return { socket, messages, closed: () => closed };
}

test("a socket opened by header, by cookie of our own page, or by its first message is told what changes", async () => {
  const token = await tokenFor(60);
  const origin = `http://${url.host}`;
  const listen = { op: "listen", filter: "id==B-1", credit: 100 };
  const lines = [
    await open({ authorization: `Bearer ${token}` }),
    await open({ cookie: `vigie_session=${token}`, origin }),
    await open(),
  ];
  lines.forEach(({ socket }, at) =>
    socket.send(JSON.stringify(at === 2 ? { ...listen, token } : listen)),
  );
  await redis.until(async () => lines.every(({ messages }) => messages.length === 1));
  await charge("B-1", 42);
  await redis.until(async () => lines.every(({ messages }) => messages.length === 2));
  for (const { messages, socket } of lines) {
    expect(messages[1]).toContain('"path":"power/battery","value":42');
    socket.close();
  }
}, 20_000);

test("SE-05: a page of another site opens no socket, and a cookie without an origin neither", async () => {
  const token = await tokenFor(60);
  const cookie = `vigie_session=${token}`;
  for (const headers of [
    { cookie, origin: "https://elsewhere.example" },
    { cookie },
    { authorization: `Bearer ${token}`, origin: "https://elsewhere.example" },
    { authorization: "Bearer nonsense" },
  ]) {
    const line = await open(headers);
    await redis.until(async () => line.closed() !== undefined);
    expect(line.messages).toEqual([]);
    expect([1002, 1006]).toContain(line.closed()!);
  }
}, 20_000);

test("a socket is closed when its token ends, and a message too long ends it at once", async () => {
  const brief = await open({ authorization: `Bearer ${await tokenFor(2)}` });
  brief.socket.send(JSON.stringify({ op: "listen", credit: 10 }));
  const wordy = await open({ authorization: `Bearer ${await tokenFor(60)}` });
  wordy.socket.send(JSON.stringify({ op: "listen", credit: 10, filter: "x".repeat(20_000) }));
  await redis.until(async () => wordy.closed() !== undefined);
  expect(wordy.closed()).toBe(1009);
  await redis.until(async () => brief.closed() !== undefined);
  expect(brief.closed()).toBe(4401);
}, 20_000);

test("readers with endless credit who never read leave the server's memory bounded", async () => {
  const token = await tokenFor(60);
  const deaf = Array.from({ length: 10 }, () => listenDeafly(token));
  const line = await open({ authorization: `Bearer ${token}` });
  line.socket.send(JSON.stringify({ op: "listen", credit: 10_000 }));
  await redis.until(async () => line.messages.length > 0);
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const note = "x".repeat(8000);
  for (let at = 0; at < 1000; at++) await charge("B-2", at % 100, `${at}${note}`);
  await redis.until(async () => line.messages.at(-1)?.includes('"999x') === true);
  Bun.gc(true);
  expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(150);
  for (const socket of deaf) socket.destroy();
  line.socket.close();
}, 60_000);

/** A WebSocket by hand that asks for a hundred thousand messages and reads none. */
function listenDeafly(token: string): Socket {
  const socket = connect(Number(url.port), "127.0.0.1");
  const head = [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: Bearer ${token}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.once("data", () => {
    socket.pause();
    socket.write(messageOf({ op: "listen", credit: 10_000 }));
    for (let at = 0; at < 9; at++) socket.write(messageOf({ op: "credit", more: 10_000 }));
  });
  return socket;
}

/** A text message of at most 125 bytes, masked with zeros. */
function messageOf(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from([0x81, 0x80 + text.length, 0, 0, 0, 0]), text]);
}
