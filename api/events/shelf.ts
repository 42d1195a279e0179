/**
 * One tenant's latest events: each once, newest first. Emergencies and technical events are bounded apart, so that a
 * chattering device pushes no emergency out.
 */
import type { EventRow } from "./contract.ts";

/** How many of each are kept. */
export const shelfLimits = { emergencies: 5000, technical: 1000 } as const;

/** The events. */
export interface Shelf {
  /** Puts one in; again with more known of it is once. */
  readonly put: (event: EventRow) => void;
  /** At most `limit`, newest first. */
  readonly latest: (limit: number, withEmergencies: boolean) => readonly EventRow[];
  /** Emergencies that happened at or after an instant. */
  readonly emergenciesSince: (t: number) => number;
}

/** An empty shelf. */
export function createShelf(): Shelf {
  const emergencies = createRow(shelfLimits.emergencies);
  const technical = createRow(shelfLimits.technical);
  return {
    put: (event) => (event.emergency ? emergencies : technical).put(event),
    latest: (limit, withEmergencies) =>
      [...(withEmergencies ? emergencies.all() : []), ...technical.all()]
        .toSorted(newestFirst)
        .slice(0, limit),
    emergenciesSince: (since) => emergencies.all().filter(({ t }) => t >= since).length,
  };
}

function createRow(most: number): {
  readonly put: (event: EventRow) => void;
  readonly all: () => readonly EventRow[];
} {
  const events = new Map<string, EventRow>();
  const trim = (): void => {
    const kept = [...events].toSorted(([, a], [, b]) => newestFirst(a, b)).slice(0, most);
    events.clear();
    for (const [name, event] of kept) events.set(name, event);
  };
  return {
    put: (event) => {
      events.set(`${event.device} ${event.id}`, event);
      // Twice the bound before it is trimmed: sorting is rare.
      if (events.size > 2 * most) trim();
    },
    all: () => [...events.values()],
  };
}

function newestFirst(a: EventRow, b: EventRow): number {
  return b.t - a.t || (a.id < b.id ? -1 : 1);
}
