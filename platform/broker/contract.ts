/** What every Broker does, whatever it stands on. */
import { describe, expect, test } from "bun:test";

import { failureOf } from "#platform/failure.ts";

import type { Broker, BrokerAddress, BrokerConnection, BrokerSession } from "./port.ts";

/** A broker with something that routes messages behind it. */
export interface Harness {
  readonly broker: Broker;
  readonly address: BrokerAddress;
  /** Waits until `condition` holds; throws after a while. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Lets a promise settle (a clock may have to be moved for that). */
  readonly settle: <T>(promise: Promise<T>) => Promise<T>;
  /** Breaks every connection, without either end saying farewell. */
  readonly cut: () => void;
}

/** A session that writes down what happens to it. */
interface Noted extends BrokerSession {
  readonly heard: { topic: string; payload: Uint8Array }[];
  readonly ends: string[];
}

let names = 0;

function noted(options: Partial<BrokerSession> = {}): Noted {
  const heard: Noted["heard"] = [];
  const ends: string[] = [];
  return {
    clientId: `contract-${(names += 1)}`,
    keepAliveSeconds: 60,
    subscribe: [],
    receive: (topic, payload) => void heard.push({ topic, payload: Uint8Array.from(payload) }),
    closed: (reason) => void ends.push(reason),
    heard,
    ends,
    ...options,
  };
}

const text = (payload: Uint8Array | undefined): string => new TextDecoder().decode(payload);

/** Runs the suite against a broker. */
export function testBroker(adapter: string, harness: Harness): void {
  describe(`broker: ${adapter}`, () => {
    const { broker, address, until, settle } = harness;
    const connect = (session: BrokerSession): Promise<BrokerConnection> =>
      settle(broker.connect(address, session));

    test("carries topics and bytes to who subscribed, in order, at every quality of service", async () => {
      const listener = noted({ subscribe: ["road/+/up", "other/#"] });
      const hearing = await connect(listener);
      const speaking = await connect(noted());
      const bytes = new Uint8Array([0, 255, 10, 195]);
      await settle(speaking.publish("road/1/up", bytes, 1));
      await settle(speaking.publish("elsewhere", "not heard", 1));
      await settle(speaking.publish("road/2/up", "é", 2));
      await settle(speaking.publish("other/a/b", "", 0));
      await until(() => listener.heard.length === 3);
      expect(listener.heard.map(({ topic }) => topic)).toEqual([
        "road/1/up",
        "road/2/up",
        "other/a/b",
      ]);
      expect(listener.heard[0]!.payload).toEqual(bytes);
      expect(text(listener.heard[1]!.payload)).toBe("é");
      await settle(Promise.all([hearing.close(), speaking.close()]));
    });

    test("many messages are acknowledged at once, none is lost or twice", async () => {
      const listener = noted({ subscribe: ["many/#"] });
      const hearing = await connect(listener);
      const speaking = await connect(noted());
      const count = 500;
      await settle(
        Promise.all(
          Array.from({ length: count }, (_, i) => speaking.publish("many/x", String(i), 1)),
        ),
      );
      await until(() => listener.heard.length >= count);
      expect(listener.heard.map(({ payload }) => Number(text(payload)))).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
      await settle(Promise.all([hearing.close(), speaking.close()]));
    });

    test("a polite end is told once, leaves no will, and takes no more messages", async () => {
      const listener = noted({ subscribe: ["wills/#"] });
      const hearing = await connect(listener);
      const session = noted({ will: { topic: "wills/polite", payload: "gone", qos: 1 } });
      const connection = await connect(session);
      await settle(connection.publish("wills/last", "words", 1));
      await settle(connection.close());
      await settle(connection.close());
      expect(session.ends.length).toBe(1);
      const late = await settle(failureOf(connection.publish("wills/late", "x", 1)));
      expect(late).toMatchObject({ code: "connection-closed", retry: "ambiguous" });
      await settle(hearing.publish("wills/marker", "", 1));
      await until(() => listener.heard.some(({ topic }) => topic === "wills/marker"));
      expect(listener.heard.map(({ topic }) => topic)).toEqual(["wills/last", "wills/marker"]);
      await settle(hearing.close());
    });

    test("an abrupt end leaves the will", async () => {
      const listener = noted({ subscribe: ["wills/#"] });
      const hearing = await connect(listener);
      const session = noted({ will: { topic: "wills/abrupt", payload: "gone", qos: 1 } });
      const connection = await connect(session);
      await settle(connection.close({ abrupt: true }));
      await until(() => listener.heard.length === 1);
      expect(listener.heard[0]!.topic).toBe("wills/abrupt");
      expect(text(listener.heard[0]!.payload)).toBe("gone");
      expect(session.ends.length).toBe(1);
      await settle(hearing.close());
    });

    test("a broken connection is told once, and whatever was on its way is in doubt", async () => {
      const session = noted();
      const connection = await connect(session);
      const pending = [0, 1, 2].map(() => failureOf(connection.publish("x", "y", 1)));
      harness.cut();
      for (const failure of await settle(Promise.all(pending))) {
        expect(failure).toMatchObject({ code: "connection-closed", retry: "ambiguous" });
      }
      await until(() => session.ends.length === 1);
      await settle(connection.close());
      expect(session.ends.length).toBe(1);
    });

    test("a client id that connects again takes the place of the first", async () => {
      const first = noted();
      await connect(first);
      const second = noted({ clientId: first.clientId });
      const connection = await connect(second);
      await until(() => first.ends.length === 1);
      await settle(connection.publish("alive", "still", 1));
      expect(second.ends).toEqual([]);
      await settle(connection.close());
    });

    test("a closed connection does not hold on to messages that nobody acknowledged", async () => {
      const session = noted();
      const connection = await connect(session);
      const pending = failureOf(connection.publish("x", "y", 1));
      await settle(connection.close());
      expect(await settle(pending)).toMatchObject({ code: "connection-closed" });
      expect(session.ends.length).toBe(1);
    });
  });
}
