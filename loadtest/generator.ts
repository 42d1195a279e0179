/**
 * A load generator process: many boxes on plain TCP, each keeping a window of QoS 1 packs in flight.
 *
 * `bun loadtest/generator.ts --port P --boxes N --messages M --window W` prints one JSON line
 * `{"messages","seconds","perSecond","acknowledged","p50Ms","p99Ms"}`. Each message is a SenML pack of three readings of the
 * box's wristband, as a newcomer would write it, about 300 bytes. Enough boxes that no device passes its 20 messages/s.
 */
import { parseArgs } from "node:util";

import {
  connectFrame,
  createFrameReader,
  packet,
  pubackFrame,
  publishFrame,
  subscribeFrame,
} from "./frames.ts";
import { boxSerial, tenant, wristbandSerial } from "./serials.ts";

interface Plan {
  readonly port: number;
  readonly boxes: number;
  readonly messages: number;
  readonly window: number;
}

interface Tally {
  sent: number;
  acknowledged: number;
  readonly waits: number[];
}

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    boxes: { type: "string", default: "2000" },
    messages: { type: "string", default: "100000" },
    window: { type: "string", default: "8" },
  },
});

await run({
  port: Number(values.port),
  boxes: Number(values.boxes),
  messages: Number(values.messages),
  window: Number(values.window),
});
process.exit(0);

async function run(plan: Plan): Promise<void> {
  const tally: Tally = { sent: 0, acknowledged: 0, waits: [] };
  const done = Promise.withResolvers<void>();
  const boxes = await Promise.all(
    Array.from({ length: plan.boxes }, (_, k) => openBox(k, { plan, tally, done: done.resolve })),
  );
  const started = performance.now();
  for (const start of boxes) start();
  await done.promise;
  const seconds = (performance.now() - started) / 1000;
  const waits = tally.waits.toSorted((a, b) => a - b);
  const at = (share: number): number => waits[Math.floor((waits.length - 1) * share)] ?? 0;
  console.log(
    JSON.stringify({
      messages: plan.messages,
      seconds,
      perSecond: plan.messages / seconds,
      acknowledged: tally.acknowledged,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    }),
  );
}

/** Connects and subscribes one box; the answer starts its sending. */
async function openBox(
  k: number,
  work: { plan: Plan; tally: Tally; done: () => void },
): Promise<() => void> {
  const { plan, tally } = work;
  const ready = Promise.withResolvers<void>();
  const box = boxSerial(k);
  const device = wristbandSerial(k);
  const topic = `vigie/v1/${tenant}/${box}/${device}/readings`;
  const epoch = `g${Date.now().toString(36)}`;
  const sentAt = new Map<number, number>();
  let seq = 0;
  const sendOne = (): void => {
    if (tally.sent >= plan.messages) return;
    tally.sent += 1;
    seq += 1;
    const id = (seq % 65_535) + 1;
    if (seq % 16 === 0) sentAt.set(id, performance.now());
    socket.write(publishFrame(topic, id, packOf(device, epoch, seq)));
  };
  const acknowledged = (body: Uint8Array): void => {
    const id = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    const at = sentAt.get(id);
    if (at !== undefined) tally.waits.push(performance.now() - at);
    sentAt.delete(id);
    tally.acknowledged += 1;
    if (tally.acknowledged === plan.messages) work.done();
    sendOne();
  };
  const read = createFrameReader((type, body) => {
    const kind = type & 0xf0;
    if (kind === packet.connack) socket.write(subscribeFrame(`vigie/v1/${tenant}/${box}/+/down/#`));
    else if (kind === packet.suback) ready.resolve();
    else if (kind === packet.puback) acknowledged(body);
    else if (kind === packet.publish && (type & 0b110) !== 0) socket.write(pubackFrame(idOf(body)));
  });
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: plan.port,
    socket: {
      data: (_socket, chunk) => read(chunk),
      close: () => {
        throw new Error(`the broker closed ${box}`);
      },
    },
  });
  socket.write(connectFrame(box));
  await ready.promise;
  return () => {
    for (let i = 0; i < plan.window; i++) sendOne();
  };
}

function idOf(body: Uint8Array): number {
  const topic = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
  return ((body[topic + 2] ?? 0) << 8) | (body[topic + 3] ?? 0);
}

function packOf(device: string, epoch: string, seq: number): string {
  const now = Date.now() / 1000;
  const reading = (n: string, u: string, v: number): string =>
    `{"n":"${n}","u":"${u}","v":${v},"t":${now},"d":120,"q":90}`;
  return (
    `[{"bn":"urn:dev:vigie:${device}:","n":"epoch","vs":"${epoch}"},{"n":"seq","v":${seq}},` +
    `${reading("heart-rate", "beat/min", 60 + (seq % 40))},` +
    `${reading("spo2", "%", 94 + (seq % 5))},${reading("steps", "count", seq % 90)}]`
  );
}
