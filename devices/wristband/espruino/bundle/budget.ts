/**
 * What the app may take of a watch.
 *
 * Its code stays in flash and is read from there as it runs, so that its size costs time at the start rather than
 * memory; what it holds is counted in the interpreter's own blocks.
 * @source spec/firmware.md §3.1 (12,000 blocks of 14 bytes)
 */

/** Limits, bytes and blocks. */
export const budget = {
  appBytes: 72_000,
  bootBytes: 2 * 1024,
  /** What a Bangle.js 2 has for all that runs on it. */
  vars: 12_000,
  /** The share of it that the app may take when it has started; the rest is for what it keeps, and for others. */
  shareMost: 0.5,
} as const;

/** Bytes of text that a block holds. */
const varBytes = 12;

/** Blocks that code takes when it is not in flash but in memory, as after an upload for trial: the worst case. */
export function codeVars(bytes: number): number {
  return Math.ceil(bytes / varBytes);
}

/** What is over a limit, in sentences; nothing when all is well. */
export function overBudget(sizes: { readonly app: number; readonly boot: number }): string[] {
  const most = budget.vars * budget.shareMost;
  return [
    ...(sizes.app > budget.appBytes
      ? [`the app has ${sizes.app} of ${budget.appBytes} bytes`]
      : []),
    ...(sizes.boot > budget.bootBytes
      ? [`the start has ${sizes.boot} of ${budget.bootBytes} bytes`]
      : []),
    ...(codeVars(sizes.app) > most
      ? [`the code takes ${codeVars(sizes.app)} of ${most} blocks`]
      : []),
  ];
}
