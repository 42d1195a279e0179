/**
 * The lines that are open to readers of changes: how many one person may hold, and how to end them all.
 */
import type { Claims } from "#api/access/tokens.ts";
import { problem } from "#api/problem.ts";

import type { EndReason, Outlet } from "./outlet.ts";

/** Lines that one subject may hold open, and all together. */
export const lineLimits = { perSubject: 32, together: 5000 } as const;

/** All lines of this process. */
export interface Lines {
  /** Whether that person may hold one more. */
  readonly isFree: (who: Claims) => boolean;
  /** Counts an outlet until it ends. */
  readonly hold: (who: Claims, outlet: Outlet) => void;
  /** Ends every line. */
  readonly close: () => void;
}

/** No lines yet. */
export function createLines(): Lines {
  const open = new Map<string, Set<(reason: EndReason) => void>>();
  let together = 0;
  const nameOf = ({ tenant, subject }: Claims): string => `${tenant} ${subject}`;
  return {
    isFree: (who) => {
      const own = open.get(nameOf(who))?.size ?? 0;
      return own < lineLimits.perSubject && together < lineLimits.together;
    },
    hold: (who, outlet) => {
      const name = nameOf(who);
      const own = open.get(name) ?? new Set();
      open.set(name, own.add(outlet.close));
      together++;
      void outlet.ended.then(() => {
        own.delete(outlet.close);
        if (own.size === 0 && open.get(name) === own) open.delete(name);
        together--;
      });
    },
    close: () => {
      for (const own of open.values()) for (const end of own) end("closing");
    },
  };
}

/** The refusal of one line more. */
export function tooManyLines(): Response {
  return problem("too_many", { detail: "Too many streams.", headers: { "retry-after": "30" } });
}
