/**
 * Numbers for whoever watches the running system (Prometheus text). A thin face over prom-client,
 * without its default metrics. A label never names a person or a device: only partitions, groups,
 * channels, kinds and codes.
 */
import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from "prom-client";

/** Label values of one observation; the names were declared with the metric. */
export type Labels = Readonly<Record<string, string | number>>;

/** What only grows. */
export interface Counter {
  add(by?: number, labels?: Labels): void;
}

/** What goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}

/** How values are spread, counted in buckets. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/**
 * All metrics of a process. Names are `vigie_…` with the unit last (`vigie_commit_seconds`); asking
 * for a name again answers the same metric, so that parts of one kind may share it.
 */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** `buckets`: upper bounds, rising; by default 1 ms to 10 s for values in seconds. */
  histogram(
    name: string,
    help: string,
    options?: { labels?: readonly string[]; buckets?: readonly number[] },
  ): Histogram;
  /** Calls `refresh` before each {@link text}: for gauges that cost something to know. */
  beforeText(refresh: () => void | Promise<void>): void;
  /** The exposition text, version 0.0.4. */
  text(): Promise<string>;
}

const latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** An empty set of metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map<string, PromCounter>();
  const gauges = new Map<string, PromGauge>();
  const histograms = new Map<string, PromHistogram>();
  const refreshes: (() => void | Promise<void>)[] = [];
  return {
    counter: (name, help, labels = []) => {
      const make = (): PromCounter =>
        new PromCounter({ name, help, labelNames: labels, registers });
      const counter = once(counters, name, make);
      return { add: (by = 1, values = {}) => counter.inc(values, by) };
    },
    gauge: (name, help, labels = []) => {
      const make = (): PromGauge => new PromGauge({ name, help, labelNames: labels, registers });
      const gauge = once(gauges, name, make);
      return { set: (value, values = {}) => gauge.set(values, value) };
    },
    histogram: (name, help, { labels = [], buckets = latencies } = {}) => {
      const settings = { name, help, labelNames: labels, buckets: [...buckets], registers };
      const histogram = once(histograms, name, () => new PromHistogram(settings));
      return { observe: (value, values = {}) => histogram.observe(values, value) };
    },
    beforeText: (refresh) => void refreshes.push(refresh),
    text: async () => {
      for (const refresh of refreshes) await refresh();
      return registry.metrics();
    },
  };
}

function once<M>(made: Map<string, M>, name: string, make: () => M): M {
  const held = made.get(name) ?? make();
  made.set(name, held);
  return held;
}
