/**
 * The baseline of streams: a bare Elysia that sends every reader one text over and over, server-sent events with room
 * asked for before each. `bun loadtest/bare-stream.ts BYTES` prints `{"port"}`; a line `change N` sends it N times.
 */
import { Elysia } from "elysia";

import { linesOf } from "./process.ts";

const frame = new TextEncoder().encode(`data: ${"x".repeat(Number(process.argv[2] ?? "700"))}\n\n`);
interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  owed: number;
}
const readers = new Set<Reader>();

const send = (reader: Reader): void => {
  for (; reader.owed > 0 && (reader.controller.desiredSize ?? 0) > 0; reader.owed -= 1) {
    reader.controller.enqueue(frame);
  }
};
const app = new Elysia()
  .get("/*", () => {
    let reader: Reader;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = { controller, owed: 1 };
          readers.add(reader);
          send(reader);
        },
        pull: () => send(reader),
        cancel: () => void readers.delete(reader),
      },
      { highWaterMark: 65_536, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  })
  .listen({ hostname: "127.0.0.1", port: 0, idleTimeout: 0 });
console.log(JSON.stringify({ port: app.server?.port }));

for await (const line of linesOf(Bun.stdin.stream())) {
  const [, count] = line.split(" ");
  for (const reader of readers) {
    reader.owed += Number(count);
    send(reader);
  }
}
process.exit(0);
