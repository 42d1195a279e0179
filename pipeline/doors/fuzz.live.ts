/**
 * F24, F26, F27: whatever comes over a socket, the door answers or closes that socket; other boxes are never harmed.
 *
 * Random bytes, random packets, packets cut anywhere, impossible topics and lengths, each on a connection of its own,
 * while a well-behaved box goes on publishing.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import * as fc from "fast-check";
import { connect, type MqttClient } from "mqtt";
import { generate, type Packet } from "mqtt-packet";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";

import { type LiveStage, openLiveStage, openRaw } from "./live-stage.ts";
import { bytes, pack } from "./stage.ts";

let stage: LiveStage;
let good: MqttClient;
/** Enough devices that no one of them is slowed down. */
const devices = ["B-20", "B-21", "B-22", "B-23"];
let published = 0;

beforeAll(async () => {
  stage = await openLiveStage(realClock, realRandom);
  stage.put("X-1", {});
  stage.put("X-2", {});
  stage.put("B-1", { box: "X-1" as never });
  for (const device of devices) stage.put(device, { box: "X-2" as never });
  good = connect(`mqtt://127.0.0.1:${stage.plain.port}`, { username: "X-2", reconnectPeriod: 0 });
  await new Promise((resolve) => good.once("connect", resolve));
});

const hello = generate({
  cmd: "connect",
  clientId: "X-1",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: true,
  keepalive: 60,
});

const ping = generate({ cmd: "pingreq" });
const pong = generate({ cmd: "pingresp" });

/**
 * Sends bytes as the box X-1, after a proper CONNECT when `known`; resolves once the door has dealt with them: it has
 * closed the connection, or answered the ping that follows, or waits for the rest of a packet.
 */
async function attack(parts: readonly Uint8Array[], known = true): Promise<void> {
  const { socket, closed } = await openRaw(stage.plain.port);
  if (known) {
    const welcome = new Promise((resolve) => socket.once("data", resolve));
    socket.write(hello);
    await Promise.race([welcome, closed]);
  }
  const answer = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      if (Buffer.from(chunk).includes(pong)) resolve();
    });
  });
  for (const part of parts) socket.write(part);
  socket.write(ping);
  await Promise.race([answer, closed, Bun.sleep(50)]);
  socket.end();
  await closed;
}

/** The well-behaved box publishes one more pack, and it is stored. */
async function othersAreWell(): Promise<void> {
  const device = devices[published % devices.length] ?? "";
  const seq = 1 + Math.floor(published / devices.length);
  published++;
  const body = Buffer.from(bytes(pack(device, { seq }, { t: realClock.now() })));
  await good.publishAsync(`vigie/v1/nice/X-2/${device}/readings`, body, { qos: 1 });
}

afterAll(async () => {
  const stored = (await stage.entries("inbound")).filter(({ device }) => devices.includes(device));
  expect(stored).toHaveLength(published);
  expect((await stage.accounting()).holds).toBe(true);
  await good.endAsync();
  await stage.close();
});

const topic = fc.oneof(
  fc.constantFrom(
    "vigie/v1/nice/X-1/B-1/readings",
    "vigie/v1/nice/X-1/B-1/event",
    "vigie/v1/nice/X-1/X-1/alive",
    "vigie/v1/nice/X-1/X-1/gone",
    "vigie/v1/nice/X-1/B-1/answer/1",
    "vigie/v1/nice/X-2/B-20/readings",
    "vigie/v1/nice/X-1/+/readings",
    "vigie/v1/nice/X-1/#",
    "$SYS/x",
    "a/".repeat(300),
  ),
  fc.string({ minLength: 1, maxLength: 80 }),
);

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json().map((text) => new TextEncoder().encode(text)),
  fc.constant(bytes(pack("B-1", { seq: 1 }, { t: 1_000 }))),
);

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc
    .record({
      topic,
      payload,
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      messageId: fc.integer({ min: 1, max: 65_535 }),
    })
    .map((given) => ({
      ...given,
      cmd: "publish" as const,
      payload: Buffer.from(given.payload),
      retain: true,
      dup: false,
    })),
  fc.constantFrom<Packet>(
    { cmd: "pingreq" },
    { cmd: "disconnect" },
    { cmd: "puback", messageId: 9 },
    { cmd: "pubrel", messageId: 9 },
    { cmd: "pubcomp", messageId: 9 },
    { cmd: "unsubscribe", messageId: 9, unsubscriptions: ["vigie/v1/nice/X-1/+/down/#"] },
  ),
  topic.map((filter) => ({
    cmd: "subscribe" as const,
    messageId: 5,
    subscriptions: [{ topic: filter, qos: 1 as const }],
  })),
);

test("random bytes, before and after a CONNECT", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 })),
      fc.boolean(),
      async (parts, known) => {
        await attack(parts, known);
        await othersAreWell();
      },
    ),
    { numRuns: 150 },
  );
});

test("random packets, whole, cut short, or with a byte changed", async () => {
  const damage = fc.record({
    cut: fc.option(fc.nat(400), { nil: undefined }),
    at: fc.nat(400),
    byte: fc.option(fc.nat(255), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { minLength: 1, maxLength: 8 }),
      damage,
      async (packets, { cut, at, byte }) => {
        const stream = Uint8Array.from(Buffer.concat(packets.map((one) => generate(one))));
        if (byte !== undefined && at < stream.length) stream[at] = byte;
        await attack([stream.subarray(0, cut)]);
        await othersAreWell();
      },
    ),
    { numRuns: 200 },
  );
});

test("F24: topics with a NUL, of invalid UTF-8, empty, of 64 kB", async () => {
  const publish = (name: Uint8Array): Uint8Array => {
    const body = Buffer.concat([
      Uint8Array.of(name.length >> 8, name.length & 255),
      name,
      Uint8Array.of(0, 1),
    ]);
    const length = [];
    for (let rest = body.length; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return Buffer.concat([Uint8Array.of(0x32, ...length), body]);
  };
  const text = new TextEncoder();
  for (const name of [
    text.encode("vigie/v1/nice/X-1/B-1/read\u0000ings"),
    Uint8Array.of(0xff, 0xfe, 0x2f),
    new Uint8Array(),
    new Uint8Array(65_000).fill(0x61),
  ]) {
    await attack([publish(name)]);
    await othersAreWell();
  }
  const audited = new Set(await stage.audit());
  expect([...audited]).toEqual(expect.arrayContaining(["foreign_topic", "protocol_error"]));
});

test("F26: lengths that are announced and never sent, or never end", async () => {
  for (const length of [
    [0xff, 0xff, 0xff, 0x7f],
    [0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x80, 0x80, 0x80, 0x80, 1],
    [0x85],
  ]) {
    await attack([Uint8Array.of(0x30, ...length), new Uint8Array(1000)]);
    await attack([Uint8Array.of(0x10, ...length)], false);
    await othersAreWell();
  }
  expect(await stage.audit()).toContain("oversize");
});

test("a thousand packets in one write", async () => {
  const many = Array.from({ length: 1000 }, (_, n) =>
    generate({
      cmd: "publish",
      topic: "vigie/v1/nice/X-1/B-1/readings",
      payload: Buffer.from(
        bytes(pack("B-1", { seq: n + 1, epoch: "many" }, { t: realClock.now() })),
      ),
      qos: 1,
      messageId: n + 1,
      retain: false,
      dup: false,
    }),
  );
  await attack([Buffer.concat(many)]);
  await othersAreWell();
});
