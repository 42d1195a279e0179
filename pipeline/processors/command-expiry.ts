/** Ends the commands whose deadline has passed, whether or not anybody is connected. */
import type { Clock } from "#platform/clock/port.ts";
import { commandLimits } from "#twins/commands/book.ts";
import type { CommandStore } from "#twins/commands/store.ts";

import type { Lease } from "./lease.ts";

/** What it works with. */
export interface CommandExpiryDeps {
  readonly commands: Pick<CommandStore, "deadlines" | "expire">;
  /** Partitions that are ours; their devices' commands are. */
  readonly leases: ReadonlyMap<number, Lease>;
  readonly clock: Clock;
}

/** Most devices of one look at a partition, so that entries never wait long. */
const most = 256;

/** Looks at the open commands of one partition per tick, the one that has waited longest; at each every 5 s or so. */
export function createCommandExpiry(deps: CommandExpiryDeps): { tick(): Promise<void> } {
  const { clock, leases } = deps;
  const lookedAt = new Map<number, number>();
  return {
    tick: async () => {
      const now = clock.monotonic();
      const since = ({ partition }: Lease): number => now - (lookedAt.get(partition) ?? -Infinity);
      const [next] = [...leases.values()].toSorted((a, b) => since(b) - since(a));
      if (next === undefined || since(next) < commandLimits.sweep) return;
      lookedAt.set(next.partition, now);
      await expireIn(deps, next);
    },
  };
}

async function expireIn({ commands, clock }: CommandExpiryDeps, lease: Lease): Promise<void> {
  const deadlines = await commands.deadlines(lease.partition);
  const now = clock.now();
  const over = [...deadlines].filter(([, at]) => at <= now).slice(0, most);
  await Promise.all(over.map(([device]) => commands.expire(device, lease.fence)));
}
