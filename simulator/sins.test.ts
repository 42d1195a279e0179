import { describe, expect, test } from "bun:test";

import type { Broker, BrokerSession } from "#platform/broker/port.ts";
import { Instant, Minutes } from "#wire/units.ts";

import { faultless } from "./faults.ts";
import { steady } from "./home-scene.ts";
import { clockError, misconnected, misfelt, misfortune, sinOf, sins } from "./sins.ts";

const t = Instant(Date.UTC(2026, 2, 2));
/** Remembers what is published and lets a test speak to the session. */
function createWitness(): { broker: Broker; published: string[]; session: () => BrokerSession } {
  const published: string[] = [];
  let current: BrokerSession | undefined;
  const broker: Broker = {
    connect: async (_, session) => {
      current = session;
      return {
        publish: async (_topic, payload) => void published.push(String(payload)),
        close: async () => undefined,
      };
    },
  };
  return { broker, published, session: () => current! };
}

const session = (receive: BrokerSession["receive"]): BrokerSession => ({
  clientId: "X-1",
  keepAliveSeconds: 60,
  subscribe: [],
  receive,
  closed: () => undefined,
});

describe("one home in twenty", () => {
  test("sins, and every sin is committed somewhere in a fleet of five thousand", () => {
    const committed = Array.from({ length: 5000 }, (_, seed) => sinOf(seed));
    const sinners = committed.filter((sin) => sin !== undefined);
    expect(sinners.length).toBeWithin(200, 300);
    expect(new Set(sinners)).toEqual(new Set(sins));
  });

  test("may live in the future, or have an impossible heart now and then", () => {
    expect(clockError("clock_ahead")).toBe(Minutes(5));
    const rates = Array.from({ length: 30 }, (_, n) => {
      const to = t + Minutes(2 * n);
      return misfelt("nonsense", steady).heartRate({ from: to - Minutes(2), to })?.value;
    });
    expect(rates.filter((rate) => rate === 400).length).toBe(5);
    expect(misfelt(undefined, steady)).toBe(steady);
  });

  test("may lose its line for two minutes in every ten", () => {
    const cut = Array.from({ length: 10 }, (_, minute) =>
      misfortune("flaps", faultless)(t + Minutes(minute)),
    );
    expect(cut.filter(({ line }) => line).length).toBe(2);
  });

  test("may publish twice, or publish what is no message", async () => {
    for (const [sin, expected] of [
      ["repeats", ["a", "a", "b", "b"]],
      ["garbles", ['[{"bn":"urn:dev:', "a", "b"]],
    ] as const) {
      const { broker, published } = createWitness();
      const faulty = misconnected(sin, broker);
      const connection = await faulty.connect(
        { url: "" },
        session(() => undefined),
      );
      await connection.publish("home/readings", "a", 1);
      await connection.publish("home/readings", "b", 1);
      expect(published).toEqual([...expected]);
    }
  });

  test("may miss every third receipt, and nothing else", async () => {
    const witness = createWitness();
    const heard: string[] = [];
    await misconnected("forgets_receipts", witness.broker).connect(
      { url: "" },
      session((topic) => void heard.push(topic)),
    );
    for (const topic of ["1/down/stored", "2/down/stored", "3/down/stored", "4/down/desired"]) {
      witness.session().receive(topic, new Uint8Array());
    }
    expect(heard).toEqual(["1/down/stored", "2/down/stored", "4/down/desired"]);
  });
});
