/** The law that no leaf goes back, as tests hold every two revisions of a twin against it. */
import type { LeafMeta, Twin } from "./document.ts";

/**
 * The leaves, `id part/path`, of which `after` knows something older than `before` did, or nothing at all. A leaf may be
 * gone because a newer word stands above it.
 */
export function regressionsOf(before: Twin, after: Twin): string[] {
  const lost = Object.entries(before.parts).flatMap(([name, { meta }]) => {
    const now = Object.entries(after.parts).find(([part]) => part === name)?.[1].meta ?? {};
    return Object.entries(meta)
      .filter(([path, held]) => !isKept(held, path, now))
      .map(([path]) => `${before.id} ${name}/${path}`);
  });
  return after.rev < before.rev ? [...lost, `${before.id} rev`] : lost;
}

function isKept(held: LeafMeta, path: string, now: Readonly<Record<string, LeafMeta>>): boolean {
  const names = path.split("/");
  return names.some((_, depth) => {
    const found = now[names.slice(0, depth + 1).join("/")];
    return found !== undefined && !isOlder(found, held);
  });
}

/** Told apart from the product's own order, which is what is judged. */
function isOlder(a: LeafMeta, b: LeafMeta): boolean {
  const byEpoch = a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);
  return a.t < b.t || (a.t === b.t && byEpoch);
}
