/**
 * One tenant's latest events. Emergencies and technical events are bounded apart, and emergencies beyond their bound are
 * still counted: no emergency is pushed out by a chattering device, and none goes unmentioned.
 */
import type { Clock } from "#platform/clock/port.ts";

import type { EventRow } from "./contract.ts";
import { createRow, forget, keptUntil, nameOf, newestFirst } from "./row.ts";

/** How many of each are kept whole. */
export const shelfLimits = { emergencies: 1000, technical: 1000 } as const;

/** Which events are asked for. */
export type Wanted = "emergency" | "technical" | "both";

/** The events. */
export interface Shelf {
  /** Puts one in; more than once is once. */
  readonly put: (event: EventRow) => void;
  /**
   * At most `limit`, newest first. Of both, no technical event takes the place of an emergency that happened or became
   * known at or after `since`.
   */
  readonly latest: (limit: number, wanted: Wanted, since: number) => readonly EventRow[];
  /** Every emergency that happened at or after an instant. */
  readonly emergenciesSince: (t: number) => number;
  /** Every emergency that is kept for 30 days: those too that are not kept whole here. */
  readonly emergenciesKept: () => number;
}

/** An empty shelf. */
export function createShelf(clock: Pick<Clock, "now">): Shelf {
  const emergencies = createRow(shelfLimits.emergencies, clock);
  const technical = createRow(shelfLimits.technical, clock);
  // As many as Redis keeps, but two numbers of each only: this count has no bound to be wrong beyond.
  const counted = new Map<string, { readonly t: number; readonly until: number }>();
  const count = (event: EventRow): void => {
    const name = nameOf(event);
    counted.set(name, { t: event.t, until: keptUntil(event, clock.now(), counted.get(name)) });
  };
  const times = (): number[] => {
    forget(counted, clock.now());
    return [...counted.values()].map(({ t }) => t);
  };
  return {
    put: (event) => {
      if (event.emergency) count(event);
      (event.emergency ? emergencies : technical).put(event);
    },
    latest: (limit, wanted, since) => {
      const urgent = wanted === "technical" ? [] : emergencies.all();
      const others = wanted === "emergency" ? [] : technical.all();
      const first = (event: EventRow): number => (isSpared(event, since) ? 0 : 1);
      return [...urgent, ...others]
        .toSorted((a, b) => first(a) - first(b) || newestFirst(a, b))
        .slice(0, limit)
        .toSorted(newestFirst);
    },
    emergenciesSince: (since) => times().filter((t) => t >= since).length,
    emergenciesKept: () => times().length,
  };
}

/** An emergency may arrive long after it happened; it is news all the same. */
function isSpared({ emergency, t, receivedAt }: EventRow, since: number): boolean {
  return emergency && Math.max(t, receivedAt ?? t) >= since;
}
