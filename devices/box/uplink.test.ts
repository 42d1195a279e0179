import { describe, expect, test } from "bun:test";

import type { Broker, BrokerSession } from "#platform/broker/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { encodeJson } from "#wire/codec.ts";
import { parseSerial } from "#wire/identity.ts";
import { normalise } from "#wire/ranges.ts";
import { downTopic } from "#wire/topics.ts";
import { Hours, Millis, Minutes, Seconds } from "#wire/units.ts";

import type { MessageNumber } from "./outbox-row.ts";
import { box, device, fall, many, report, Scene, start, tenant, vital } from "./uplink-scene.ts";

/** Moves on until the box has its connection. */
async function untilOnline(scene: Scene): Promise<void> {
  while (scene.uplink.state !== "online") await scene.after(Millis(1));
}

describe("sending", () => {
  test("what is offered arrives, and leaves the outbox by its receipt", async () => {
    const scene = new Scene();
    await untilOnline(scene);
    scene.uplink.offer([vital(), report(), fall()]);
    await scene.after(Seconds(1));
    expect(scene.cloud.order).toEqual(["3", "1", "2"]);
    expect(scene.outbox.depth().depth).toBe(0);
  });

  test("F22: an acknowledgement is not a receipt: the message stays, and is sent again", async () => {
    const scene = new Scene();
    await untilOnline(scene);
    scene.network.setWeather({ swallow: 1 });
    scene.uplink.offer([vital()]);
    await scene.after(Seconds(1));
    scene.network.setWeather({ swallow: 0 });
    expect(scene.outbox.depth().depth).toBe(1);
    await scene.after(Seconds(45));
    expect(scene.cloud.order).toEqual(["1"]);
    expect(scene.outbox.depth().depth).toBe(0);
  });

  test("what the door withholds is not sent again while the connection lasts", async () => {
    const scene = new Scene();
    scene.cloud.withheld.add("reported");
    await untilOnline(scene);
    scene.uplink.offer([vital()]);
    await scene.after(Minutes(5));
    scene.cloud.withheld.clear();
    await scene.after(Minutes(5));
    expect(scene.cloud.order).toEqual([]);
    expect(scene.outbox.depth().depth).toBe(1);
  });

  test("H-07: an emergency does not wait behind what the door withholds", async () => {
    const scene = new Scene();
    scene.network.stop();
    scene.uplink.offer(many(200, report));
    scene.cloud.withheld.add("reported");
    scene.network.listen(scene.cloud.accept);
    await scene.after(Minutes(2));
    scene.uplink.offer([fall()]);
    await scene.after(Seconds(1));
    expect(scene.cloud.order).toEqual(["201"]);
  });

  test("BX-25: emergencies go before any backlog, and that in order of arrival", async () => {
    const scene = new Scene();
    scene.uplink.offer([report(), vital(), fall(), report(), vital(), fall()]);
    await scene.after(Seconds(1));
    expect(scene.cloud.order).toEqual(["3", "6", "1", "2", "4", "5"]);
  });

  test("BX-18: a sensor's flood that the door withholds delays no other sensor, live or late", async () => {
    const scene = new Scene();
    const cuff = parseSerial("T-1")!;
    const flood = many(200, () => ({ ...vital(), device: cuff, channel: "event" as const }));
    scene.cloud.withheld.add("event");
    await untilOnline(scene);
    scene.uplink.offer([...flood, vital()]);
    await scene.after(Seconds(1));
    expect(scene.cloud.order).toEqual(["1"]);
    scene.network.setReachable(false);
    scene.network.cut();
    scene.uplink.offer([...flood, vital()]);
    await scene.after(Minutes(1));
    scene.network.setReachable(true);
    await untilOnline(scene);
    await scene.after(Seconds(1));
    expect(scene.cloud.order).toEqual(["1", "2"]);
  });

  test("F17: after 48 h without a line all arrives, and a live reading does not wait for it", async () => {
    const scene = new Scene();
    scene.network.setReachable(false);
    scene.network.cut();
    for (let hour = 0; hour < 48; hour += 1) {
      scene.uplink.offer(many(7, vital));
      await scene.after(Hours(1));
    }
    scene.network.setReachable(true);
    scene.network.setWeather({ latency: { low: Millis(100), high: Millis(100) } });
    await untilOnline(scene);
    const backlog = 48 * 7;
    scene.uplink.offer([vital()]);
    await scene.after(Millis(150));
    expect(scene.cloud.order).toContain(String(backlog + 1));
    expect(scene.cloud.received).toBeLessThan(backlog);
    await scene.after(Minutes(1));
    expect(scene.cloud.received).toBe(backlog + 1);
    expect(scene.outbox.depth()).toEqual({ depth: 0, oldest: null });
  });

  test("BX-15: what a full box dropped is declared in steps, each before what lies above it", async () => {
    const scene = new Scene({ messages: 300 });
    scene.network.stop();
    for (let i = 0; i < 200; i += 1) scene.uplink.offer([vital(), report()]);
    scene.uplink.offer(many(60, vital));
    scene.network.listen(scene.cloud.accept);
    await scene.after(Minutes(5));
    const [sent] = scene.outbox.sent();
    const received = normalise(0, scene.cloud.counters.get(sent!.epoch)!);
    expect(received).toEqual({ upTo: sent!.seq, ranges: [] });
    expect(scene.outbox.depth().depth).toBe(0);
    expect(scene.outbox.tally().dropped).toBe(160);
  });
});

describe("the heartbeat", () => {
  test("BX-27: comes every 30 s, with what was sent, the links and the power", async () => {
    const scene = new Scene();
    scene.status = { power: "battery", links: [{ device, up: true, heardAt: start }] };
    await untilOnline(scene);
    scene.uplink.offer([vital()]);
    await scene.after(Minutes(5));
    const times = scene.cloud.heartbeats.map(({ at }) => Math.floor(at / 1000));
    expect(times).toEqual([0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300]);
    expect(scene.cloud.heartbeats.at(-1)!.alive).toMatchObject({
      ...scene.status,
      sent: [{ device, seq: 1 }],
      buffer: { depth: 0, oldest: null },
    });
  });

  test("comes at once when the power or a link changes, and when a backlog has drained", async () => {
    const scene = new Scene();
    scene.uplink.offer(many(50, vital));
    await untilOnline(scene);
    await scene.after(Millis(10));
    scene.status = { power: "battery", links: [] };
    scene.uplink.changed();
    await scene.after(Millis(10));
    const said = scene.cloud.heartbeats.map(({ alive }) => `${alive.power} ${alive.buffer.depth}`);
    expect(said).toEqual(["mains 50", "mains 0", "battery 0"]);
  });

  test("a broken line leaves the last will, a closed one says farewell", async () => {
    const scene = new Scene();
    await untilOnline(scene);
    scene.network.cut();
    await scene.after(Seconds(5));
    const closed = scene.uplink.close();
    await scene.after(Seconds(1));
    await closed;
    expect(scene.cloud.farewells).toEqual(['will {"cause":"lost"}', '{"cause":"farewell"}']);
    await scene.after(Hours(1));
    expect(scene.uplink.state).toBe("closed");
  });
});

describe("the connection", () => {
  test("BX-26: is tried again after 1, 5, 15, 60 s with jitter, then 60 s at most for ever", async () => {
    const scene = new Scene();
    scene.network.stop();
    scene.network.setWeather({ latency: { low: Millis(1), high: Millis(1) } });
    const tries: number[] = [];
    while (tries.length < 12) {
      const before = scene.uplink.state;
      await scene.after(Millis(1));
      if (before === "waiting" && scene.uplink.state !== before) tries.push(scene.clock.now());
    }
    const waits = tries.slice(1).map((at, index) => (at - tries[index]!) / 1000);
    for (const [index, step] of [5, 15].entries()) {
      expect(Math.abs(waits[index]! - step)).toBeLessThanOrEqual(step * 0.2 + 0.01);
    }
    for (const wait of waits.slice(2)) {
      expect(wait).toBeGreaterThanOrEqual(48);
      expect(wait).toBeLessThanOrEqual(60.01);
    }
  });

  test("F20: a half-open one is found out and made again, nothing is lost or kept twice", async () => {
    const scene = new Scene();
    await untilOnline(scene);
    scene.network.halfOpen();
    scene.uplink.offer([vital()]);
    await scene.after(Minutes(3));
    expect(scene.uplink.state).toBe("online");
    expect(scene.cloud.order).toEqual(["1"]);
    expect(scene.outbox.depth().depth).toBe(0);
  });

  test("that is being made when the box is closed takes nothing out of the outbox", () => {
    const scene = new Scene();
    const [waiting] = scene.outbox.append([vital()]);
    let receive: BrokerSession["receive"] = () => undefined;
    const broker: Broker = {
      connect: (_address, session) => {
        receive = (topic, payload) => session.receive(topic, payload);
        return new Promise(() => undefined);
      },
    };
    const uplink = scene.openUplink({ broker });
    void uplink.close();
    const { epoch } = waiting as MessageNumber;
    const receipt = { epoch, upTo: 1, ranges: [], refused: [] };
    receive(downTopic({ tenant, box, device }, "stored"), encodeJson(receipt));
    expect(scene.outbox.depth().depth).toBe(1);
  });

  test("carries wishes and commands to their device, and ignores what is illegible", async () => {
    const heard: string[] = [];
    const scene = new Scene({
      desired: (to, { v }) => void heard.push(`${to} wish ${v}`),
      command: (to, { name }) => void heard.push(`${to} ${name}`),
    });
    await untilOnline(scene);
    const { cloud } = scene;
    cloud.send("desired", encodeJson({ v: 3, parts: { config: { volume: 2 } } }));
    cloud.send("desired", new TextEncoder().encode("{"));
    cloud.send("stored", new Uint8Array([0xff]));
    const command = { id: "c-1", name: "locate", args: {}, deadline: start };
    cloud.send("command/c-1", encodeJson(command), box);
    await scene.after(Seconds(1));
    expect(heard).toEqual(["B-1 wish 3", "X-1 locate"]);
    expect(scene.uplink.state).toBe("online");
  });
});

describe("the second way of an emergency", () => {
  test("is tried at once and until it is kept, in order, without any connection", async () => {
    const posted: string[] = [];
    let isDown = true;
    const scene = new Scene({
      postEmergency: (_body, key) => {
        posted.push(key);
        return isDown
          ? Promise.reject(new Trouble("https-unreachable", { retry: "ambiguous" }))
          : Promise.resolve({ kind: "kept" });
      },
    });
    scene.network.stop();
    scene.uplink.offer([fall(), vital(), fall()]);
    await scene.after(Millis(1));
    expect(posted.length).toBe(1);
    await scene.after(Seconds(30));
    expect(posted.length).toBeGreaterThan(2);
    expect(new Set(posted).size).toBe(1);
    isDown = false;
    await scene.after(Minutes(2));
    expect(new Set(posted).size).toBe(2);
    expect(scene.outbox.depth().depth).toBe(3);
  });
});
