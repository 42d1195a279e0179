/**
 * What the broker keeps of its clients: nothing that outlives a connection.
 *
 * Sessions, retained messages and queues for absent clients are not kept: what is outstanding is known elsewhere and
 * sent again on connect. Only the packet ids of half-done QoS 2 deliveries are held, while their client is connected.
 *
 * @source DESIGN §3: the broker keeps no state that matters
 */
import { Readable } from "node:stream";

interface Packet {
  readonly messageId: number;
}

/** Persistence as aedes asks for it. */
export function createMqttMemory(): object {
  const underWay = new WeakMap<object, Set<number>>();
  const nothing = async (): Promise<void> => undefined;
  const none = async (): Promise<never[]> => [];
  return {
    setup: nothing,
    subscriptionsByClient: none,
    cleanSubscriptions: nothing,
    addSubscriptions: nothing,
    removeSubscriptions: nothing,
    subscriptionsByTopic: none,
    putWill: nothing,
    delWill: nothing,
    streamWill: () => Readable.from([]),
    storeRetained: nothing,
    createRetainedStreamCombi: () => Readable.from([]),
    outgoingEnqueue: nothing,
    outgoingEnqueueCombi: nothing,
    outgoingUpdate: nothing,
    // Whoever asks what was acknowledged is told what came, which is all that the door needs to know.
    outgoingClearMessageId: async (_client: object, packet: Packet) => packet,
    outgoingStream: () => Readable.from([]),
    incomingStorePacket: async (client: object, { messageId }: Packet) => {
      underWay.set(client, (underWay.get(client) ?? new Set()).add(messageId));
    },
    incomingGetPacket: async (client: object, { messageId }: Packet) => {
      if (underWay.get(client)?.has(messageId) !== true) throw new Error("no such packet");
      return true;
    },
    incomingDelPacket: async (client: object, { messageId }: Packet) => {
      underWay.get(client)?.delete(messageId);
    },
    cleanIncoming: async (client: object) => {
      underWay.delete(client);
    },
  };
}
