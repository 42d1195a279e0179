/** The real client against Mosquitto and against aedes, plain and over mutual TLS. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import { Aedes } from "aedes";

import { startChild } from "#platform/children.ts";
import { realClock } from "#platform/clock/real.ts";
import { failureOf } from "#platform/failure.ts";
import { openAuthority } from "#platform/pki.ts";
import { choosePort } from "#platform/ports.ts";
import { parseBox, parseTenant } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";

import { type Harness, testBroker } from "./contract.ts";
import type { BrokerAddress, BrokerSession } from "./port.ts";
import { openProxy, type Proxy } from "./proxy.ts";
import { realBroker } from "./real.ts";

const folder = await mkdtemp(join(tmpdir(), "broker-"));
afterAll(() => rm(folder, { recursive: true }));

const authority = await openAuthority(join(folder, "pki"), realClock);
const stranger = await openAuthority(join(folder, "stranger"), realClock);
const server = await authority.issueServer();
const box = parseBox("X-1")!;
const tenant = parseTenant("demo")!;
const credentials = await authority.issueBox(box, tenant);

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = realClock.monotonic() + 10_000; !condition();) {
    if (realClock.monotonic() > deadline) throw new Error("it never came true");
    await realClock.sleep(Millis(5));
  }
}

interface Opened extends Harness {
  readonly proxy: Proxy;
  readonly close: () => Promise<void>;
}

function harnessOn(
  proxy: Proxy,
  where: { url: string; tls?: BrokerAddress["tls"]; stop: () => Promise<void> },
): Opened {
  const address = { url: `${where.url}:${proxy.port}`, ...(where.tls && { tls: where.tls }) };
  return {
    broker: realBroker,
    address,
    proxy,
    until,
    settle: (promise) => promise,
    cut: proxy.cut,
    close: async () => {
      proxy.close();
      await where.stop();
    },
  };
}

async function openMosquitto(): Promise<Opened> {
  const { port } = await choosePort("127.0.0.1", 0);
  const config = join(folder, "mosquitto.conf");
  await Bun.write(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  const command = Bun.which("mosquitto") ?? "/usr/sbin/mosquitto";
  const child = startChild([command, "-c", config], { clock: realClock });
  const proxy = await openProxy(port);
  const harness = harnessOn(proxy, { url: "mqtt://127.0.0.1", stop: () => child.stop() });
  for (let i = 0; i < 100; i += 1) {
    const connection = await realBroker
      .connect(harness.address, sessionOf({}))
      .catch(() => undefined);
    if (connection !== undefined) {
      await connection.close();
      return harness;
    }
    await realClock.sleep(Millis(20));
  }
  throw new Error("mosquitto does not answer");
}

async function openAedes(options?: TlsOptions): Promise<Opened> {
  const aedes = await Aedes.createBroker();
  const listener: Server = options
    ? createTlsServer(options, aedes.handle)
    : createServer(aedes.handle);
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, "127.0.0.1", () => {
      const bound = listener.address();
      resolve(bound !== null && typeof bound === "object" ? bound.port : 0);
    });
  });
  const proxy = await openProxy(port);
  return harnessOn(proxy, {
    url: options ? "mqtts://127.0.0.1" : "mqtt://127.0.0.1",
    ...(options && { tls: { ca: authority.ca, ...credentials } }),
    stop: async () => {
      listener.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  });
}

function sessionOf(options: Partial<BrokerSession>): BrokerSession {
  return {
    clientId: `live-${crypto.randomUUID()}`,
    keepAliveSeconds: 30,
    subscribe: [],
    receive: () => undefined,
    closed: () => undefined,
    ...options,
  };
}

const mutual: TlsOptions = {
  ...server,
  ca: authority.ca,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: "TLSv1.3",
};

const mosquitto = await openMosquitto();
const plain = await openAedes();
const secured = await openAedes(mutual);
afterAll(() => Promise.all([mosquitto, plain, secured].map(({ close }) => close())));

testBroker("real, mosquitto", mosquitto);
testBroker("real, aedes", plain);
testBroker("real, aedes over mutual TLS", secured);

describe("the real broker", () => {
  test("F20: finds a half-open connection by keepalive, though it goes on sending heartbeats", async () => {
    const half = await openAedes();
    const ends: string[] = [];
    const connection = await realBroker.connect(
      half.address,
      sessionOf({ keepAliveSeconds: 2, closed: (reason) => void ends.push(reason) }),
    );
    half.proxy.freeze();
    const pending = failureOf(connection.publish("a", "b", 1));
    const heart = setInterval(() => void connection.publish("alive", "x", 0).catch(() => 0), 100);
    await until(() => ends.length > 0);
    clearInterval(heart);
    expect(await pending).toMatchObject({ code: "connection-closed", retry: "ambiguous" });
    await half.close();
  });

  test("a port where nobody listens refuses", async () => {
    const { port } = await choosePort("127.0.0.1", 0);
    const address = { url: `mqtt://127.0.0.1:${port}` };
    expect(await failureOf(realBroker.connect(address, sessionOf({})))).toMatchObject({
      code: "connection-refused",
      retry: "safe",
    });
  });

  test("F25: a certificate of another authority, or none, is refused", async () => {
    const foreign = await stranger.issueBox(box, tenant);
    const { url } = secured.address;
    for (const tls of [
      { ca: authority.ca, ...foreign },
      { ca: authority.ca, cert: "", key: "" },
    ]) {
      const refused = await failureOf(realBroker.connect({ url, tls }, sessionOf({})));
      expect(refused).toMatchObject({ retry: "safe" });
    }
  });

  test("F25: a server of another authority is not spoken to", async () => {
    const { url } = secured.address;
    const tls = { ...credentials, ca: stranger.ca };
    const refused = await failureOf(realBroker.connect({ url, tls }, sessionOf({})));
    expect(refused).toMatchObject({ code: "connection-refused", retry: "safe" });
  });

  test("F25: a server that offers TLS 1.2 at most is not spoken to", async () => {
    const old = await openAedes({ ...mutual, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
    const refused = await failureOf(realBroker.connect(old.address, sessionOf({})));
    expect(refused).toMatchObject({ code: "connection-refused", retry: "safe" });
    await old.close();
  });
});
