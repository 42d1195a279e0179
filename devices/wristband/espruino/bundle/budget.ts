/**
 * What the app may take of a watch.
 *
 * Its code stays in flash and is read from there as it runs, so that its size costs time at the start rather than
 * memory; what it holds is counted in the interpreter's own blocks.
 * @source spec/firmware.md §3.1 (12,000 blocks of 14 bytes)
 */

/** Limits, bytes and blocks. */
export const budget = {
  /** The whole program of a wristband: with a fall detector and steps alone it would be 3 KB. */
  appBytes: 68_000,
  bootBytes: 2_000,
  /** What a Bangle.js 2 has for all that runs on it. */
  vars: 12_000,
  /** The share of it that the app may take when it has started; the rest is for what waits for the box. */
  shareMost: 0.8,
  /** The same on a computer's Espruino, whose blocks are larger, and which holds the code in memory as well. */
  computerVars: 12_500,
} as const;

/**
 * Blocks that each function of the program stands for, with what it closes over and the numbers around it: 9,455 for 627
 * functions on the Bangle.js 2 emulator (2v29).
 */
const varsPerFunction = 15.1;

/** Blocks that the app takes when it has started: an estimate, which the emulator and `ESPRUINO` measure. */
export function estimateVars(app: string): number {
  return Math.round(varsPerFunction * (app.match(/\bfunction\b/g) ?? []).length);
}

/** What is over a limit, in sentences; nothing when all is well. */
export function overBudget(files: { readonly app: string; readonly boot: string }): string[] {
  const sizes = [
    { of: "bytes of app.js", is: files.app.length, most: budget.appBytes },
    { of: "bytes of boot.js", is: files.boot.length, most: budget.bootBytes },
    { of: "blocks of memory", is: estimateVars(files.app), most: budget.vars * budget.shareMost },
  ];
  return sizes
    .filter(({ is, most }) => is > most)
    .map(({ of, is, most }) => `${is} ${of}, of ${most}`);
}
