/**
 * What costs something to know: asked again only when the last answer is old enough, and by one asker at a time.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Duration, Instant } from "#wire/units.ts";

/** One answer and when it was had. */
export interface Sample<T> {
  readonly at: Instant;
  readonly value: T;
}

/** A question with a memory. */
export interface Sampler<T> {
  /** An answer no older than it may be. */
  readonly fresh: () => Promise<Sample<T>>;
  /** The last two answers, the newer first; fewer when there are not two yet. */
  readonly known: () => readonly Sample<T>[];
}

/** Asking takes at most this share of the time. */
const share = 0.05;

/** A sampler that asks at most every `least`, and less often when asking takes long. */
export function createSampler<T>(
  clock: Pick<Clock, "now" | "monotonic">,
  least: Duration,
  ask: () => Promise<T>,
): Sampler<T> {
  let known: readonly Sample<T>[] = [];
  let freshUntil = Number.NEGATIVE_INFINITY;
  let asking: Promise<Sample<T>> | undefined;

  const renew = async (): Promise<Sample<T>> => {
    const start = clock.monotonic();
    try {
      const sample = { at: clock.now(), value: await ask() };
      const end = clock.monotonic();
      freshUntil = start + Math.max(least, (end - start) / share);
      known = [sample, ...known].slice(0, 2);
      return sample;
    } finally {
      asking = undefined;
    }
  };

  return {
    fresh: async () => {
      const [newest] = known;
      if (newest !== undefined && clock.monotonic() < freshUntil) return newest;
      asking ??= renew();
      return asking;
    },
    known: () => known,
  };
}
