/**
 * Readers of a stream of server-sent events, counted, not parsed.
 *
 * `bun loadtest/stream-readers.ts --port P --readers N --frames F` reads `{"path","tokens"}` as one line of JSON from
 * standard input, opens N streams with the tokens in turn, prints `{"open":N}` once each has had a frame, and `{"seconds","bytesPerFrame"}` once
 * each has had F more, counted from the first of them.
 */
import { parseArgs } from "node:util";

import { linesOf } from "./process.ts";

interface Order {
  readonly path: string;
  readonly tokens: readonly string[];
}

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    readers: { type: "string", default: "100" },
    frames: { type: "string", default: "1000" },
  },
});
const readers = Number(values.readers);
const wanted = Number(values.frames);
const said = await linesOf(Bun.stdin.stream()).next();
const order: Order = JSON.parse(String(said.value));

const mark = Buffer.from("data: ");

/** Streams that have had their first frame, and all of them. */
let opened = 0;
let finished = 0;
let began = 0;
let bytes = 0;
const open = Promise.withResolvers<void>();
const done = Promise.withResolvers<void>();

await Promise.all(Array.from({ length: readers }, (_, k) => connect(k)));
await open.promise;
console.log(JSON.stringify({ open: readers }));
await done.promise;
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seconds, bytesPerFrame: bytes / (readers * wanted) }));
process.exit(0);

async function connect(k: number): Promise<void> {
  const headers = { authorization: `Bearer ${order.tokens[k % order.tokens.length]}` };
  const answer = await fetch(`http://127.0.0.1:${values.port}${order.path}`, { headers });
  void read(answer);
}

async function read({ body }: Response): Promise<void> {
  let frames = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of body ?? []) {
    const text = Buffer.concat([tail, chunk]);
    tail = Buffer.from(text.subarray(-(mark.length - 1)));
    const before = frames;
    frames += framesIn(text);
    if (before > 0) bytes += chunk.length;
    count(before, frames);
  }
}

/** Notes that a stream has had `after` frames, the first of which says that it is open. */
function count(before: number, after: number): void {
  if (before === 0 && after > 0 && ++opened === readers) open.resolve();
  if (after > 1 && began === 0) began = performance.now();
  if (before <= wanted && after > wanted && ++finished === readers) done.resolve();
}

/** How many frames with data begin in a chunk that begins with the end of the one before. */
function framesIn(text: Buffer): number {
  let frames = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) frames += 1;
  return frames;
}
