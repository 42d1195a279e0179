import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Twin, type Wish, wishStates } from "#twins/document.ts";
import { after, device, entryOf, start } from "#twins/specimens.ts";
import { createTwin, fold } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { JsonObject } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import { deltaOf, outstandingOf, syncOf } from "./derived.ts";
import { type Author, editTwin } from "./edit.ts";
import { judgeWishes, wishDueAt } from "./judgement.ts";

const band = createTwin(device("B-1"), start);
const by = "u:fleet@nice";

function wanting(
  twin: Twin,
  config: JsonObject,
  { now = start, ...author }: Partial<Author> & { readonly now?: Instant } = {},
): Twin {
  return editTwin(twin, { desired: { config } }, { author: { by, ...author }, now }).twin;
}

function answer(v: number, body: JsonObject, seq = 1): StreamEntry {
  const t = after(seq);
  return entryOf("answer", { id: `desired-${v}`, t, ...body }, { seq, receivedAt: t });
}

function reported(config: JsonObject, seq = 1): StreamEntry {
  return entryOf("reported", { t: after(seq), parts: { config } }, { seq });
}

function folded(twin: Twin, ...entries: StreamEntry[]): Twin {
  return entries.reduce((now, entry) => fold(now, entry).twin, twin);
}

function stateOf(twin: Twin, path = "config/profile"): string | undefined {
  return syncOf(twin)[path]?.state;
}

describe("TW-03: a wish", () => {
  const asked = wanting(band, { profile: "dense", language: "fr" });

  test("is pending, delivered, applied; the delta empties with the device's word", () => {
    expect(asked.desiredV).toBe(1);
    expect(stateOf(asked)).toBe("pending");
    expect(deltaOf(asked)).toEqual({ config: { profile: "dense", language: "fr" } });
    const had = folded(asked, answer(1, { state: "accepted" }));
    expect(stateOf(had)).toBe("delivered");
    const result = { "config/profile": { state: "applied" } };
    const done = fold(had, answer(1, { state: "done", result }, 2));
    expect(stateOf(done.twin)).toBe("applied");
    expect(stateOf(done.twin, "config/language")).toBe("delivered");
    expect(deltaOf(done.twin)).toEqual({ config: { language: "fr" } });
    expect(done.twin.parts.config?.meta["profile"]).toMatchObject({ src: "answer", t: after(2) });
    expect([...done.changed]).toEqual([
      { path: "config/profile", value: "dense", t: after(2) },
      { path: "sync/config/profile", value: "applied", t: after(2) },
    ]);
  });

  test("is applied at once by a report that says so, and when the device is so already", () => {
    const told = folded(asked, reported({ profile: "dense" }));
    expect(stateOf(told)).toBe("applied");
    expect(
      stateOf(wanting(folded(band, reported({ profile: "dense" })), { profile: "dense" })),
    ).toBe("applied");
  });

  test("is out of step again when the device drifts away", () => {
    const drifted = folded(asked, reported({ profile: "dense" }), reported({ profile: "seed" }, 2));
    expect(stateOf(drifted)).toBe("pending");
    expect(deltaOf(drifted)).toEqual({ config: { profile: "dense", language: "fr" } });
  });

  test("is rejected with the device's code, told no more, and asked anew by the same patch", () => {
    const result = { "config/profile": { state: "rejected", code: "low_battery" } };
    const refused = folded(asked, answer(1, { state: "done", result }));
    expect(syncOf(refused)["config/profile"]).toMatchObject({
      state: "rejected",
      code: "low_battery",
    });
    expect(outstandingOf(refused, start)).toEqual({ v: 1, parts: { config: { language: "fr" } } });
    const again = wanting(refused, { profile: "dense" });
    expect(again.desiredV).toBe(2);
    expect(outstandingOf(again, start)?.parts.config).toEqual({ profile: "dense", language: "fr" });
  });

  test("an answer to an older version says nothing of a leaf wished for since", () => {
    const newer = wanting(asked, { profile: "seed" });
    const result = {
      "config/profile": { state: "applied" },
      "config/language": { state: "applied" },
    };
    const heard = folded(newer, answer(1, { state: "done", result }));
    expect(stateOf(heard)).toBe("pending");
    expect(heard.parts.config?.reported).toEqual({ language: "fr" });
  });

  test("an answer to a command, or to nothing, changes nothing", () => {
    for (const id of ["cmd-1", "desired-", "desired-x", "desired-1x"]) {
      expect(fold(asked, entryOf("answer", { id, t: start, state: "done" })).twin).toBe(asked);
    }
  });

  test("the same again changes nothing, also when said for another reason", () => {
    expect(wanting(asked, { profile: "dense" })).toBe(asked);
    expect(wanting(asked, { profile: "dense" }, { why: "winter" })).toBe(asked);
    expect(wanting(asked, { none: null })).toBe(asked);
  });

  test("of one leaf leaves the wishes of the others as they were", () => {
    const more = wanting(asked, { profile: "seed" }, { why: "battery", now: after(9) });
    expect(syncOf(more)["config/language"]).toBe(syncOf(asked)["config/language"]);
    expect(syncOf(more)["config/profile"]).toMatchObject({ v: 2, setAt: after(9), why: "battery" });
  });

  test("is withdrawn by null, alone or with all of its part", () => {
    const { twin, changed } = editTwin(
      asked,
      { desired: { config: { profile: null } } },
      { author: { by }, now: start },
    );
    expect(changed.map(({ path, value }) => [path, value])).toEqual([
      ["desired/config/profile", null],
      ["sync/config/profile", null],
    ]);
    expect(twin.parts.config?.desired).toEqual({ language: "fr" });
    const none = editTwin(twin, { desired: { config: null } }, { author: { by }, now: start }).twin;
    expect(none.parts.config).toMatchObject({ desired: {}, wishes: {} });
    expect(none.desiredV).toBe(3);
    expect(outstandingOf(none, start)).toBeNull();
  });
});

describe("a deadline", () => {
  const asked = wanting(band, { profile: "dense" }, { deadline: after(100), escalate: true });

  test("makes a wish expire when the clock says so, and tells whoever keeps watch", () => {
    expect(judgeWishes(asked, after(99)).twin).toBe(asked);
    expect(wishDueAt(asked, start)).toBe(after(100));
    const { twin, changed } = judgeWishes(asked, after(100));
    expect([...changed]).toEqual([
      { path: "sync/config/profile", value: "expired", t: after(100) },
      { path: "escalation/config/profile", value: "expired", t: after(100) },
    ]);
    expect(wishDueAt(twin, after(100))).toBeNull();
    expect(judgeWishes(twin, after(101)).twin).toBe(twin);
  });

  test("does not end the wish: it is still told, and applied late", () => {
    const late = judgeWishes(asked, after(100)).twin;
    expect(outstandingOf(late, after(100))).toEqual({
      v: 1,
      parts: { config: { profile: "dense" } },
    });
    const heard = folded(late, answer(1, { state: "accepted" }));
    expect(stateOf(heard)).toBe("expired");
    expect(stateOf(folded(heard, answer(1, { state: "applied" }, 200)))).toBe("applied");
  });

  test("the nearest one goes down with what is outstanding", () => {
    const two = wanting(asked, { language: "en" }, { deadline: after(50) });
    expect(outstandingOf(two, start)?.deadline).toBe(after(50));
    expect(outstandingOf(two, after(50))?.deadline).toBe(after(100));
  });

  test("another one, or an escalation, asks anew", () => {
    expect(wanting(asked, { profile: "dense" }, { deadline: after(100) })).toBe(asked);
    expect(wanting(asked, { profile: "dense" }, { deadline: after(200) }).desiredV).toBe(2);
  });
});

describe("laws", () => {
  const config = fc.dictionary(
    fc.constantFrom("profile", "language"),
    fc.constantFrom("a", "b", null),
    { minKeys: 1 },
  );
  const path = fc.constantFrom("config/profile", "config/language", "power/none");
  const result = fc.dictionary(
    path,
    fc.record(
      {
        state: fc.constantFrom("applied", "rejected"),
        code: fc.constantFrom("no_room", "too_hot"),
      },
      { requiredKeys: ["state"] },
    ),
  );
  const word = fc.oneof(
    fc.record({ state: fc.constantFrom("accepted", "rejected", "applied", "failed") }),
    fc.record({ state: fc.constant("done"), result }),
  );
  const t = fc.nat({ max: 20 }).map(after);
  const entry = fc.oneof(
    fc.record({ v: fc.integer({ min: 1, max: 4 }), t, word }).map(({ v, ...said }) => ({
      channel: "answer" as const,
      body: { id: `desired-${v}`, t: said.t, ...said.word },
    })),
    fc.record({ t, config }).map((said) => ({
      channel: "reported" as const,
      body: { t: said.t, parts: { config: said.config } },
    })),
  );
  const entries = fc
    .array(fc.tuple(entry, fc.constantFrom("e1", "e2")), { maxLength: 15 })
    .map((list) =>
      list.map(([{ channel, body }, epoch], seq) =>
        entryOf(channel, body as unknown as JsonObject, { epoch, seq }),
      ),
    );
  const wished = fc
    .array(config, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce<Twin>((twin, each, n) => wanting(twin, each, { deadline: after(10 + n) }), band),
    );

  /** Everything but since when a state holds: that depends on when one heard of it. */
  function withoutSince(twin: Twin): unknown {
    const bare = (wish: Wish): unknown => ({ ...wish, at: null });
    const sync = Object.entries(syncOf(twin)).map(([name, wish]) => [name, bare(wish)]);
    return [Object.fromEntries(sync), twin.parts.config?.reported, twin.parts.config?.meta];
  }

  function judged(twin: Twin, now: Instant): Twin {
    return judgeWishes(twin, now).twin;
  }

  test("TW-04: shuffled and repeated answers and reports leave the same wishes", () => {
    const runs = fc.tuple(wished, entries).chain(([twin, list]) =>
      fc.record({
        twin: fc.constant(twin),
        list: fc.constant(list),
        some: fc.shuffledSubarray([...list, ...list.slice(0, 5)], { minLength: list.length }),
        looks: fc.array(t, { maxLength: 3 }),
        now: fc.integer({ min: 20, max: 30 }).map(after),
      }),
    );
    fc.assert(
      fc.property(runs, ({ twin, list, some, looks, now }) => {
        const inOrder = judged(folded(twin, ...list), now);
        const seen = looks.reduce(judged, folded(twin, ...some));
        const shuffled = judged(folded(seen, ...list.toReversed()), now);
        expect(withoutSince(shuffled)).toEqual(withoutSince(inOrder));
      }),
      { numRuns: 1000 },
    );
  });

  test("a wish is applied exactly where there is no difference, and each desired leaf has one", () => {
    fc.assert(
      fc.property(wished, entries, (twin, list) => {
        const seen = folded(twin, ...list);
        const delta = deltaOf(seen).config ?? {};
        for (const [name, wish] of Object.entries(syncOf(seen))) {
          expect(wishStates).toContain(wish.state);
          expect(name.replace("config/", "") in delta).toBe(wish.state !== "applied");
        }
        expect(Object.keys(syncOf(seen)).length).toBe(
          Object.keys(seen.parts.config?.desired ?? {}).length,
        );
      }),
    );
  });
});
