/** The leaves that a merge patch of a twin sets, as people read them. */

/** One leaf; null takes the wish or the tag away. */
export interface PatchLeaf {
  /** `config/profile`, `tags/lot`. */
  readonly path: string;
  readonly value: unknown;
}

/** The leaves of a patch. */
export function leavesOf(patch: unknown): readonly PatchLeaf[] {
  const { parts = {}, tags = {} } = isObject(patch) ? patch : {};
  const desired = below(parts).flatMap(({ path, value }) =>
    below(isObject(value) ? value["desired"] : {}).flatMap((leaf) =>
      leavesUnder({ ...leaf, path: `${path}/${leaf.path}` }),
    ),
  );
  return [...desired, ...below(tags).map(({ path, value }) => ({ path: `tags/${path}`, value }))];
}

/** The patch that sets these desired leaves. */
export function patchOf(leaves: readonly PatchLeaf[]): unknown {
  const parts: Record<string, unknown> = {};
  for (const { path, value } of leaves) {
    const [part = "", ...names] = path.split("/");
    let at = reach(reach(parts, part), "desired");
    for (const name of names.slice(0, -1)) at = reach(at, name);
    at[names.at(-1) ?? ""] = value;
  }
  return { parts };
}

/** The path as the rest of the pages has it: what is desired of `config/profile` is written `desired/config/profile`. */
export function plainPath(path: string): string {
  return path.startsWith("desired/") ? path.slice("desired/".length) : path;
}

function reach(object: Record<string, unknown>, name: string): Record<string, unknown> {
  const held = object[name];
  if (isObject(held)) return held;
  const made = {};
  object[name] = made;
  return made;
}

function leavesUnder(leaf: PatchLeaf): readonly PatchLeaf[] {
  if (!isObject(leaf.value)) return [leaf];
  return below(leaf.value).flatMap((inner) =>
    leavesUnder({ ...inner, path: `${leaf.path}/${inner.path}` }),
  );
}

function below(value: unknown): readonly PatchLeaf[] {
  return isObject(value)
    ? Object.entries(value).map(([path, inner]) => ({ path, value: inner }))
    : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
