import { expect, test } from "bun:test";

import { createMetrics } from "./metrics.ts";

test("counters, gauges and histograms appear in the text, and nothing else does", async () => {
  const metrics = createMetrics();
  metrics.counter("vigie_messages_total", "Messages.", ["channel"]).add(2, { channel: "event" });
  metrics.gauge("vigie_lag_entries", "Lag.").set(7);
  metrics.histogram("vigie_age_seconds", "Age.", { buckets: [0.1, 1] }).observe(0.5);
  const text = await metrics.text();
  expect(text).toContain('vigie_messages_total{channel="event"} 2');
  expect(text).toContain("vigie_lag_entries 7");
  expect(text).toContain('vigie_age_seconds_bucket{le="0.1"} 0');
  expect(text).toContain('vigie_age_seconds_bucket{le="1"} 1');
  expect(text).not.toContain("process_");
});

test("the same name asked for twice is one metric", async () => {
  const metrics = createMetrics();
  metrics.counter("vigie_repeats_total", "Repeats.").add();
  metrics.counter("vigie_repeats_total", "Repeats.").add();
  expect(await metrics.text()).toContain("vigie_repeats_total 2");
});

test("gauges that cost something are refreshed for each text", async () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge("vigie_scrapes", "Scrapes.");
  let scrapes = 0;
  metrics.beforeText(() => gauge.set((scrapes += 1)));
  await metrics.text();
  expect(await metrics.text()).toContain("vigie_scrapes 2");
});
