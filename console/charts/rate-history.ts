/** Rates as they were seen while the page was open. */

/** A rate at an instant, ms; null where nobody looked. */
export interface RatePoint {
  readonly at: number;
  readonly perSecond: number | null;
}

/** How far back the chart goes, ms. */
export const historyMs = 600_000;
/** Without a look for longer than this, the line is broken, ms. */
const gapMs = 20_000;

/** The history with one more point; none that is not newer than the last, nor older than the chart. */
export function extendHistory(
  history: readonly RatePoint[],
  point: RatePoint,
): readonly RatePoint[] {
  const last = history.at(-1);
  if (last !== undefined && last.at >= point.at) return history;
  const hole = last !== undefined && point.at - last.at > gapMs;
  const gap = hole ? [{ at: last.at + 1, perSecond: null }] : [];
  return [...history, ...gap, point].filter(({ at }) => at > point.at - historyMs);
}
