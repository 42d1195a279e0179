/**
 * Events of one sort, each once, as many of the newest as are kept whole, none for longer than Redis keeps it.
 */
import type { Clock } from "#platform/clock/port.ts";
import { cadence } from "#wire/cadence.ts";

import type { EventRow } from "./contract.ts";

/** The events. */
export interface Row {
  /** Puts one in; again with less known of it, what was known stays. */
  readonly put: (event: EventRow) => void;
  /** In no order. */
  readonly all: () => readonly EventRow[];
}

interface Kept {
  readonly event: EventRow;
  readonly until: number;
}

/** An empty row that keeps at least the `most` newest, and at most twice as many. */
export function createRow(most: number, clock: Pick<Clock, "now">): Row {
  const events = new Map<string, Kept>();
  const trim = (): void => {
    const newest = [...events].toSorted(([, a], [, b]) => newestFirst(a.event, b.event));
    for (const [name] of newest.slice(most)) events.delete(name);
  };
  return {
    put: (event) => {
      const known = events.get(nameOf(event));
      const receivedAt = event.receivedAt ?? known?.event.receivedAt ?? null;
      const box = event.box ?? known?.event.box ?? null;
      const until = keptUntil({ ...event, receivedAt }, clock.now(), known);
      events.set(nameOf(event), { event: { ...event, receivedAt, box }, until });
      // Twice the bound before it is trimmed: sorting is rare.
      if (events.size > 2 * most) trim();
    },
    all: () => {
      forget(events, clock.now());
      return [...events.values()].map(({ event }) => event);
    },
  };
}

/** When an event leaves Redis: 30 days after it was received, or at the latest after it was read there. */
export function keptUntil(
  event: EventRow,
  now: number,
  known: { readonly until: number } | undefined,
): number {
  const until = (event.receivedAt ?? now) + cadence.emergency.kept;
  return Math.min(until, known?.until ?? until);
}

/** Takes out what Redis does not keep any more. */
export function forget(kept: Map<string, { readonly until: number }>, now: number): void {
  for (const [name, { until }] of kept) if (until <= now) kept.delete(name);
}

/** What an event is told from others by. */
export function nameOf(event: EventRow): string {
  return `${event.device} ${event.id}`;
}

/** The order of every list of events. */
export function newestFirst(a: EventRow, b: EventRow): number {
  return b.t - a.t || (a.id < b.id ? -1 : 1);
}
