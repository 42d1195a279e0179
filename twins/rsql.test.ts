import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Filter, filterLimits, listed, operators, parseFilter, printFilter } from "./rsql.ts";

const path = fc.stringMatching(/^[a-z]{1,8}(?:\.[a-z][a-zA-Z-]{0,8})?$/);
const operand = fc.oneof(
  fc.constant({ kind: "null" as const }),
  fc.record({
    kind: fc.constant("text" as const),
    pieces: fc.array(
      fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("null", "*", "\\", '"', "a b")),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);
const comparison = fc
  .record({
    path,
    operator: fc.constantFrom(...operators),
    many: fc.array(operand, { minLength: 1, maxLength: 3 }),
  })
  .map(({ path: leaf, operator, many }): Filter => {
    const operands = listed.has(operator) ? many : many.slice(0, 1);
    return { kind: "compare", path: leaf, operator, operands, at: 0 };
  });
const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("tree"), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("not" as const), of: fc.tuple(tie("tree")) }),
  ),
}));

/** The same tree without positions. */
function bare(filter: Filter): unknown {
  if (filter.kind === "compare") return { ...filter, at: 0 };
  return { kind: filter.kind, of: filter.of.map(bare) };
}

function parsed(text: string): Filter {
  const filter = parseFilter(text);
  if (filter.kind === "fault") throw new Error(`${filter.why.en} at ${filter.at}`);
  return filter;
}

test("a printed filter is read back as the same tree", () => {
  fc.assert(
    fc.property(tree, (filter) => {
      const text = printFilter(filter);
      fc.pre(text.length <= filterLimits.characters && nodes(filter) <= filterLimits.nodes);
      expect(bare(parsed(text))).toEqual(bare(filter));
    }),
    { numRuns: 500 },
  );
});

function nodes(filter: Filter): number {
  return filter.kind === "compare" ? 1 : filter.of.reduce((sum, part) => sum + nodes(part), 1);
}

test("any text at all gives a filter or a fault inside the text", () => {
  const noise = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom("(", ")", "!", ";", ",", "a", "==", "=in=", '"', "*", "\\", " or ", "not"),
        {
          maxLength: 30,
        },
      )
      .map((all) => all.join("")),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const filter = parseFilter(text);
      if (filter.kind !== "fault") return;
      expect(filter.at).toBeGreaterThanOrEqual(0);
      expect(filter.at).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 1000 },
  );
});

test("and binds more than or, and parentheses more than both", () => {
  expect(printFilter(parsed("a==1;b==2,c==3"))).toBe("(a==1;b==2),c==3");
  expect(printFilter(parsed("a==1;(b==2,c==3)"))).toBe("a==1;(b==2,c==3)");
  expect(printFilter(parsed("((a==1))"))).toBe("a==1");
});

test("words say the same as marks, and an exclamation mark turns a group round", () => {
  expect(printFilter(parsed("a==1 and b==2 or not (c==3)"))).toBe("(a==1;b==2),!(c==3)");
  expect(printFilter(parsed("!(a==1,b==2);c==3"))).toBe("!(a==1,b==2);c==3");
  expect(printFilter(parsed("not(!(a==1))"))).toBe("!(!(a==1))");
  expect(printFilter(parsed("nothing==1;order==and"))).toBe("nothing==1;order==and");
  expect(parseFilter("!a==1")).toMatchObject({ kind: "fault", at: 0 });
});

test("stars are wildcards unless escaped, in quotes or not", () => {
  const operands = (text: string): unknown => {
    const filter = parsed(text);
    return filter.kind === "compare" ? filter.operands : undefined;
  };
  expect(operands("a==2.4*")).toEqual([{ kind: "text", pieces: ["2.4", ""] }]);
  expect(operands('a=="x \\* *y"')).toEqual([{ kind: "text", pieces: ["x * ", "y"] }]);
  expect(operands('a=="null"')).toEqual([{ kind: "text", pieces: ["null"] }]);
  expect(operands("a=in=(x,null,'y z')")).toHaveLength(3);
});

test("the short operators are read as the long ones", () => {
  expect(printFilter(parsed("a<1;b<=2;c>3;d>=4"))).toBe("a=lt=1;b=le=2;c=gt=3;d=ge=4");
});

test("a fault says where and what was expected", () => {
  expect(parseFilter("power.battery=lt=20;;x==1")).toEqual({
    kind: "fault",
    at: 20,
    why: {
      en: 'expected a path or "(", found ";"',
      fr: "attendu : un chemin ou « ( » ; trouvé : « ; »",
    },
  });
  expect(parseFilter("a=near=1")).toMatchObject({ kind: "fault", at: 1 });
  expect(parseFilter("a=between=1")).toMatchObject({ kind: "fault", at: 10 });
  expect(parseFilter("a==")).toMatchObject({
    at: 3,
    why: {
      en: "expected a value, found the end",
      fr: "attendu : une valeur ; trouvé : la fin",
    },
  });
  expect(parseFilter("(a==1")).toMatchObject({ at: 5 });
  expect(parseFilter("a=='open")).toMatchObject({
    at: 3,
    why: { en: "a quoted value that is never closed" },
  });
  expect(parseFilter("a==1)")).toMatchObject({ at: 4 });
  expect(parseFilter("a==1 ;b==2")).toMatchObject({ at: 4 });
  expect(parseFilter("")).toMatchObject({ at: 0 });
});

test("size, nodes and depth are bounded", () => {
  expect(parseFilter(`a==${"x".repeat(1997)}`)).toMatchObject({ kind: "compare" });
  expect(parseFilter(`a==${"x".repeat(1998)}`)).toMatchObject({ kind: "fault" });
  const many = (count: number): string => Array.from({ length: count }, () => "a==1").join(";");
  expect(parseFilter(many(63))).toMatchObject({ kind: "and" });
  expect(parseFilter(many(64))).toMatchObject({
    kind: "fault",
    why: { en: "more than 64 comparisons and groups" },
  });
  const deep = (depth: number): string => `${"(".repeat(depth)}a==1${")".repeat(depth)}`;
  expect(parseFilter(deep(16))).toMatchObject({ kind: "compare" });
  expect(parseFilter(deep(17))).toMatchObject({ kind: "fault", at: 16 });
  const turned = (depth: number): string => `${"!(".repeat(depth)}a==1${")".repeat(depth)}`;
  expect(parseFilter(turned(16))).toMatchObject({ kind: "not" });
  expect(parseFilter(turned(17))).toMatchObject({ kind: "fault" });
});
