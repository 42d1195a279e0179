/**
 * A load generator for HTTP: keep-alive connections, one request in flight on each, round robin over a list of paths.
 *
 * `bun loadtest/http-generator.ts --port P --connections N --seconds S` reads an `Order` as one line of JSON from
 * standard input (a token is no command-line argument) and prints `Answers`. The first three seconds are not counted, in
 * which both ends are still being compiled. With `patches`, each connection has paths of its own, asks for each once, and
 * from then on patches them in turn under the ETag of the answer before: each answer must be a 200 that changed something.
 */
import { parseArgs } from "node:util";

import type { Answers, Order } from "./order.ts";
import { linesOf } from "./process.ts";

const warmMs = 3000;

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    connections: { type: "string", default: "64" },
    seconds: { type: "string", default: "5" },
  },
});
const connections = Number(values.connections);
const first = await linesOf(Bun.stdin.stream()).next();
const order: Order = JSON.parse(String(first.value));
const heads = Object.entries(order.headers).map(([name, value]) => `${name}: ${value}\r\n`);
const common = ` HTTP/1.1\r\nhost: localhost\r\n${heads.join("")}`;

const counted = { isOn: false, waits: [] as number[], failed: 0 };
await Promise.all(Array.from({ length: connections }, (_, k) => connect(k)));
await Bun.sleep(warmMs);
counted.isOn = true;
const started = performance.now();
const cpu = process.cpuUsage();
await Bun.sleep(Number(values.seconds) * 1000);
counted.isOn = false;
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
const sorted = counted.waits.toSorted((a, b) => a - b);
const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
const answers: Answers = {
  perSecond: (sorted.length / ms) * 1000,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  failed: counted.failed,
  busy: (user + system) / 1000 / ms,
};
console.log(JSON.stringify(answers));
process.exit(0);

async function connect(k: number): Promise<void> {
  const next = order.patches === undefined ? asking(k) : patching(k, order.patches);
  let sentAt = 0;
  let rest = "";
  const send = (last: string): void => {
    sentAt = performance.now();
    socket.write(next(last));
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(values.port),
    socket: {
      data: (_socket, chunk) => {
        rest += chunk.toString("latin1");
        const size = sizeOf(rest);
        if (size === undefined || rest.length < size) return;
        count(rest, performance.now() - sentAt);
        send(rest);
        rest = rest.slice(size);
      },
    },
  });
  send("");
}

function count(answer: string, waited: number): void {
  if (!counted.isOn) return;
  counted.waits.push(waited);
  if (!answer.startsWith("HTTP/1.1 200") || answer.includes('"changed":[]')) counted.failed += 1;
}

/** The requests of connection `k`, each told from the answer to the one before. */
function asking(k: number): (last: string) => string {
  const requests = order.paths.map((path) => `GET ${path}${common}\r\n`);
  let next = k - connections;
  return () => requests[(next += connections) % requests.length] ?? "";
}

function patching(
  k: number,
  { type, bodies }: NonNullable<Order["patches"]>,
): (last: string) => string {
  const paths = order.paths.filter((_, index) => index % connections === k);
  const etags: string[] = [];
  const ends = bodies.map(
    (body) => `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let turn = -1;
  return (last) => {
    if (turn >= 0) etags[turn % paths.length] = /etag: ("\d+")/i.exec(last)?.[1] ?? "";
    turn += 1;
    const path = paths[turn % paths.length];
    const etag = etags[turn % paths.length];
    if (etag === undefined) return `GET ${path}${common}\r\n`;
    const end = ends[Math.floor(turn / paths.length) % ends.length];
    return `PATCH ${path}${common}if-match: ${etag}\r\n${end}`;
  };
}

/** Length of the answer that `text` begins with, head included; undefined while the head is not whole. */
function sizeOf(text: string): number | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? "0";
  return end + 4 + Number(length);
}
