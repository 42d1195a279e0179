import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { origin } from "#platform/stream/port.ts";
import { parseChange } from "#twins/changes.ts";
import { keysFor } from "#twins/keys.ts";
import { after, device, start } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { Millis } from "#wire/units.ts";

import type { Order } from "./book.ts";
import { createCommandStore } from "./store.ts";

const band = device("B-1").serial;
const stranger = device("B-404").serial;
const order: Order = {
  id: "c-0000001",
  name: "locate",
  args: {},
  deadline: after(60_000),
  by: "u:42",
};

async function open() {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(4);
  const deps = { ...redis, keys, clock };
  const twins = createTwinStore(deps);
  await twins.create(device("B-1"));
  const q = keys.of(band);
  const all = async (key: string) =>
    (await redis.streams.range(key, { after: origin, limit: 1000 })).map(({ fields }) => fields);
  return {
    ...deps,
    q,
    twins,
    commands: createCommandStore(deps),
    told: async () =>
      (await all(keys.changes(q))).flatMap((fields) =>
        (parseChange(fields)?.changed ?? [])
          .filter(({ path }) => path.startsWith("commands/"))
          .map(({ path, value }) => [path, value]),
      ),
    notices: () => all(keys.down(q)),
  };
}

const done = { state: "done", t: start + 9, epoch: "e1", seq: 3 } as const;

test("each step of a command is told once in the changes of its twin", async () => {
  const { commands, told, notices, clock } = await open();
  expect((await commands.issue(band, order)).kind).toBe("issued");
  expect(await notices()).toEqual([{ device: "B-1", box: "X-1", v: "0" }]);
  await commands.send(band, [order.id]);
  await commands.deliver(band, [order.id]);
  await commands.deliver(band, [order.id]);
  await commands.hear(band, [{ id: order.id, said: done }]);
  await commands.hear(band, [{ id: order.id, said: { ...done, state: "accepted", seq: 2 } }]);
  await clock.advance({ by: Millis(90_000) });
  await commands.expire(band);
  expect(await told()).toEqual([
    [`commands/${order.id}`, "queued"],
    [`commands/${order.id}`, "delivered"],
    [`commands/${order.id}`, "done"],
  ]);
  expect(await notices()).toHaveLength(1);
});

test("the devices with an open command are known, with the deadline that comes first", async () => {
  const { commands, q, clock, told } = await open();
  await commands.issue(band, order);
  await commands.issue(band, { ...order, id: "c-0000002", deadline: after(30_000) });
  expect(await commands.deadlines(q)).toEqual(new Map([[band, after(30_000)]]));
  await clock.advance({ by: Millis(30_000) });
  await commands.expire(band);
  expect(await commands.deadlines(q)).toEqual(new Map([[band, after(60_000)]]));
  await commands.hear(band, [{ id: order.id, said: done }]);
  expect(await commands.deadlines(q)).toEqual(new Map());
  expect((await told()).slice(2)).toEqual([
    ["commands/c-0000002", "expired"],
    ["commands/c-0000001", "done"],
  ]);
});

test("a command that was called back is handed to nobody, one that was handed over is not called back", async () => {
  const { commands } = await open();
  await commands.issue(band, order);
  expect((await commands.cancel(band, order.id, "u:7")).kind).toBe("cancelled");
  expect((await commands.cancel(band, order.id, "u:7")).kind).toBe("cancelled");
  expect(await commands.send(band, [order.id])).toEqual([]);
  await commands.issue(band, { ...order, id: "c-0000002" });
  expect(await commands.send(band, ["c-0000002"])).toMatchObject([{ id: "c-0000002" }]);
  expect((await commands.cancel(band, "c-0000002", "u:7")).kind).toBe("late");
  expect((await commands.cancel(band, "c-0000404", "u:7")).kind).toBe("missing");
});

test("writers at the same time all have their effect", async () => {
  const { commands } = await open();
  const ids = Array.from({ length: 12 }, (_, n) => `c-00000${10 + n}`);
  await Promise.all(ids.map((id) => commands.issue(band, { ...order, id })));
  await Promise.all([
    commands.send(band, ids),
    ...ids.map((id) => commands.hear(band, [{ id, said: done }])),
  ]);
  const book = await commands.list(band);
  expect([...book.values()].map(({ state }) => state)).toEqual(ids.map(() => "done"));
});

test("a device without a twin, or with a retired one, takes no command", async () => {
  const { commands, twins } = await open();
  expect((await commands.issue(stranger, order)).kind).toBe("missing");
  await twins.retire(band);
  expect((await commands.issue(band, order)).kind).toBe("retired");
});

test("F34: who was replaced without noticing writes nothing", async () => {
  const { commands, keys } = await open();
  await commands.issue(band, order);
  const fence = (q: number) => ({ key: keys.leases(q), field: "twins@0", expected: "7" });
  const words = [{ id: order.id, said: done }];
  expect(await commands.hear(band, words, fence)).toBe("fenced");
  expect((await commands.list(band)).get(order.id)?.state).toBe("queued");
});
