/** Waits for a thing instead of a time. */

/** Resolves when `holds` answers true; throws, naming `what`, when it has not within `withinMs` (default 30 s). */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { what, withinMs = 30_000 }: { what: string; withinMs?: number },
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await Bun.sleep(20);
  }
}
