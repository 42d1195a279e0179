/** A home's line to the cloud: the real broker behind a cable that can be cut and mended. */
import type { Broker, BrokerConnection } from "#platform/broker/port.ts";
import { Trouble } from "#platform/trouble.ts";

/** A broker as seen through the line. */
export interface Line extends Broker {
  readonly isCut: boolean;
  /** Ends what connection there is as a cut cable does, and refuses new ones. */
  cut(): void;
  mend(): void;
}

/** A line to `broker`, whole at first. */
export function createLine(broker: Broker): Line {
  let isCut = false;
  const open = new Set<BrokerConnection>();
  const drop = (connection: BrokerConnection): void => {
    open.delete(connection);
    // The far side learns of it by its own means; there is nobody here to tell.
    void connection.close({ abrupt: true }).catch(() => undefined);
  };
  return {
    get isCut() {
      return isCut;
    },
    cut: () => {
      isCut = true;
      for (const connection of open) drop(connection);
    },
    mend: () => {
      isCut = false;
    },
    connect: async (address, session) => {
      refuseIf(isCut);
      let ended: BrokerConnection | undefined;
      const connection = await broker.connect(address, {
        ...session,
        closed: (reason) => {
          if (ended !== undefined) open.delete(ended);
          session.closed(reason);
        },
      });
      ended = connection;
      open.add(connection);
      if (isCut) drop(connection);
      refuseIf(isCut);
      return connection;
    },
  };
}

function refuseIf(cut: boolean): void {
  if (cut) throw new Trouble("connection-refused", { retry: "safe", detail: "the line is cut" });
}
