/**
 * What only clinicians may know, and what only another tenant may, is planted where it can stand, and then looked for in
 * every answer that anybody else can get, and in what they are told of on the way.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { createCommandStore } from "#twins/commands/store.ts";
import { createGroupStore } from "#twins/groups/store.ts";
import { device, entryOf, pulse, start } from "#twins/specimens.ts";
import { encodeEntry } from "#wire/entry.ts";
import { Hours, Instant, later } from "#wire/units.ts";

import { may, rightOf, routes } from "./access/rights.ts";
import type { Role } from "./access/roles.ts";
import { listen, settle, type Source } from "./listening.ts";
import { lyon } from "./trial.ts";
import { openScene, type Scene } from "./twins/write/scene.ts";

/** Values that stand nowhere else: a pulse, a saturation, a relative's number, a home's name. */
const secrets = /123\.25|88\.75|33698765432|Chez Odette/;
const others = ["fleet", "support", "admin"] as const satisfies readonly Role[];
const contacts = [{ role: "relative", number: "+33698765432", language: "fr" }];
const measured = "c-0000001";

let scene: Scene;
const sources: Source[] = [];

beforeAll(async () => {
  scene = await openScene();
  for (const role of others) {
    sources.push(await listen(scene, { role, query: "?snapshot=true" }));
    sources.push(await listen(scene, { role, query: "?filter=freshness=lt=PT1H" }));
  }
  await plant();
  await settle(scene);
});
afterAll(async () => {
  for (const source of sources) await source.close();
  await scene.close();
});

async function plant(): Promise<void> {
  const t = scene.clock.now();
  await scene.tell(pulse(123.25, t));
  const saturation = { metric: "spo2", value: 88.75, t, window: 300_000 };
  await scene.tell(entryOf("readings", { readings: [saturation] }, { seq: 2 }));
  const box = { device: "X-1", box: "X-1" };
  const config = { contacts, alias: "Chez Odette" };
  await scene.tell(entryOf("reported", { t, parts: { config } }, { ...box, seq: 1 }));
  // Not how our boxes tell it; a twin takes in what it is told.
  const odd = { config: { contacts: { first: { number: "+33698765432" } } } };
  await scene.tell(
    entryOf("reported", { t: t + 1, parts: odd }, { ...box, device: "X-2", box: "X-2" }),
  );
  await scene.send("PATCH", "/v1/twins/X-1/parts/config/desired", { body: { contacts } });
  const commands = createCommandStore({
    cells: scene.redis.cells,
    keys: scene.keys,
    clock: scene.clock,
  });
  const order = { name: "measure", args: { metric: "heart-rate" }, by: "u:42", id: measured };
  const { serial } = device("B-1");
  await commands.issue(serial, { ...order, deadline: later(t, Hours(1)) });
  const said = { state: "done", t, epoch: "e1", seq: 3, result: { "heart-rate": 123.25 } } as const;
  await commands.hear(serial, [{ id: measured, said }]);
  const aside = { reason: "out_of_range", count: "1", text: '{"n":"heart-rate","v":123.25}' };
  const { seq, ...fields } = encodeEntry(entryOf("readings", { readings: [] }, { seq: 4 }));
  await scene.redis.streams.append(scene.keys.quarantine(0), {
    ...fields,
    seq: seq ?? "",
    ...aside,
  });
}

/** Paths of routes that may be read, with what they ask for beside. */
const names: Readonly<Record<string, string>> = {
  ...{ id: "B-1", command: measured, group: "bands", serial: "B-1", thing: "B-1" },
};
const questions = [
  ...["", "?include=meta,sync,delta", "?fields=parts", "?fields=parts/vitals", "?fields=meta"],
  ...[
    "?fields=parts/config(reported,desired,leaves)&include=meta,delta",
    "?fields=delta,sync,meta",
  ],
  ...["?part=config", "?part=vitals", "?count=true&sort=-rev", `?at=${start + 60_000}`],
  ...[`?from=${start}`, `?from=${start}&leaves=tags,config.profile`, "?kind=box", "?limit=1000"],
  ...["?filter=kind==box", "?groupBy=kind&metrics=count,avg(power.battery)", "?emergency=true"],
];

function readable(role: Role): string[] {
  return Object.entries(routes).flatMap(([name, demand]) => {
    const [method, path = ""] = name.split(" ");
    const right = demand === "public" ? "signed-in" : rightOf(demand);
    const isOpen = right === "signed-in" || may(role, right);
    const isPlain = !/stream|socket|compat|\*/.test(path);
    return method === "GET" && isOpen && isPlain ? [path] : [];
  });
}

describe.each([...others])("TW-09, H-06: whoever is %s", (role) => {
  test("reads no vital sign and no name in any answer", async () => {
    let answered = 0;
    for (const path of readable(role)) {
      for (const id of ["B-1", "X-1", "X-2"]) {
        const filled = path.replaceAll(/:(\w+)/g, (_, name: string) =>
          ["id", "serial"].includes(name) ? id : (names[name] ?? "x"),
        );
        for (const question of questions) {
          const response = await scene.get(`${filled}${question}`, role);
          expect(`${filled}${question} ${await response.text()}`).not.toMatch(secrets);
          answered += response.ok ? 1 : 0;
        }
      }
    }
    expect(answered).toBeGreaterThan(100);
  });

  test("is told of none by a stream", () => {
    const own = sources.filter((_, n) => Math.floor(n / 2) === others.indexOf(role));
    for (const { frames } of own) {
      expect(frames.length).toBeGreaterThan(2);
      expect(JSON.stringify(frames)).not.toMatch(secrets);
      expect(JSON.stringify(frames)).not.toMatch(/vitals|"heart-rate"|spo2/);
    }
  });

  test("learns none by asking about it", async () => {
    const probes = ["vitals.heart-rate=gt=123", "!(vitals.spo2=gt=80)", "id==*,vitals.steps==null"];
    for (const probe of probes.map(encodeURIComponent)) {
      for (const path of ["/v1/twins?", "/v1/twins/stream?", "/v1/twins/aggregate?groupBy=kind&"]) {
        const { status, body } = await scene.get(`${path}filter=${probe}`, role);
        await body?.cancel();
        expect([path, status]).toEqual([path, 403]);
      }
    }
    const queries = [
      ...["/v1/twins?sort=vitals.heart-rate", "/v1/twins/aggregate?groupBy=vitals.spo2"],
      "/v1/twins/aggregate?groupBy=kind&metrics=avg(vitals.heart-rate)",
      `/v1/fleet/diff?from=${start}&leaves=vitals.heart-rate`,
    ];
    for (const query of queries) {
      expect([query, (await scene.get(query, role)).status]).toEqual([query, 403]);
    }
  });
});

describe("TW-09, H-06: whoever writes", () => {
  const hidden = [
    ...["vitals.heart-rate=gt=123", "parts.vitals.reported.heart-rate=gt=1", "config.alias==C*"],
    ...["desired.config.contacts!=null", "config.contacts.first.number==*33698765432"],
    "parts.config.reported.contacts.first.number!=null",
  ];

  test("learns no secret by a condition: it fails whether it would hold or not", async () => {
    for (const id of ["B-1", "X-1", "X-2"]) {
      for (const condition of hidden.flatMap((one) => [one, `!(${one})`])) {
        const headers = { "x-if": condition };
        const { status } = await scene.patch({ tags: { a: 1 } }, headers, `/v1/twins/${id}`);
        expect([id, condition, status]).toEqual([id, condition, 412]);
        const perPath = { "x-if-path": JSON.stringify({ "/tags/a": condition }) };
        const cut = await scene.patch({ tags: { a: 1 } }, perPath, `/v1/twins/${id}`);
        expect([id, condition, cut.status]).toEqual([id, condition, 412]);
      }
    }
  });

  test("cannot have others' groups or changes look for one, nor see one in what it would change", async () => {
    const filter = "vitals.heart-rate=gt=123";
    const group = await scene.send("PUT", "/v1/groups/ill", { body: { filter } });
    expect(group.status).toBe(403);
    const patch = { tags: { winter: true } };
    const change = { filter, patch, reason: "winter" };
    expect((await scene.send("POST", "/v1/changes", { body: change })).status).toBe(403);
    const sample = await scene.send("POST", "/v1/changes", {
      body: { ...change, filter: "id==*" },
    });
    expect(sample.status).toBe(201);
    expect(await sample.text()).not.toMatch(secrets);
    const naming = { parts: { config: { desired: { alias: "x" } } } };
    const named = { ...change, filter: "kind==box", patch: naming };
    expect((await scene.send("POST", "/v1/changes", { body: named })).status).toBe(403);
  });
});

test("TW-09: a clinician reads what nobody else does", async () => {
  const told = async (path: string) => (await scene.get(path, "doctor")).text();
  expect(await told("/v1/twins/B-1")).toMatch(/123\.25.*88\.75|88\.75.*123\.25/);
  expect(await told("/v1/twins/X-1")).toMatch(/33698765432/);
  expect(await told("/v1/twins/X-2")).toMatch(/33698765432/);
  expect(await told(`/v1/twins/B-1/commands/${measured}`)).toMatch(/123\.25/);
  expect(await told("/v1/quarantine")).toMatch(/123\.25/);
});

test("AC-28, H-06: what is another tenant's does not exist, by whichever route", async () => {
  const { cells } = scene.redis;
  const ports = { cells, keys: scene.keys, clock: scene.clock };
  const deadline = Instant(scene.clock.now() + Hours(1));
  const order = { name: "locate", args: {}, by: "u:42", deadline, id: "c-0000009" };
  await createCommandStore(ports).issue(device("B-9").serial, order);
  await createGroupStore(ports).put(lyon, {
    name: "theirs",
    filter: "id==*",
    about: "",
    by: "u:9",
  });
  const token = await scene.tokens.issue({ tenant: lyon, role: "fleet" });
  const made = await scene.ask("/v1/changes", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ filter: "id==*", patch: { tags: { a: 1 } }, reason: "theirs" }),
  });
  const { id: change } = (await made.json()) as { id: string };
  const key = (await scene.apiKeys.create({ tenant: lyon, role: "fleet", by: "u:9" })).id;
  const theirs: Readonly<Record<string, string>> = {
    ...{ id: "B-9", part: "config", command: "c-0000009", group: "theirs", change, key },
    serial: "B-9",
  };
  const bodies: Readonly<Record<string, object>> = {
    "POST /v1/twins/:id/commands": { name: "locate" },
    "PUT /v1/custody/:serial/assignment": { assignment: "A-1" },
    "PUT /v1/custody/:serial/status": { status: "active" },
    "PUT /v1/custody/:serial/calibration": { due: scene.clock.now() + Hours(24) },
  };
  const named = Object.keys(routes).filter((name) => name.includes(":") && name.includes(" /v1/"));
  for (const name of named.filter((each) => !/:assignment|reported$|PUT .*:group/.test(each))) {
    const [method = "", path = ""] = name.split(" ");
    const filled = path.replaceAll(/:(\w+)/g, (_, each: string) => theirs[each] ?? "x");
    const isRead = method === "GET" || method === "DELETE";
    const body = isRead ? {} : { body: bodies[name] ?? {} };
    const response = await scene.send(method, filled, { role: "admin", ...body });
    expect([name, response.status, await response.text()]).toMatchObject([
      name,
      404,
      expect.any(String),
    ]);
  }
});
