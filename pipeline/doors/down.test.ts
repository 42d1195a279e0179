/** What goes down: everything outstanding after each connect, what is new at once, what nobody answers again. */
import { describe, expect, test } from "bun:test";

import { Trouble } from "#platform/trouble.ts";
import type { Order } from "#twins/commands/book.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import type { Wish } from "#twins/document.ts";
import { emptyPart } from "#twins/leaves.ts";
import { noticeOf } from "#twins/notice.ts";
import { createTwinStore } from "#twins/store.ts";
import { Instant, later, Millis, Minutes, Seconds } from "#wire/units.ts";

import { type Box, createStage, named, pack, start } from "./stage.ts";

/** A stage whose devices have twins, with the ways to want something of them. */
async function open(options: Parameters<typeof createStage>[0] = {}) {
  const stage = createStage(options);
  const deps = { ...stage.redis, keys: stage.keys, clock: stage.clock };
  const twins = createTwinStore(deps);
  for (const device of stage.roster.all()) await twins.create(device);
  const read = async (serial: string) => {
    const twin = await twins.read(named.serial(serial));
    if (twin === null) throw new TypeError(`${serial} has a twin`);
    return twin;
  };
  const write = async (serial: string, profile: string | null, state: Wish["state"]) => {
    const before = await read(serial);
    const desiredV = state === "pending" ? before.desiredV + 1 : before.desiredV;
    const now = stage.clock.now();
    const wish: Wish = { v: desiredV, state, at: now, setAt: now, by: "u:42" };
    const wanted =
      profile === null
        ? { desired: {}, wishes: {} }
        : { desired: { profile }, wishes: { profile: wish } };
    const config = { ...emptyPart, ...before.parts.config, ...wanted };
    const after = { ...before, desiredV, parts: { ...before.parts, config } };
    await twins.commit([{ before, after, changed: [] }]);
    const notice = noticeOf(stage.keys, after);
    if (state === "pending" && notice.op === "XADD")
      await stage.redis.streams.append(notice.key, notice.fields);
  };
  return {
    ...stage,
    twins,
    commands: createCommandStore(deps),
    /** Wants a profile of a device, or nothing any more. */
    want: (serial: string, profile: string | null) => write(serial, profile, "pending"),
    /** The box has said that it has the leaves. */
    accept: (serial: string, profile: string) => write(serial, profile, "delivered"),
    connected: async (box = "X-1") => {
      const connection = stage.connect(box);
      connection.session.subscribed();
      await stage.pass(Millis(200));
      return connection;
    },
  };
}

/** What a box was told beside receipts, since the last time. */
function told({ down }: Box): string[] {
  return down.splice(0).flatMap(({ topic, payload }) => {
    const [device, , leaf, id] = topic.split("/").slice(4);
    if (leaf === "stored") return [];
    if (leaf === "command") return [`${device} ${id}`];
    const { v, parts }: { v: number; parts: { config?: { profile: string } } } =
      JSON.parse(payload);
    return [`${device} ${v} ${parts.config?.profile ?? "nothing"}`];
  });
}

const order: Order = {
  id: "c-0000001",
  name: "locate",
  args: {},
  deadline: later(start, Minutes(60)),
  by: "u:42",
};

describe("desired leaves", () => {
  test("of everything behind a box are told after it has connected, whatever happened meanwhile", async () => {
    const stage = await open();
    await stage.want("X-1", "seed");
    await stage.want("B-1", "dense");
    await stage.want("B-2", "dense");
    const first = await stage.connected();
    expect(told(first).toSorted()).toEqual(["B-1 1 dense", "X-1 1 seed"]);
    first.session.ended("cut");
    await stage.want("B-1", "seed");
    const second = await stage.connected();
    expect(told(second).toSorted()).toEqual(["B-1 2 seed", "X-1 1 seed"]);
    expect(told(first)).toEqual([]);
  });

  test("that are wanted while the box listens are told at once, the latest last", async () => {
    const stage = await open();
    const box = await stage.connected();
    await stage.want("B-1", "dense");
    await stage.want("B-1", "seed");
    await stage.pass(Millis(200));
    expect(told(box).at(-1)).toBe("B-1 2 seed");
  });

  test("that were withdrawn while the box was away are withdrawn from it", async () => {
    const stage = await open();
    await stage.want("B-1", "dense");
    await stage.connected();
    await stage.want("B-1", null);
    expect(told(await stage.connected())).toEqual(["B-1 2 nothing"]);
  });

  test("are said again when nobody answers, ever less often and not for ever", async () => {
    const stage = await open();
    await stage.want("B-1", "dense");
    const box = await stage.connected();
    const times: number[] = [];
    for (let second = 0; second < 3600; second += 5) {
      if (told(box).length > 0) times.push(second);
      await stage.pass(Seconds(5));
    }
    expect(times).toEqual([0, 30, 90, 210, 450, 930]);
  });

  test("that the box has are not said again before it connects anew", async () => {
    const stage = await open();
    await stage.want("B-1", "dense");
    const box = await stage.connected();
    await stage.accept("B-1", "dense");
    await stage.pass(Minutes(10));
    expect(told(box)).toEqual(["B-1 1 dense"]);
    expect(told(await stage.connected())).toEqual(["B-1 1 dense"]);
  });

  test("of a device that has just been linked to the box are told", async () => {
    const stage = await open();
    await stage.want("B-2", "dense");
    const box = await stage.connected();
    const band = stage.roster.device("B-2");
    if (band !== undefined)
      stage.roster.put({ ...band, tenant: box.peer.tenant, box: box.peer.box });
    await stage.pass(Millis(200));
    expect(told(box)).toEqual(["B-2 1 dense"]);
  });

  test("of a retired device are told to nobody", async () => {
    const stage = await open();
    await stage.want("B-1", "dense");
    await stage.twins.retire(named.serial("B-1"));
    expect(told(await stage.connected())).toEqual([]);
  });
});

describe("commands", () => {
  test("are told at once or after the next connect, and count as delivered when the box acknowledges", async () => {
    const stage = await open();
    const { commands } = stage;
    const band = named.serial("B-1");
    await commands.issue(band, order);
    const box = await stage.connected();
    const [message] = box.down;
    expect(JSON.parse(message?.payload ?? "")).toEqual({
      id: order.id,
      name: "locate",
      args: {},
      deadline: order.deadline,
    });
    const state = async () => (await commands.list(band)).get(order.id)?.state;
    expect(await state()).toBe("queued");
    message?.acknowledge?.();
    await stage.pass(Millis(10));
    expect(await state()).toBe("delivered");
    await commands.issue(band, { ...order, id: "c-0000002" });
    await stage.pass(Millis(10));
    expect(told(box)).toEqual(["B-1 c-0000001", "B-1 c-0000002"]);
  });

  test("are said again until the box has taken them, and after each connect until they have ended", async () => {
    const stage = await open();
    const { commands } = stage;
    const band = named.serial("B-1");
    await commands.issue(band, order);
    const box = await stage.connected();
    await stage.pass(Seconds(40));
    expect(told(box)).toEqual(["B-1 c-0000001", "B-1 c-0000001"]);
    const word = { t: start, epoch: "e1", seq: 1 };
    await commands.hear(band, [{ id: order.id, said: { state: "accepted", ...word } }]);
    await stage.pass(Minutes(10));
    expect(told(box)).toEqual([]);
    expect(told(await stage.connected())).toEqual(["B-1 c-0000001"]);
    await commands.hear(band, [{ id: order.id, said: { state: "done", ...word } }]);
    expect(told(await stage.connected())).toEqual([]);
  });

  test("that have expired, or were called back, are told to nobody", async () => {
    const stage = await open();
    await stage.commands.issue(named.serial("B-1"), {
      ...order,
      deadline: later(start, Seconds(9)),
    });
    await stage.commands.issue(named.serial("X-1"), { ...order, id: "c-0000002" });
    await stage.commands.cancel(named.serial("X-1"), "c-0000002", "u:42");
    await stage.pass(Seconds(9));
    expect(told(await stage.connected())).toEqual([]);
  });
});

describe("trouble", () => {
  test("a store that is away for a while keeps nobody from being told in the end", async () => {
    const away = { now: false };
    const stage = await open({
      cells: (cells) => ({
        ...cells,
        getAllOf: (keys) =>
          away.now
            ? Promise.reject(new Trouble("cells-unreachable", { retry: "safe" }))
            : cells.getAllOf(keys),
      }),
    });
    await stage.want("B-1", "dense");
    away.now = true;
    const box = await stage.connected();
    await stage.pass(Minutes(1));
    expect(told(box)).toEqual([]);
    away.now = false;
    await stage.pass(Seconds(5));
    expect(told(box)).toEqual(["B-1 1 dense"]);
  });

  test("a twin that nobody can read keeps nobody else from being told", async () => {
    const stage = await open();
    await stage.want("X-1", "seed");
    const key = stage.keys.twin("B-1");
    const damage = { op: "HSET", key, field: "rev", value: "damaged" } as const;
    await stage.redis.cells.commit([{ checks: [], writes: [damage] }]);
    expect(told(await stage.connected())).toEqual(["X-1 1 seed"]);
  });

  test("a message that goes up reads nothing for what goes down", async () => {
    let reads = 0;
    const stage = await open({
      cells: (cells) => ({
        ...cells,
        getAllOf: (keys) => {
          reads += 1;
          return cells.getAllOf(keys);
        },
      }),
    });
    await stage.want("B-1", "dense");
    await stage.pass(Seconds(1));
    const box = await stage.connected();
    expect(reads).toBe(1);
    for (let seq = 1; seq <= 100; seq++) {
      await box.publish("B-1/readings", pack("B-1", { seq }, { t: Instant(start + seq) }));
    }
    expect(reads).toBe(1);
  });

  test("a thousand homes that come back at once are read a handful at a time", async () => {
    let widest = 0;
    let under = 0;
    const stage = await open({
      cells: (cells, clock) => ({
        ...cells,
        getAllOf: async (keys) => {
          under += 1;
          widest = Math.max(widest, under * keys.length);
          await clock.sleep(Millis(5));
          under -= 1;
          return cells.getAllOf(keys);
        },
      }),
    });
    await stage.want("B-1", "dense");
    const { roster } = stage;
    const band = roster.device("B-1");
    for (let n = 10; n < 1_010; n++) {
      const box = named.box(`X-${n}`);
      const tenant = named.tenant("nice");
      if (band !== undefined) roster.put({ ...band, serial: box, kind: "box", box, tenant });
      stage.connect(`X-${n}`, "nice").session.subscribed();
    }
    const box = await stage.connected();
    expect(told(box)).toEqual(["B-1 1 dense"]);
    expect(widest).toBe(128);
  });
});
