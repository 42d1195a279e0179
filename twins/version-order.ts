/**
 * The order of firmware versions: `1.9.2` before `1.10.0`, a pre-release before its release.
 */

/** Negative when `a` is older; texts that say the same version still differ, by their letters. */
export function compareVersions(a: string, b: string): number {
  const [aCore, aRest] = cut(a);
  const [bCore, bRest] = cut(b);
  const byCore = compareRuns(aCore, bCore);
  if (byCore !== 0) return byCore;
  if (aRest === "" || bRest === "") return bRest.length - aRest.length || compareTexts(a, b);
  return compareRuns(aRest, bRest) || compareTexts(a, b);
}

/** Negative when `a` comes first, by UTF-16 code units: the same order on every machine. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function cut(version: string): [core: string, rest: string] {
  const dash = version.indexOf("-");
  return dash < 0 ? [version, ""] : [version.slice(0, dash), version.slice(dash + 1)];
}

/** Digits count as numbers, all else as letters; a missing run is the smallest. */
function compareRuns(a: string, b: string): number {
  const aRuns = a.match(/\d+|\D+/g) ?? [];
  const bRuns = b.match(/\d+|\D+/g) ?? [];
  for (let at = 0; at < Math.max(aRuns.length, bRuns.length); at++) {
    const order = compareRun(aRuns[at] ?? "", bRuns[at] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function compareRun(a: string, b: string): number {
  const numeric = /^\d/.test(a) && /^\d/.test(b);
  return numeric ? Number(a) - Number(b) || 0 : compareTexts(a, b);
}
