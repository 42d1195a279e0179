/** A wristband's twin as the API gives it, for tests. */
import type { Leaf, PartView, TwinView, WishView } from "#api/twins/contract.ts";

/** Leaves by slash path. */
interface Told {
  readonly reported?: Readonly<Record<string, unknown>>;
  readonly wishes?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, unknown>>;
}

/** A twin with these leaves and nothing else. */
export function twinWith({ reported = {}, wishes = {}, tags = {} }: Told): TwinView {
  const parts: Record<string, PartView> = {};
  const partOf = (path: string): [PartView, string[]] => {
    const [part = "", ...names] = path.split("/");
    parts[part] ??= { v: 1, reported: {}, desired: {}, leaves: {} };
    return [parts[part], names];
  };
  for (const [path, value] of Object.entries(reported)) {
    const [part, names] = partOf(path);
    part.leaves[names.join("/")] = leafOf(value);
  }
  for (const [path, value] of Object.entries(wishes)) {
    const [part, names] = partOf(path);
    const [first = "", ...rest] = names;
    part.desired[first] = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  }
  return {
    ...{ id: "B-F00001", tenant: "demo", kind: "wristband", rev: 3, at: 0, createdAt: 0 },
    ...{ modifiedAt: 0, identity: {}, links: { box: null, assignment: null } },
    presence: {
      ...{ state: "online", cause: null, concern: null, since: 0, heardAt: 0 },
      ...{ expectEveryMs: 120_000, heardAgeMs: 0 },
    },
    tags: { ...tags },
    desiredV: 1,
    parts,
    sync: Object.fromEntries(Object.keys(wishes).map((path) => [path, wish])),
  };
}

const wish: WishView = {
  ...{ state: "pending", since: 0, v: 1, setAt: 0, by: "u:somebody", why: null },
  ...{ deadline: null, escalate: false, code: null },
};

function leafOf(value: unknown): Leaf {
  return {
    ...{ value, t: 0, r: 0, ageMs: 0, source: "reported" as const, quality: "good" as const },
    ...{ qualityPercent: null, stale: false, staleAt: null },
  };
}
