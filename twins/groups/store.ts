/**
 * The groups of each tenant, in one hash, so that every process knows them and they outlive all.
 *
 * A counter beside them is checked by every write: writers of one tenant take turns, and the number of groups holds.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Tenant } from "#wire/identity.ts";

import type { Keys } from "../keys.ts";
import { decodeGroup, encodeGroup, type Group, groupLimits } from "./group.ts";

/** What a group is to become. */
export type GroupWish = Pick<Group, "name" | "filter" | "about" | "by">;

/** What became of a wish. `contended`: others kept writing the tenant's groups. */
export type GroupOutcome =
  | { readonly kind: "created" | "changed" | "unchanged"; readonly group: Group }
  | { readonly kind: "refused"; readonly why: "too_many" | "contended" };

/** The groups. */
export interface GroupStore {
  /** In the order of their names. */
  readonly list: (tenant: Tenant) => Promise<readonly Group[]>;
  readonly get: (tenant: Tenant, name: string) => Promise<Group | undefined>;
  readonly put: (tenant: Tenant, wish: GroupWish) => Promise<GroupOutcome>;
  readonly remove: (tenant: Tenant, name: string) => Promise<"removed" | "unknown" | "contended">;
}

/** No group is called so. */
const counter = "#";
const triesMax = 4;
const tooMany: GroupOutcome = { kind: "refused", why: "too_many" };

/** A store over the cells. */
export function createGroupStore(deps: {
  readonly cells: Pick<Cells, "get" | "getAll" | "commit">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
}): GroupStore {
  const { cells, keys, clock } = deps;

  /** Writes `value` (null: takes away) under `name`, if nobody wrote since the hash was read. */
  const write = async (
    tenant: Tenant,
    fields: Readonly<Record<string, string>>,
    change: { readonly name: string; readonly value: string | null },
  ): Promise<boolean> => {
    const key = keys.groups(tenant);
    const { name: field, value } = change;
    const next = { key, field: counter, value: String(editionOf(fields)) };
    const [outcome] = await cells.commit([
      {
        checks: [{ key, field: counter, expected: fields[counter] ?? null }],
        writes: [
          { op: "HSET", ...next },
          value === null ? { op: "HDEL", key, field } : { op: "HSET", key, field, value },
        ],
      },
    ]);
    return outcome?.kind === "committed";
  };

  return {
    list: async (tenant) =>
      groupsOf(await cells.getAll(keys.groups(tenant))).toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      ),
    get: async (tenant, name) => {
      const field = name === counter ? null : await cells.get(keys.groups(tenant), name);
      return field === null ? undefined : decodeGroup(name, field);
    },
    async put(tenant, wish) {
      for (let tries = 0; tries < triesMax; tries++) {
        const fields = await cells.getAll(keys.groups(tenant));
        const all = groupsOf(fields);
        const held = all.find(({ name }) => name === wish.name);
        if (held?.filter === wish.filter && held.about === wish.about) {
          return { kind: "unchanged", group: held };
        }
        if (held === undefined && all.length >= groupLimits.perTenant) return tooMany;
        const group = { ...wish, edition: editionOf(fields), at: clock.now() };
        const value = encodeGroup(group);
        if (await write(tenant, fields, { name: wish.name, value })) {
          return { kind: held === undefined ? "created" : "changed", group };
        }
      }
      return { kind: "refused", why: "contended" };
    },
    async remove(tenant, name) {
      for (let tries = 0; tries < triesMax; tries++) {
        const fields = await cells.getAll(keys.groups(tenant));
        if (name === counter || fields[name] === undefined) return "unknown";
        if (await write(tenant, fields, { name, value: null })) return "removed";
      }
      return "contended";
    },
  };
}

function groupsOf(fields: Readonly<Record<string, string>>): Group[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    name === counter ? [] : (decodeGroup(name, field) ?? []),
  );
}

/** The edition that the next write makes. */
function editionOf(fields: Readonly<Record<string, string>>): number {
  return Number(fields[counter] ?? 0) + 1;
}
