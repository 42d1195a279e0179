/**
 * The stream over a real socket and a real Redis: that it outlives the server's idle limit, that a reader who is cut off
 * misses nothing, and that readers who never read cost the server a bounded amount.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";

import { createTokenKey, createTokens } from "#api/access/tokens.ts";
import { type Api, createApi } from "#api/app.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { type LiveTrial, openLiveTrial } from "#platform/redis/live-trial.ts";
import { keysFor } from "#twins/keys.ts";
import { device, entryOf } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import { parseTenant } from "#wire/identity.ts";

const nice = parseTenant("nice")!;
let redis: LiveTrial;
let api: Api;
let twins: TwinStore;
let url: URL;
let authorization: string;

beforeAll(async () => {
  redis = await openLiveTrial();
  const { cells, streams } = redis;
  const keys = keysFor(4);
  twins = createTwinStore({ cells, keys, clock: realClock });
  for (const serial of ["B-1", "B-2"]) await twins.create(device(serial));
  const tokens = await createTokens(await createTokenKey(), realClock);
  authorization = `Bearer ${await tokens.issue({ tenant: nice, role: "fleet" })}`;
  const registry = {
    device: () => undefined,
    byFingerprint: () => undefined,
    behind: () => [],
    all: () => [],
    watch: () => () => undefined,
  };
  const ports = { clock: realClock, log: silent, metrics: createMetrics() };
  api = createApi({ cells, streams, keys, registry, ...ports, tokens, pages: () => undefined });
  api.app.listen({ hostname: "127.0.0.1", port: 0, idleTimeout: 1 });
  url = new URL(`http://127.0.0.1:${api.app.server!.port}/v1/twins/stream`);
  await redis.until(async () => (await fetch(new URL("/ready", url))).ok);
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

interface Listening {
  readonly text: () => string;
  readonly lastId: () => string | undefined;
  readonly isOpen: () => boolean;
  readonly cut: () => void;
}

async function listen(lastId?: string): Promise<Listening> {
  const cutter = new AbortController();
  const resume = lastId === undefined ? {} : { "last-event-id": lastId };
  const response = await fetch(url, {
    headers: { authorization, ...resume },
    signal: cutter.signal,
  });
  expect(response.status).toBe(200);
  let text = "";
  let isOpen = true;
  const pump = async (): Promise<void> => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
    } catch {
      // cut by us, or by the server: both end it
    }
    isOpen = false;
  };
  void pump();
  const whole = (): string => text.slice(0, text.lastIndexOf("\n\n") + 2);
  return {
    text: () => text,
    lastId: () => [...whole().matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? lastId,
    isOpen: () => isOpen,
    cut: () => cutter.abort(),
  };
}

function levels(text: string): number[] {
  return [...text.matchAll(/"path":"power\/battery","value":(\d+)/g)].map(([, level]) =>
    Number(level),
  );
}

test("a change reaches a browser's stream, and a quiet stream outlives the server's idle limit", async () => {
  const listening = await listen();
  await redis.until(() => listening.text().includes("event: ready"));
  await Bun.sleep(6000);
  expect(listening.isOpen()).toBe(true);
  await charge("B-1", 42);
  await redis.until(() => levels(listening.text()).includes(42));
  listening.cut();
}, 20_000);

test("a stream that is cut at any moment goes on where it was, missing and repeating nothing", async () => {
  const heard: number[] = [];
  let lastId: string | undefined;
  let listening = await listen();
  await redis.until(() => listening.text().includes("event: ready"));
  for (let level = 0; level < 100; level++) {
    await charge("B-2", level);
    if (level % 9 !== 8) continue;
    if (level % 2 === 0) await Bun.sleep(3);
    lastId = listening.lastId();
    const known = listening.text().slice(0, listening.text().lastIndexOf("\n\n") + 2);
    heard.push(...levels(known));
    listening.cut();
    listening = await listen(lastId);
  }
  await redis.until(() => levels(listening.text()).includes(99));
  heard.push(...levels(listening.text()));
  listening.cut();
  expect(heard).toEqual(Array.from({ length: 100 }, (_, level) => level));
}, 20_000);

test("thirty readers who never read leave the server's memory bounded, and everybody else served", async () => {
  const { port } = url;
  const deaf = Array.from({ length: 30 }, () => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `GET /v1/twins/stream HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    socket.pause();
    return socket;
  });
  const listening = await listen();
  await redis.until(() => listening.text().includes("event: ready"));
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const note = "x".repeat(8000);
  for (let at = 0; at < 1500; at++) await charge("B-1", at % 100, `${at}${note}`);
  await redis.until(() => listening.text().includes(`"1499x`));
  Bun.gc(true);
  // 30 × 1,500 × 8 kB = 360 MB would wait for them if it were kept.
  expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(150);
  for (const socket of deaf) socket.destroy();
  listening.cut();
}, 60_000);
