/** Metrics that nobody reads: a world asks its witness instead. */
import type { Metrics } from "#platform/metrics.ts";

/** Takes everything, keeps nothing. */
export const unmeasured: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
  beforeText: () => undefined,
  text: () => Promise.resolve(""),
};
