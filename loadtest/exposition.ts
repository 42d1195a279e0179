/** Reading back what Prometheus would scrape. */

/**
 * The quantile of a histogram in exposition text, summed over its labels: linear within its bucket, as Prometheus does
 * it; NaN when nothing was observed.
 */
export function quantileOf(text: string, name: string, quantile: number): number {
  const sums = new Map<number, number>();
  const line = new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\S+)`, "gm");
  for (const [, bound, count] of text.matchAll(line)) {
    const upper = bound === "+Inf" ? Infinity : Number(bound);
    sums.set(upper, (sums.get(upper) ?? 0) + Number(count));
  }
  const buckets = [...sums].toSorted(([a], [b]) => a - b);
  const total = buckets.at(-1)?.[1] ?? 0;
  const wanted = total * quantile;
  let lower = 0;
  let below = 0;
  for (const [upper, count] of buckets) {
    if (count >= wanted && total > 0) {
      if (upper === Infinity) return lower;
      return lower + ((upper - lower) * (wanted - below)) / (count - below);
    }
    lower = upper;
    below = count;
  }
  return Number.NaN;
}
