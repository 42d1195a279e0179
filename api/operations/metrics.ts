/**
 * `GET /metrics`: numbers for monitoring, Prometheus text.
 */
import type { Route } from "#api/route.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Metrics } from "#platform/metrics.ts";
import type { Fleet } from "#twins/fleet.ts";
import { between } from "#wire/units.ts";

const text = "text/plain; version=0.0.4; charset=utf-8";

/** The route over the metrics of this process. */
export function metricsRoute(metrics: Metrics): Route {
  return {
    method: "GET",
    path: "/metrics",
    about: {
      summary: "Metrics of this process (Prometheus)",
      description: "Without a token for callers on this machine only.",
      tag: "Operations",
      success: { status: 200, about: "Exposition text 0.0.4", type: "text/plain" },
    },
    answer: async () => new Response(await metrics.text(), { headers: { "content-type": text } }),
  };
}

/** What this process tells of its own index. */
export function exportIndex(metrics: Metrics, fleet: Fleet, clock: Pick<Clock, "now">): void {
  const built = metrics.gauge("vigie_index_built", "1 once every twin has been read");
  const silence = metrics.gauge(
    "vigie_index_silence_seconds",
    "Since Redis last answered the index",
  );
  metrics.beforeText(() => {
    built.set(Number(fleet.isBuilt()));
    const heardAt = fleet.heardAt();
    if (heardAt !== undefined) silence.set(between(heardAt, clock.now()) / 1000);
  });
}
