/**
 * One open answer of server-sent events, as Ditto's are: a comment every second, no ids, and an end for who does not read.
 *
 * @source spec twins 4C: S4, S5
 */
import type { Asked } from "#api/route.ts";
import type { Lines } from "#api/twins/lines.ts";
import { createBodyOutlet, type Outlet } from "#api/twins/outlet.ts";
import type { Clock } from "#platform/clock/port.ts";
import { between, Seconds } from "#wire/units.ts";

import type { Caller } from "./caller.ts";
import { answerTo, refused } from "./refusal.ts";

/** What lines need. */
export interface LineDeps {
  readonly lines: Lines;
  readonly clock: Clock;
}

/** Events that may wait for one reader: who is further behind is cut off, and so knows (S5). */
const waitingMost = 100;
const heartbeatEvery = Seconds(1);

/** Whether a request wants events. */
export function wantsEvents({ request }: Asked): boolean {
  return request.headers.get("accept")?.includes("text/event-stream") === true;
}

/** An answer that `tell` writes into; it ends when the reader goes, when nothing may be told any more, or by `tell`. */
export function openLine(
  { lines, clock }: LineDeps,
  { asked, caller }: { readonly asked: Asked; readonly caller: Caller },
  tell: (outlet: Outlet) => void,
): Response {
  const { claims } = caller;
  if (!lines.isFree(claims)) return answerTo(refused("gateway:toomanyrequests"));
  const outlet = createBodyOutlet();
  lines.hold(claims, outlet);
  asked.keepOpen();
  asked.request.signal.addEventListener("abort", () => outlet.close("over"));
  const heartbeat = clock.every(heartbeatEvery, "heartbeat of things", () => {
    if (outlet.hasRoom()) outlet.send(":\n\n");
  });
  const left = between(clock.now(), claims.expiresAt);
  const expiry = clock.after(left, "end of a line of things", () => outlet.close("expired"));
  void outlet.ended.then(() => {
    heartbeat.cancel();
    expiry.cancel();
  });
  tell(outlet);
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  return new Response(outlet.body, { headers });
}

/** A queue in front of an outlet: what `write` makes of each is sent in order, nothing for undefined. */
export function createQueue<Told>(
  outlet: Outlet,
  write: (told: Told) => Promise<string | undefined>,
): (told: Told) => void {
  const waiting: Told[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    for (let told = waiting.shift(); told !== undefined; told = waiting.shift()) {
      const text = await write(told);
      if (text !== undefined && (await outlet.room())) outlet.send(text);
    }
    isRunning = false;
  };
  return (told) => {
    if (waiting.length >= waitingMost) return outlet.close("deaf");
    waiting.push(told);
    if (!isRunning) void run();
  };
}

/** A frame of these data. */
export function frameOf(data: string, { id, event }: { id?: string; event?: string } = {}): string {
  const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${head}${lines.join("")}\n`;
}
