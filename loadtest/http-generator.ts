/**
 * A load generator for GET: keep-alive connections, one request in flight on each, round robin over a list of paths.
 *
 * `bun loadtest/http-generator.ts --port P --connections N --seconds S` reads `{"paths","headers"}` as one line of JSON from
 * standard input (a token is no command-line argument) and prints `{"perSecond","p50Ms","p99Ms","failed"}`.
 */
import { parseArgs } from "node:util";

import { linesOf } from "./process.ts";

interface Order {
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    connections: { type: "string", default: "64" },
    seconds: { type: "string", default: "5" },
  },
});

const first = await linesOf(Bun.stdin.stream()).next();
const order: Order = JSON.parse(String(first.value));
const waits: number[] = [];
let answered = 0;
let failed = 0;
let stopped = false;

const started = performance.now();
const open = Array.from({ length: Number(values.connections) }, (_, k) => connect(k));
await Promise.all(open);
await Bun.sleep(Number(values.seconds) * 1000);
stopped = true;
const seconds = (performance.now() - started) / 1000;
const sorted = waits.toSorted((a, b) => a - b);
const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
console.log(
  JSON.stringify({ perSecond: answered / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed }),
);
process.exit(0);

async function connect(k: number): Promise<void> {
  let next = k;
  let sentAt = 0;
  let rest = "";
  const heads = Object.entries(order.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const requests = order.paths.map(
    (path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${heads.join("")}\r\n`,
  );
  const send = (): void => {
    if (stopped) return;
    sentAt = performance.now();
    socket.write(requests[next++ % requests.length] ?? "");
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(values.port),
    socket: {
      data: (_socket, chunk) => {
        rest += chunk.toString("latin1");
        const size = sizeOf(rest);
        if (size === undefined || rest.length < size) return;
        if (!rest.startsWith("HTTP/1.1 200")) failed += 1;
        rest = rest.slice(size);
        answered += 1;
        waits.push(performance.now() - sentAt);
        send();
      },
    },
  });
  send();
}

/** Length of the answer that `text` begins with, head included; undefined while the head is not whole. */
function sizeOf(text: string): number | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? "0";
  return end + 4 + Number(length);
}
