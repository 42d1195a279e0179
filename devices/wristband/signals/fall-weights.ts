/**
 * How the features of an impact weigh: log-odds of a fall = bias + Σ weight × feature, in the order of
 * `describeImpact`. Fitted by `bun run accuracy --fit` on every subject of WEDA-FALL (docs/accuracy.md).
 */
export const fallWeights: { readonly bias: number; readonly weights: readonly number[] } = {
  bias: -0.1596,
  weights: [
    0.5267, 0.8215, 1.2654, 0.2649, 1.5129, -0.8846, 2.885, -9.9208, 2.4069, -1.8947, 6.1413,
    -1.7608, -0.3965, -0.3041,
  ],
};
