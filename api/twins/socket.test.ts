import { afterEach, expect, test } from "bun:test";

import type { Role } from "#api/access/roles.ts";
import type { Claims } from "#api/access/tokens.ts";
import { createGroupWatch } from "#api/groups/watch.ts";
import { settle } from "#api/listening.ts";
import { nice, openTrial, type Trial } from "#api/trial.ts";
import { silent } from "#platform/log.ts";
import { openFleet } from "#twins/fleet.ts";
import { createGroupStore } from "#twins/groups/store.ts";
import { entryOf, start } from "#twins/specimens.ts";
import { later, Minutes, Seconds } from "#wire/units.ts";

import type { ChangeFrame } from "./contract.ts";
import { createLines, lineLimits } from "./lines.ts";
import { createSession, type SocketDeps } from "./socket-session.ts";

interface Message {
  readonly event: string;
  readonly id?: string;
  readonly data?: ChangeFrame;
  readonly problem?: { readonly code: string; readonly pointer?: string; readonly at?: number };
}

/** What a reader's end of a socket has got. */
interface Reader {
  readonly messages: Message[];
  readonly closed: () => number | undefined;
  readonly say: (message: unknown) => Promise<void>;
  /** Pretends that so many bytes wait to be sent. */
  readonly clog: (bytes: number) => void;
  readonly leave: () => void;
}

interface Place {
  readonly trial: Trial;
  readonly deps: SocketDeps;
  readonly open: (claims?: Claims) => Reader;
  readonly claims: Claims;
}

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function placeOf(): Promise<Place> {
  const trial = await openTrial({ partitions: 2 });
  const { redis, keys, clock, twins, tokens } = trial;
  const fleet = openFleet({ ...redis, keys, clock, log: silent, twins });
  const groups = createGroupStore({ ...redis, keys, clock });
  const watch = createGroupWatch({ groups, clock, log: silent });
  const streams = { streams: redis.streams, keys, clock, log: silent, lines: createLines() };
  const deps = { fleet, ...streams, tokens, groups, watch };
  await settle(trial);
  closings.push(async () => {
    watch.close();
    const closing = fleet.close();
    await trial.close();
    await closing;
  });
  const expiresAt = later(start, Minutes(60));
  const claims = { subject: "fleet@nice", tenant: nice, role: "fleet", expiresAt } as const;
  return { trial, deps, claims, open: (who) => connect(trial, deps, who) };
}

function connect(trial: Trial, deps: SocketDeps, claims: Claims | undefined): Reader {
  const messages: Message[] = [];
  let closed: number | undefined;
  let waiting = 0;
  const socket = {
    send: (text: string) => messages.push(JSON.parse(text) as Message),
    getBufferedAmount: () => waiting,
    close: (code: number) => {
      closed ??= code;
    },
  };
  const request = new Request("http://localhost/v1/twins/socket");
  const opening = { request, claims, language: "en", ended: () => undefined } as const;
  const session = createSession(deps, opening);
  session.open(socket);
  return {
    messages,
    closed: () => closed,
    say: async (message) => {
      session.message(socket, typeof message === "string" ? message : JSON.stringify(message));
      await settle(trial);
    },
    clog: (bytes) => {
      waiting = bytes;
      session.drain();
    },
    leave: session.close,
  };
}

/** Signatures are checked, and bodies read, outside of virtual time. */
async function answered(trial: Trial, { messages }: Reader): Promise<void> {
  for (let tries = 0; tries < 200 && messages.length === 0; tries++) {
    await Bun.sleep(1);
    await settle(trial);
  }
}

let seq = 0;
async function charge({ trial }: Place, serial: string, level: number): Promise<void> {
  seq++;
  const body = { t: start + seq, parts: { power: { battery: level } } };
  await trial.tell(entryOf("reported", body, { device: serial, seq }));
  await settle(trial);
}

function told({ messages }: Reader): unknown[] {
  return messages.map(({ event, data }) => [event, data?.id, data?.coalesced].filter(Boolean));
}

test("a socket tells the frames of the stream, each with an id, to one who said who they are", async () => {
  const place = await placeOf();
  const token = await place.trial.tokens.issue({ tenant: nice, role: "fleet" });
  const reader = place.open();
  await reader.say({ op: "listen", token, filter: "power.battery=lt=20", credit: 100 });
  await answered(place.trial, reader);
  for (const level of [50, 10, 9, 60]) await charge(place, "B-1", level);
  expect(told(reader)).toEqual([["ready"], ["enter", "B-1"], ["change", "B-1"], ["leave", "B-1"]]);
  expect(reader.messages.every(({ id }) => id !== undefined)).toBe(true);
  const lastId = reader.messages.at(-1)?.id;
  const again = place.open(place.claims);
  await charge(place, "B-2", 5);
  await again.say({ op: "listen", filter: "power.battery=lt=20", lastId, credit: 9 });
  expect(told(again)).toEqual([["change", "B-2"], ["ready"]]);
});

test("a socket tells a group's enter, update and leave", async () => {
  const place = await placeOf();
  const wish = { name: "low", filter: "power.battery=lt=20", about: "", by: "u:test" };
  await createGroupStore({ ...place.trial.redis, ...place.trial }).put(nice, wish);
  const reader = place.open(place.claims);
  await reader.say({ op: "listen", group: "low", credit: 100 });
  for (const level of [10, 9, 60]) await charge(place, "B-1", level);
  expect(told(reader)).toEqual([["ready"], ["enter", "B-1"], ["update", "B-1"], ["leave", "B-1"]]);
});

test("without credit nothing is sent, changes are merged, and more credit brings the latest", async () => {
  const place = await placeOf();
  const reader = place.open(place.claims);
  await reader.say({ op: "listen", credit: 1 });
  for (const level of [1, 2, 3]) await charge(place, "B-1", level);
  expect(told(reader)).toEqual([["ready"]]);
  await reader.say({ op: "credit", more: 5 });
  expect(told(reader)).toEqual([["ready"], ["change", "B-1", 3]]);
});

test("credit does not help a reader whose socket is clogged, until it drains", async () => {
  const place = await placeOf();
  const reader = place.open(place.claims);
  await reader.say({ op: "listen", credit: 100 });
  reader.clog(1e6);
  for (const level of [1, 2]) await charge(place, "B-1", level);
  expect(told(reader)).toEqual([["ready"]]);
  reader.clog(0);
  await settle(place.trial);
  expect(told(reader)).toEqual([["ready"], ["change", "B-1", 2]]);
});

test("whoever says nothing, or gives no credit for two minutes, is let go", async () => {
  const place = await placeOf();
  const mute = place.open(place.claims);
  const poor = place.open(place.claims);
  await poor.say({ op: "listen", credit: 1 });
  await place.trial.clock.advance({ by: Seconds(10) });
  expect([mute.closed(), poor.closed()]).toEqual([4408, undefined]);
  await place.trial.clock.advance({ by: Minutes(3) });
  expect(poor.closed()).toBe(4408);
});

test("a socket ends when its token does, and a heartbeat renews its position until then", async () => {
  const place = await placeOf();
  const reader = place.open(place.claims);
  await reader.say({ op: "listen", credit: 1000 });
  await place.trial.clock.advance({ by: Seconds(15) });
  await settle(place.trial);
  expect(told(reader)).toEqual([["ready"], ["heartbeat"]]);
  await place.trial.clock.advance({ by: Minutes(60) });
  await settle(place.trial);
  expect(reader.closed()).toBe(4401);
});

test("what cannot be told is refused with a problem, and the socket closed with its status", async () => {
  const place = await placeOf();
  const token = (role: Role): Promise<string> => place.trial.tokens.issue({ tenant: nice, role });
  const refused = async (message: unknown, claims?: Claims): Promise<unknown[]> => {
    const reader = place.open(claims);
    await reader.say(message);
    await answered(place.trial, reader);
    const [{ event, problem } = { event: "nothing" }] = reader.messages as [Message?];
    return [event, problem?.code, problem?.pointer, problem?.at, reader.closed()].filter(
      (each) => each !== undefined,
    );
  };
  const { claims } = place;
  const listen = { op: "listen", credit: 1 };
  expect(await refused("{", claims)).toEqual(["refused", "invalid", "/message", 4422]);
  expect(await refused({ ...listen, credit: 0 }, claims)).toEqual([
    "refused",
    "invalid",
    "/message/credit",
    4422,
  ]);
  expect(await refused({ ...listen, colour: 1 }, claims)).toEqual([
    "refused",
    "invalid",
    "/message/colour",
    4422,
  ]);
  expect(await refused({ ...listen, filter: "nope==1" }, claims)).toEqual([
    "refused",
    "invalid",
    "/message/filter",
    0,
    4422,
  ]);
  expect(await refused({ ...listen, filter: `id==${"x".repeat(3000)}` }, claims)).toEqual([
    "refused",
    "invalid",
    "/message/filter",
    2000,
    4422,
  ]);
  expect(await refused({ ...listen, filter: "vitals.spo2=lt=90" }, claims)).toEqual([
    "refused",
    "forbidden",
    "/message/filter",
    0,
    4403,
  ]);
  expect(await refused({ ...listen, group: "none" }, claims)).toEqual([
    "refused",
    "not_found",
    "/message/group",
    4404,
  ]);
  expect(await refused({ ...listen, group: "g", filter: "id==*" }, claims)).toEqual([
    "refused",
    "invalid",
    "/message/group",
    4422,
  ]);
  expect(await refused(listen)).toEqual(["refused", "unauthenticated", 4401]);
  expect(await refused({ ...listen, token: "x" })).toEqual([
    "refused",
    "unauthenticated",
    "/message/token",
    4401,
  ]);
  expect(await refused({ ...listen, token: await token("patient") })).toEqual([
    "refused",
    "forbidden",
    4403,
  ]);
  const twice = place.open(claims);
  await twice.say(listen);
  await twice.say(listen);
  await settle(place.trial);
  expect(twice.closed()).toBe(4422);
});

test("LS-05: one person holds at most 32 lines, sockets and streams together", async () => {
  const place = await placeOf();
  const readers: Reader[] = [];
  for (let at = 0; at <= lineLimits.perSubject; at++) {
    const reader = place.open(place.claims);
    await reader.say({ op: "listen", credit: 1 });
    readers.push(reader);
  }
  await answered(place.trial, readers.at(-1)!);
  expect(readers.map((reader) => reader.closed()).filter(Boolean)).toEqual([4429]);
  readers[0]?.leave();
  await settle(place.trial);
  const again = place.open(place.claims);
  await again.say({ op: "listen", credit: 1 });
  expect(told(again)).toEqual([["ready"]]);
});

test("TW-09: a reader without a clinical right is told of no vital sign over a socket", async () => {
  const place = await placeOf();
  const reader = place.open(place.claims);
  await reader.say({ op: "listen", snapshot: true, credit: 100 });
  const { pulse } = await import("#twins/specimens.ts");
  await place.trial.tell(pulse(71, start, { device: "B-1" }));
  await settle(place.trial);
  expect(reader.messages.length).toBeGreaterThan(2);
  expect(JSON.stringify(reader.messages)).not.toMatch(/vitals|heart-rate/);
});
