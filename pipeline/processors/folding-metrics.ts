/** What is told of folding: how late entries reach their twin, and what twins do not take over. */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { FoldRefusal } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";

/** Who is told of each entry. */
export interface FoldingMetrics {
  /** A part of a report was not taken over. */
  refused(entry: StreamEntry, refusal: FoldRefusal): void;
  /** Entries are in their twins now. */
  folded(entries: readonly StreamEntry[]): void;
}

/** Counts refusals by reason, and measures from the door's clock to the commit of the twin. */
export function createFoldingMetrics(deps: {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}): FoldingMetrics {
  const { metrics, clock, log } = deps;
  const refusals = metrics.counter("vigie_twin_refusals_total", "Parts not taken over", ["why"]);
  const delay = metrics.histogram("vigie_twin_delay_seconds", "From the door to the twin");
  return {
    refused: ({ box }, { path, why }) => {
      refusals.add(1, { why });
      log.info("report not taken over", { home: box, part: path, why });
    },
    folded: (entries) => {
      const now = clock.now();
      for (const { receivedAt } of entries) delay.observe(Math.max(0, now - receivedAt) / 1000);
    },
  };
}
