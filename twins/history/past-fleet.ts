/**
 * The fleet as it was: a table of columns as the live one, replayed from the records up to a time.
 *
 * The same filters, pages and aggregates run over it. Tables are kept for a while, so that pages of one question cost one
 * replay; a replay goes on in small steps, so that nobody waits for it but who asked.
 * @source spec twins 5.5 (6)
 */
import type { Tenant } from "#wire/identity.ts";
import type { Instant } from "#wire/units.ts";

import { replay, type ReplayDeps, type Replayed } from "./replay.ts";

/** Fleets of the past. */
export interface PastFleet {
  /** The twins of a tenant as they were at that time. Throws Trouble of the book. */
  readonly at: (tenant: Tenant, at: Instant) => Promise<Replayed>;
}

/** What past fleets are made from. */
export interface PastFleetDeps extends ReplayDeps {
  /** Rows that may be kept, of all tables together: a row takes some 300 bytes. */
  readonly rowsMax?: number;
}

/** Past fleets over a book. */
export function openPastFleet(deps: PastFleetDeps): PastFleet {
  const kept = new Map<string, Promise<Replayed>>();
  const sizes = new Map<string, number>();
  const rowsMax = deps.rowsMax ?? 1_000_000;
  const forgetOldest = (newest: string): void => {
    const total = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const key of kept.keys()) {
      if (key === newest || (total() <= rowsMax && kept.size <= tablesMax)) return;
      kept.delete(key);
      sizes.delete(key);
    }
  };
  return {
    at: async (tenant, at) => {
      const key = `${tenant} ${at}`;
      const known = kept.get(key) ?? replay(deps, tenant, at);
      kept.delete(key);
      kept.set(key, known);
      try {
        const found = await known;
        if (kept.has(key)) sizes.set(key, found.table.size());
        forgetOldest(key);
        return found;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
  };
}

/** Tables kept at most, however small. */
const tablesMax = 32;
