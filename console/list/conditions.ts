/** A filter as conditions that all must hold, so that a form can set one of them and leave the others alone. */

/** The conditions; undefined where some are alternatives, so that none stands alone. */
export function conditionsIn(filter: string): readonly string[] | undefined {
  const conditions: string[] = [];
  let depth = 0;
  let from = 0;
  const tokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[(),;]/gs;
  for (const { 0: token, index } of filter.matchAll(tokens)) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (depth > 0) continue;
    if (token === ",") return undefined;
    if (token !== ";") continue;
    conditions.push(filter.slice(from, index));
    from = index + 1;
  }
  return [...conditions, filter.slice(from)].map((one) => one.trim()).filter((one) => one !== "");
}

/** What a condition asks of that leaf, from its operator on; undefined when none does. */
export function askedOf(filter: string, path: string): string | undefined {
  return conditionsIn(filter)
    ?.find((one) => asksOf(one, path))
    ?.slice(path.length);
}

/** The filter with that asked of a leaf instead of what was; undefined asks nothing of it. */
export function withAsked(filter: string, path: string, asked: string | undefined): string {
  const others = conditionsIn(filter)?.filter((one) => !asksOf(one, path)) ?? [`(${filter})`];
  return (asked === undefined ? others : [...others, `${path}${asked}`]).join(";");
}

/** Both filters at once. */
export function both(filter: string, more: string): string {
  return [...(conditionsIn(filter) ?? [`(${filter})`]), more].join(";");
}

function asksOf(condition: string, path: string): boolean {
  return condition.startsWith(path) && /^[=!<>]/.test(condition.slice(path.length));
}
