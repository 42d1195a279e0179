import { describe, expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { failureOf } from "#platform/failure.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { type Harness, testBroker } from "./contract.ts";
import type { AcceptedSession, Published } from "./memory-link.ts";
import { createMemoryNetwork, type MemoryNetwork } from "./memory.ts";
import type { BrokerSession } from "./port.ts";
import { createRouter } from "./routing.ts";

const start = Instant(1_700_000_000_000);
const address = { url: "mqtt://anywhere" };

function harnessOf(seed: string): Harness & { network: MemoryNetwork } {
  const clock = createVirtualClock({ start });
  const network = createMemoryNetwork({ clock, random: createSeededRandom(seed) });
  network.listen(createRouter());
  const until = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; !condition(); i += 1) {
      if (i > 10_000) throw new Error("it never came true");
      await clock.advance({ by: Millis(100) });
    }
  };
  return {
    broker: network.broker,
    address,
    network,
    until,
    settle: async (promise) => {
      let isSettled = false;
      const note = (): void => void (isSettled = true);
      promise.then(note, note);
      await until(() => isSettled);
      return promise;
    },
    cut: () => network.cut(),
  };
}

testBroker("memory", harnessOf("calm"));
const slow = harnessOf("slow");
slow.network.setWeather({ latency: { low: Millis(20), high: Millis(400) } });
testBroker("memory, slow road", slow);

describe("the network in memory", () => {
  interface Scene extends Harness {
    readonly network: MemoryNetwork;
    readonly received: string[];
    readonly endings: string[];
    readonly ends: string[];
    readonly session: BrokerSession;
  }

  /** One client and an acceptor that writes down what it gets. */
  function scene(receive?: AcceptedSession["receive"]): Scene {
    const harness = harnessOf("scene");
    const received: string[] = [];
    const endings: string[] = [];
    const ends: string[] = [];
    harness.network.stop();
    harness.network.listen(() => ({
      subscribed: () => undefined,
      receive: (message: Published) => {
        received.push(message.topic);
        return receive?.(message) ?? Promise.resolve({ kind: "accepted" });
      },
      ended: (how, will) => void endings.push(`${how} ${will?.topic ?? ""}`.trim()),
    }));
    const session: BrokerSession = {
      clientId: "box",
      keepAliveSeconds: 60,
      subscribe: [],
      receive: () => undefined,
      closed: (reason) => void ends.push(reason),
    };
    return { ...harness, received, endings, ends, session };
  }

  test("acknowledges only when the acceptor's promise resolves", async () => {
    let accept = (): void => undefined;
    const { broker, session, settle, until, received } = scene(
      () => new Promise((resolve) => (accept = () => resolve({ kind: "accepted" }))),
    );
    const connection = await settle(broker.connect(address, session));
    let isAcknowledged = false;
    const published = connection.publish("a", "b", 1).then(() => (isAcknowledged = true));
    await until(() => received.length === 1);
    expect(isAcknowledged).toBe(false);
    accept();
    await settle(published);
    expect(isAcknowledged).toBe(true);
  });

  test("F20: a half-open connection is found out by keepalive, at both ends", async () => {
    const { broker, session, network, settle, until, ends, endings } = scene();
    const connection = await settle(
      broker.connect(address, { ...session, will: { topic: "gone", payload: "", qos: 1 } }),
    );
    network.halfOpen("box");
    const lost = failureOf(connection.publish("a", "b", 1));
    await until(() => ends.length === 1 && endings.length === 1);
    expect(ends).toEqual(["keepalive"]);
    expect(endings).toEqual(["will gone"]);
    expect(await lost).toMatchObject({ code: "connection-closed", retry: "ambiguous" });
  });

  test("F22: a swallowed message is acknowledged and never arrives", async () => {
    const { broker, session, network, settle, received } = scene();
    const connection = await settle(broker.connect(address, session));
    network.setWeather({ swallow: 1 });
    await settle(connection.publish("a", "b", 1));
    expect(received).toEqual([]);
  });

  test("a repeated message arrives twice, one whose acknowledgement is lost ends in doubt", async () => {
    const { broker, session, network, settle, received, ends } = scene();
    const connection = await settle(broker.connect(address, session));
    network.setWeather({ repeat: 1 });
    await settle(connection.publish("a", "b", 1));
    expect(received).toEqual(["a", "a"]);
    network.setWeather({ repeat: 0, lostAck: 1 });
    const doubtful = await settle(failureOf(connection.publish("c", "d", 1)));
    expect(doubtful).toMatchObject({ code: "connection-closed", retry: "ambiguous" });
    expect(received).toEqual(["a", "a", "c"]);
    expect(ends.length).toBe(1);
  });

  test("an acceptor that asks for it is rid of a client, and one that has died takes nobody", async () => {
    const { broker, session, network, settle, until, ends, endings } = scene(() =>
      Promise.resolve({ kind: "disconnect", reason: "foreign topic" }),
    );
    const connection = await settle(broker.connect(address, session));
    void failureOf(connection.publish("not/mine", "x", 1));
    await until(() => ends.length === 1);
    expect(ends).toEqual(["foreign topic"]);
    expect(endings).toEqual(["cut"]);
    await settle(broker.connect(address, session));
    network.stop();
    expect(ends).toEqual(["foreign topic", "cut"]);
    expect(endings.length).toBe(1);
    const refused = await settle(failureOf(broker.connect(address, session)));
    expect(refused).toMatchObject({ code: "connection-refused", retry: "safe" });
  });

  test("a network that does not answer is given up after half a minute", async () => {
    const { broker, session, network, settle } = scene();
    network.setReachable(false, "box");
    const refused = await settle(failureOf(broker.connect(address, session)));
    expect(refused).toMatchObject({ code: "connection-refused", retry: "safe" });
    network.setReachable(true);
    await settle(broker.connect(address, session));
    expect(network.connected()).toEqual(["box"]);
  });

  test("a client that says farewell is told apart from one that is cut", async () => {
    const { broker, session, network, settle, until, endings } = scene();
    const polite = await settle(broker.connect(address, session));
    await settle(polite.close());
    await until(() => endings.length === 1);
    await settle(broker.connect(address, session));
    network.cut();
    expect(endings).toEqual(["farewell", "cut"]);
    expect(network.connected()).toEqual([]);
  });

  test("a connection whose place is taken while it is made is refused, and hears nothing", async () => {
    const { broker, network, settle } = harnessOf("taken");
    network.stop();
    network.listen((_clientId, link) => ({
      subscribed: () => link.send("welcome", ""),
      receive: () => Promise.resolve({ kind: "accepted" }),
      ended: () => undefined,
    }));
    network.setWeather({ latency: { low: Seconds(1), high: Seconds(1) } });
    const heard: string[] = [];
    const { session } = scene();
    const first = failureOf(
      broker.connect(address, { ...session, receive: () => void heard.push("first") }),
    );
    const second = await settle(
      broker.connect(address, { ...session, receive: () => void heard.push("second") }),
    );
    expect(await settle(first)).toMatchObject({ code: "connection-refused", retry: "safe" });
    await settle(second.publish("news", "", 1));
    expect(heard).toEqual(["second"]);
  });

  test("a connection frozen while it is made is refused in the end", async () => {
    const { broker, session, network, settle, until, ends } = scene();
    network.setWeather({ latency: { low: Seconds(1), high: Seconds(1) } });
    const attempt = failureOf(broker.connect(address, session));
    await until(() => network.connected().length === 1);
    network.halfOpen();
    expect(await settle(attempt)).toMatchObject({ code: "connection-refused" });
    expect(ends).toEqual([]);
  });
});
