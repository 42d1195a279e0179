/**
 * Desired leaves: applied or rejected one by one, and answered.
 *
 * The air may swap what the box says; every message names all that is outstanding, so that an older one
 * that comes late has nothing to add.
 * @source DESIGN §5 (desired, answers)
 */
import type { DesiredBody } from "#wire/bodies/down.ts";

import type { Core } from "./core.ts";

export interface Wishes {
  take(desired: DesiredBody, now: number): void;
  /** The link is another one: whoever speaks now may count anew. */
  relink(): void;
}

/** Wishes for this wristband. */
export function createWishes({ config, settings, speech }: Core): Wishes {
  let newest = 0;
  return {
    relink: () => {
      newest = 0;
    },
    take: ({ v, leaves }, now) => {
      if (v < newest) return;
      newest = v;
      const plan = config.plan();
      const settled = leaves.map((leaf) => {
        const code = config.wish(leaf);
        return code === undefined ? { path: leaf.path } : { path: leaf.path, code };
      });
      config.keep();
      if (config.plan() !== plan) {
        settings.layer.replan(now);
        speech.flush();
      }
      speech.settle(now, v, settled);
    },
  };
}
