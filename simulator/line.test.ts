import { expect, test } from "bun:test";

import type { Broker, BrokerSession } from "#platform/broker/port.ts";
import { isTrouble } from "#platform/trouble.ts";

import { createLine } from "./line.ts";

const session: BrokerSession = {
  clientId: "X-1",
  keepAliveSeconds: 60,
  subscribe: [],
  receive: () => undefined,
  closed: () => undefined,
};

test("a cut line ends its connection abruptly and refuses another until it is mended", async () => {
  const endings: unknown[] = [];
  const broker: Broker = {
    connect: async () => ({
      publish: async () => undefined,
      close: async (options) => void endings.push(options),
    }),
  };
  const line = createLine(broker);
  await line.broker.connect({ url: "" }, session);
  line.set({ cut: true });
  expect(endings).toEqual([{ abrupt: true }]);
  const refused = await line.broker.connect({ url: "" }, session).catch((error: unknown) => error);
  expect(isTrouble(refused, "connection-refused")).toBe(true);
  line.set({ cut: false });
  await line.broker.connect({ url: "" }, session);
  expect(endings.length).toBe(1);
});
