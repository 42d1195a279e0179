/**
 * Who must be looked at, and when: those that the clock alone will make late or silent, those with a wish whose deadline
 * comes, and those whose box has just changed. A device that is heard is on no list, so a fleet of any size costs nothing while all is well.
 */
import { nextLook } from "#twins/clockwork.ts";
import type { Twin } from "#twins/document.ts";
import type { Registry } from "#twins/registry-port.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { PresenceRules } from "#wire/presence-rules.ts";
import type { Instant } from "#wire/units.ts";

/** The list. */
export interface DueList {
  /** A twin has been read or written: when it is due next is known from it. */
  note(twin: Twin, now: Instant): void;
  /** Somebody is to be looked at as soon as possible. */
  ask(id: Serial): void;
  /** Takes up to `limit` of those asked for, and with `sweep` of those that are due, off the list. */
  take(options: { now: Instant; sweep: boolean; limit: number }): Serial[];
}

/** A box has changed: whatever hangs on it is to be looked at. */
export function askBehind(
  { due, registry }: { readonly due: DueList; readonly registry: Registry },
  box: BoxSerial,
): void {
  for (const { serial } of registry.behind(box)) if (serial !== box) due.ask(serial);
}

/** An empty list; `rules` as doors and processors of the state have them. */
export function createDueList(rules?: PresenceRules): DueList {
  const due = new Map<Serial, Instant>();
  const asked = new Set<Serial>();
  return {
    note: (twin, now) => {
      const at = nextLook(twin, now, rules);
      if (at === null) due.delete(twin.id);
      else due.set(twin.id, at);
    },
    ask: (id) => asked.add(id),
    take: ({ now, sweep, limit }) => {
      if (sweep) {
        for (const [id, at] of due) {
          if (at > now) continue;
          due.delete(id);
          asked.add(id);
        }
      }
      const taken: Serial[] = [];
      for (const id of asked) {
        if (taken.length >= limit) break;
        asked.delete(id);
        taken.push(id);
      }
      return taken;
    },
  };
}
