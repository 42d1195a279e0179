/** A home's line to the cloud: broker and door behind a cable that can be cut and mended. */
import type { PostEmergency } from "#devices/box/emergency-post.ts";
import type { Broker, BrokerConnection } from "#platform/broker/port.ts";
import { Trouble } from "#platform/trouble.ts";

/** The line of one home. */
export interface Line {
  /** Cutting ends what connection there is as a cut cable does, and refuses new ones until it is mended. */
  set(state: { cut: boolean }): void;
  /** The broker as seen through it. */
  readonly broker: Broker;
  /** The second way of emergencies, through it. */
  through(post: PostEmergency): PostEmergency;
}

/** A line to `far`, whole at first. */
export function createLine(far: Broker): Line {
  let isCut = false;
  const open = new Set<BrokerConnection>();
  const drop = (connection: BrokerConnection): void => {
    open.delete(connection);
    // The far side learns of it by its own means; there is nobody here to tell.
    void connection.close({ abrupt: true }).catch(() => undefined);
  };
  return {
    set: ({ cut }) => {
      isCut = cut;
      if (cut) for (const connection of open) drop(connection);
    },
    broker: {
      connect: async (address, session) => {
        refuseIf(isCut);
        let ended: BrokerConnection | undefined;
        const connection = await far.connect(address, {
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
    },
    through: (post) => async (body, key) => {
      refuseIf(isCut);
      return post(body, key);
    },
  };
}

function refuseIf(cut: boolean): void {
  if (cut) throw new Trouble("connection-refused", { retry: "safe", detail: "the line is cut" });
}
