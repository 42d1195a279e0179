/**
 * The least broker: hands each message to every client whose filters match. For tests of clients.
 */
import { matchesFilter } from "#wire/topic-filter.ts";

import type { AcceptedLink, Acceptor } from "./memory-link.ts";

interface Client {
  readonly link: AcceptedLink;
  filters: readonly string[];
}

/** An acceptor that routes; clients come and go as they like. */
export function createRouter(): Acceptor {
  const clients = new Set<Client>();
  const route = (topic: string, payload: Uint8Array): void => {
    for (const { link, filters } of clients) {
      if (filters.some((filter) => matchesFilter(filter, topic))) link.send(topic, payload);
    }
  };
  return (_clientId, link) => {
    const client: Client = { link, filters: [] };
    clients.add(client);
    return {
      subscribed: (filters) => {
        client.filters = filters;
      },
      receive: ({ topic, payload }) => {
        route(topic, payload);
        return Promise.resolve({ kind: "accepted" });
      },
      ended: (_how, will) => {
        clients.delete(client);
        if (will !== undefined) route(will.topic, will.payload);
      },
    };
  };
}
