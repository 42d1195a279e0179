import { describe, expect, test } from "bun:test";

import { parseSelection, select } from "./selection.ts";

const twin = {
  id: "B-1",
  presence: { state: "online", since: 1, cause: null },
  parts: {
    power: { v: 1, reported: { battery: 80, source: "mains" }, desired: {} },
    wear: { v: 2, reported: { worn: true }, desired: {} },
  },
};

function selected(text: string): unknown {
  const selection = parseSelection(text);
  if ("kind" in selection) throw new Error(selection.why);
  return select(twin, selection);
}

describe("a selection", () => {
  test("keeps members, members of members, and the same of every member", () => {
    expect(selected("id,presence(state,since)")).toEqual({
      id: "B-1",
      presence: { state: "online", since: 1 },
    });
    expect(selected("parts/*/reported/battery")).toEqual({
      parts: { power: { reported: { battery: 80 } } },
    });
    expect(selected("parts(power/reported(source),wear)")).toEqual({
      parts: { power: { reported: { source: "mains" } }, wear: twin.parts.wear },
    });
  });

  test("keeps what either of two keeps below one name", () => {
    expect(selected("presence/state,presence/cause")).toEqual({
      presence: { state: "online", cause: null },
    });
    expect(selected("presence/state,presence")).toEqual({ presence: twin.presence });
    expect(selected("presence,presence/state")).toEqual({ presence: twin.presence });
  });

  test("of what is not there is nothing", () => {
    expect(selected("soul,presence/state/deep")).toBeUndefined();
    expect(selected("constructor,__proto__")).toBeUndefined();
  });

  test("that is none says where", () => {
    const at = (text: string) => {
      const found = parseSelection(text);
      return "kind" in found ? found.at : "no fault";
    };
    expect([at(""), at("a,"), at("a(b"), at("a)"), at("a b"), at("é")]).toEqual([0, 2, 3, 1, 1, 0]);
    expect(at("a,".repeat(64) + "a")).toBe(128);
    expect(at("a/".repeat(12) + "a")).toBe(24);
    expect(at("a(".repeat(400))).toBe(24);
    expect(at("a".repeat(1001))).toBe(1000);
  });
});
