/** Eclipse Ditto's server-sent events, rule by rule: spec twins 4C. */
import { afterEach, beforeEach, expect, test } from "bun:test";

import type { Role } from "#api/access/roles.ts";
import { lyon, nice } from "#api/trial.ts";
import { after, device, entryOf, pulse } from "#twins/specimens.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { band, type DittoScene, openDittoScene } from "./scene.ts";

let scene: DittoScene;
beforeEach(async () => {
  scene = await openDittoScene();
});
afterEach(() => scene.close());

interface Listening {
  readonly text: () => string;
  /** The data of every frame so far, after whatever is under way has happened. */
  readonly heard: () => Promise<unknown[]>;
  readonly isOpen: () => boolean;
  /** Begins to read, for who did not. */
  readonly drain: () => Promise<void>;
}

/** Until whatever is under way has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await scene.clock.advance({ by: Millis(1) });
    await Bun.sleep(0);
  }
}

/** The answer, while time passes until it comes. */
async function passing(answer: Promise<Response>): Promise<Response> {
  const late = { isThere: false };
  void answer.then(() => (late.isThere = true));
  for (let tries = 0; !late.isThere && tries < 2_000; tries += 1) {
    await scene.clock.advance({ by: Millis(100) });
    await Bun.sleep(1);
  }
  return answer;
}

async function listen(
  path: string,
  {
    role = "fleet",
    headers = {},
    reads = true,
  }: { role?: Role; headers?: object; reads?: boolean } = {},
): Promise<Listening> {
  const token = await scene.tokens.issue({ tenant: nice, role });
  const asked = scene.ask(`/compat/ditto/api/2${path}`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", ...headers },
  });
  await settle();
  const response = await asked;
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  let isOpen = true;
  const pump = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
    isOpen = false;
  };
  if (reads) void pump();
  return {
    text: () => text,
    heard: async () => {
      await settle();
      return [...text.matchAll(/^data: (.*)$/gm)].map(
        ([, data = ""]) => JSON.parse(data) as unknown,
      );
    },
    isOpen: () => isOpen,
    drain: pump,
  };
}

const lamp = (on: boolean) => ({ features: { lamp: { properties: { on } } } });

test("S1: data is only what changed, in the shape of a thing; its id comes when asked for", async () => {
  const all = await listen("/things");
  const named = await listen("/things?fields=thingId,features");
  await scene.patch({ attributes: { room: "12" } });
  await scene.patch(true, {}, `${band}/features/lamp/properties/on`);
  await scene.tell(entryOf("reported", { t: after(1), parts: { power: { battery: 50 } } }));
  expect(await all.heard()).toEqual([
    { attributes: { room: "12" } },
    lamp(true),
    { features: { power: { properties: { battery: 50 } } } },
  ]);
  expect(await named.heard()).toEqual([
    { thingId: "nice:B-1" },
    { thingId: "nice:B-1", ...lamp(true) },
    { thingId: "nice:B-1", features: { power: { properties: { battery: 50 } } } },
  ]);
});

test("S2: a filter sees what changed and the extra fields, the action and the path, and nothing else", async () => {
  await scene.patch({ attributes: { room: "12" } });
  const ids = async (filter: string, more = ""): Promise<() => Promise<number>> => {
    const listening = await listen(`/things?filter=${encodeURIComponent(filter)}${more}`);
    return async () => (await listening.heard()).length;
  };
  const counts = [
    await ids("eq(features/lamp/properties/on,true)"),
    await ids('eq(attributes/room,"12")'),
    await ids('eq(attributes/room,"12")', "&extraFields=attributes/room"),
    await ids('and(eq(topic:action,"merged"),like(resource:path,"/features/lamp*"))'),
    await ids('eq(topic:action,"modified")'),
    await ids("gt(features/vitals/properties/heart-rate,0)"),
  ];
  await scene.patch(true, {}, `${band}/features/lamp/properties/on`);
  await scene.tell(pulse(72, after(1)));
  const found = [];
  for (const count of counts) found.push(await count());
  expect(found).toEqual([1, 0, 2, 1, 0, 0]);
});

test("S3: the context tells topic, path, value and headers of an event", async () => {
  const listening = await listen("/things?fields=_context");
  await scene.send("PUT", `${band}/attributes/room`, { body: '"13"' });
  expect(await listening.heard()).toEqual([
    {
      _context: {
        topic: "nice/B-1/things/twin/events/created",
        path: "/attributes/room",
        value: "13",
        headers: { "content-type": "application/json" },
      },
    },
  ]);
});

test("S4: a comment beats every second", async () => {
  const listening = await listen("/things");
  for (let second = 0; second < 5; second += 1) {
    await scene.clock.advance({ by: Seconds(1) });
    await settle();
  }
  expect(listening.text().match(/^:$/gm)).toHaveLength(5);
});

test("S5: events have no id, and who falls a hundred events behind is cut off", async () => {
  const reader = await listen("/things");
  const deaf = await listen("/things", { reads: false });
  const large = "x".repeat(30_000);
  for (let n = 0; n < 110; n += 1) {
    await scene.patch({ n, large }, {}, `${band}/attributes/room`);
    await settle();
  }
  expect(await reader.heard()).toHaveLength(110);
  expect(reader.text()).not.toContain("id:");
  expect(reader.isOpen()).toBe(true);
  await deaf.drain();
  expect(deaf.isOpen()).toBe(false);
  expect((await deaf.heard()).length).toBeLessThan(110);
}, 20_000);

test("S6: the past of one thing is told from one revision or time to another, and ends", async () => {
  const { _revision: start } = (await scene.read(`${band}?fields=_revision`)) as {
    _revision: number;
  };
  for (const lot of ["L1", "L2", "L3"]) {
    await scene.patch({ attributes: { tags: { lot } } });
    await scene.clock.advance({ by: Seconds(10) });
  }
  await scene.get("/v1/history", "fleet"); // has the history record what was written
  const lots = async (query: string): Promise<unknown> => {
    const listening = await listen(`${band}?${query}&fields=attributes/tags/lot`);
    const heard = (await listening.heard()) as { attributes?: { tags: { lot: string } } }[];
    expect(listening.isOpen()).toBe(false);
    return heard.flatMap(({ attributes }) => attributes?.tags.lot ?? []);
  };
  expect(await lots("from-historical-revision=1")).toEqual(["L1", "L2", "L3"]);
  expect(await lots(`from-historical-revision=${start + 2}&to-historical-revision=-1`)).toEqual([
    "L2",
  ]);
  expect(await lots("from-historical-revision=-1")).toEqual(["L2", "L3"]);
  const between = new Date(scene.clock.now() - 15_000).toISOString();
  expect(await lots(`from-historical-timestamp=${between}`)).toEqual(["L3"]);
});

test("S7: a search is streamed with the thing as id, and goes on after the last one seen", async () => {
  const all = await listen("/search/things?fields=thingId");
  await settle();
  const ids = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
  expect(ids(all.text())).toEqual(["nice:B-1", "nice:B-2", "nice:X-1", "nice:X-2"]);
  expect(all.isOpen()).toBe(false);
  const headers = { "last-event-id": "nice:X-1" };
  const down = await listen("/search/things?option=sort(-thingId)", { headers });
  await settle();
  expect(ids(down.text())).toEqual(["nice:B-2", "nice:B-1"]);
});

test("S8: messages of a box are told under their subject", async () => {
  const inbox = await listen(`${band}/inbox/messages`);
  const asks = await listen(`${band}/inbox/messages/ask`);
  const outbox = await listen(`${band}/outbox/messages`);
  const send = (path: string, timeout: string): Promise<Response> =>
    scene.send("POST", `${band}${path}?timeout=${timeout}`, { body: '"hello"' });
  expect((await send("/inbox/messages/ask", "0")).status).toBe(202);
  expect((await send("/inbox/messages/tell", "0")).status).toBe(202);
  const waiting = send("/outbox/messages/said", "2s");
  expect(await scene.refusal(passing(waiting))).toBe("408 messages:timeout");
  await settle();
  const frames = (text: string) =>
    [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, ...all]) => all);
  expect(frames(inbox.text())).toEqual([
    ["ask", '"hello"'],
    ["tell", '"hello"'],
  ]);
  expect(frames(asks.text())).toEqual([["ask", '"hello"']]);
  expect(frames(outbox.text())).toEqual([["said", '"hello"']]);
});

test("S9: when there is nothing to add, an error is told as an event, and the stream goes on", async () => {
  const listening = await listen("/things?extraFields=attributes/identity/kind");
  await scene.patch({ attributes: { room: "12" } });
  await scene.send("DELETE", band);
  await scene.patch({ attributes: { room: "14" } }, {}, "/things/nice:B-2");
  const heard = await listening.heard();
  const identity = { kind: "wristband" };
  expect(heard.at(0)).toEqual({ attributes: { identity, room: "12" } });
  expect(heard.at(-2)).toMatchObject({ status: 404, error: "things:thing.notfound" });
  expect(heard.at(-1)).toEqual({ attributes: { identity, room: "14" } });
});

test("S10: what one may not read is left out of each event, and another tenant's are not told", async () => {
  const fleet = await listen("/things");
  const nurse = await listen("/things", { role: "nurse" });
  await scene.tell(pulse(72, after(1)));
  const contacts = [{ role: "nurse", number: "+33612345678", language: "fr" }];
  const wish = { features: { config: { desiredProperties: { contacts, profile: "seed" } } } };
  await scene.patch(wish, {}, "/things/nice:X-1");
  const other = { tenant: lyon, body: { attributes: { room: "9" } } };
  await scene.send("PATCH", "/things/lyon:B-9", other);
  const seen = JSON.stringify(await fleet.heard());
  expect(seen).toContain('"battery":80');
  expect(seen).toContain('"profile":"seed"');
  expect(seen).not.toMatch(/heart-rate|vitals|\+336|"9"/);
  expect(JSON.stringify(await nurse.heard())).toMatch(/heart-rate.*\+336/);
});

test("one thing, one place in it, and some by their ids are listened to alone", async () => {
  const one = await listen("/things/nice:B-2");
  const place = await listen(`${band}/features/lamp/properties`);
  const some = await listen("/things?ids=nice:X-1");
  await scene.patch(lamp(true));
  await scene.patch({ attributes: { room: "12" } });
  await scene.patch({ attributes: { room: "13" } }, {}, "/things/nice:B-2");
  await scene.patch({ attributes: { room: "14" } }, {}, "/things/nice:X-1");
  expect(await one.heard()).toEqual([{ attributes: { room: "13" } }]);
  expect(await place.heard()).toEqual([{ on: true }]);
  expect(await some.heard()).toEqual([{ attributes: { room: "14" } }]);
  const nobody = await scene.send("GET", "/things/nice:B-404", {
    headers: { accept: "text/event-stream" },
  });
  expect(nobody.status).toBe(404);
});

test("what is wished for in any other way is told as a merge", async () => {
  const listening = await listen("/things?fields=features,_context(topic)");
  const token = await scene.tokens.issue({ tenant: nice, role: "fleet" });
  await scene.ask(`/v1/twins/${device("B-1").serial}`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/merge-patch+json",
    },
    body: JSON.stringify({ parts: { config: { desired: { profile: "dense" } } } }),
  });
  expect(await listening.heard()).toEqual([
    {
      features: { config: { desiredProperties: { profile: "dense" } } },
      _context: { topic: "nice/B-1/things/twin/events/merged" },
    },
  ]);
});
