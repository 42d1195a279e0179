/**
 * How much an impact looks like a fall.
 */

/**
 * Log-odds of a fall: bias + Σ weight × feature, in the order of `describeImpact`. A feature beyond what was ever seen
 * counts as the edge of that, so that nothing is judged by what nobody measured.
 */
export interface FallJudge {
  readonly bias: number;
  readonly weights: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** The log-odds; a fall is likelier than not above 0. */
export function oddsOf(
  { bias, weights, low, high }: FallJudge,
  features: ArrayLike<number>,
): number {
  let odds = bias;
  for (let i = 0; i < weights.length; i++) {
    const seen = Math.min(Math.max(features[i] ?? 0, low[i] ?? 0), high[i] ?? 0);
    odds += (weights[i] ?? 0) * seen;
  }
  return odds;
}
