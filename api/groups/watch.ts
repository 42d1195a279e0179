/**
 * The filters of groups that somebody listens to, kept as they are: another process may change them.
 */
import type { Edition, Scope } from "#api/twins/scope.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { Clearance } from "#twins/columns.ts";
import { judgeFilter } from "#twins/filter.ts";
import type { Group } from "#twins/groups/group.ts";
import type { GroupStore } from "#twins/groups/store.ts";
import { parseFilter } from "#twins/rsql.ts";
import type { Tenant } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

/** Watches groups. */
export interface GroupWatch {
  /** The twins of a group for someone of that clearance; undefined when its filter means nothing to them. */
  readonly scopeOf: (tenant: Tenant, group: Group, clearance: Clearance) => Scope | undefined;
  /** Looks at once: this process has written. */
  readonly look: () => Promise<void>;
  readonly close: () => void;
}

/** One listener of one group. */
interface Listening {
  readonly tenant: Tenant;
  readonly name: string;
  readonly clearance: Clearance;
  edition: Edition | undefined;
  changed: () => void;
}

/** How often groups are looked at while somebody listens. */
const every = Seconds(2);

/** A watch over the store. */
export function createGroupWatch(deps: {
  readonly groups: Pick<GroupStore, "list">;
  readonly clock: Pick<Clock, "every">;
  readonly log: Pick<Log, "warn">;
}): GroupWatch {
  const all = new Set<Listening>();
  const look = async (): Promise<void> => {
    for (const tenant of new Set([...all].map((each) => each.tenant))) {
      const groups = await deps.groups.list(tenant);
      for (const each of all) {
        if (each.tenant === tenant) compare(each, groups);
      }
    }
  };
  const timer = deps.clock.every(every, "groups", () => void lookSafely(look, deps.log));

  return {
    scopeOf: (tenant, group, clearance) => {
      const edition = editionOf(group, clearance);
      if (edition === undefined) return undefined;
      const { name } = group;
      const listening: Listening = { tenant, name, clearance, edition, changed: () => undefined };
      return {
        edition: () => listening.edition,
        watch: (changed) => {
          listening.changed = changed;
          all.add(listening);
          return () => all.delete(listening);
        },
      };
    },
    look,
    close: () => timer.cancel(),
  };
}

/** What a group's filter means for someone of that clearance. */
export function editionOf(
  { filter: text, edition }: Group,
  clearance: Clearance,
): Edition | undefined {
  const filter = parseFilter(text);
  if (filter.kind === "fault") return undefined;
  const judged = judgeFilter(filter, clearance);
  if (judged.kind === "fault" || judged.kind === "forbidden") return undefined;
  return { number: edition, filter: judged };
}

function compare(listening: Listening, groups: readonly Group[]): void {
  const group = groups.find(({ name }) => name === listening.name);
  if (group?.edition === listening.edition?.number) return;
  listening.edition = group && editionOf(group, listening.clearance);
  listening.changed();
}

async function lookSafely(look: () => Promise<void>, log: Pick<Log, "warn">): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    log.warn("groups not read", { code: error.code }); // whoever listens keeps what they have
  }
}
