import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { after, start } from "#twins/specimens.ts";
import { Instant } from "#wire/units.ts";

import { type CommandBook, commandLimits, hearAll, issue, nextDeadline, settle } from "./book.ts";
import {
  cancel,
  type CommandRecord,
  deliver,
  expiryOf,
  hear,
  type Said,
  send,
  stateOf,
} from "./command.ts";
import { decodeBook, encodeBook } from "./encoding.ts";

const order = {
  id: "c-0000001",
  name: "locate",
  args: {},
  deadline: after(60_000),
  by: "u:42",
} as const;
const queued: CommandRecord = { ...order, queuedAt: start, state: "queued" };

function said(state: Said["state"], t: number, seq = 1): Said {
  return { state, t: start + t, epoch: "e1", seq };
}

describe("a command", () => {
  test("goes from queued over delivered and accepted to its end", () => {
    const delivered = deliver(send(queued, after(1)), after(2));
    const accepted = hear(delivered, said("accepted", 3));
    const done = hear(accepted, said("done", 4));
    const states = [queued, delivered, accepted, done].map((one) => stateOf(one, after(5)));
    expect(states).toEqual(["queued", "delivered", "accepted", "done"]);
  });

  test("that nobody ends expires at its deadline, and says how far it had come", () => {
    const delivered = deliver(queued, after(1));
    const accepted = hear(delivered, said("accepted", 2));
    expect(stateOf(queued, after(59_999))).toBe("queued");
    const expiries = [queued, delivered, accepted].map((one) => {
      const state = stateOf(one, after(60_000));
      return [state, expiryOf({ ...one, state })];
    });
    expect(expiries).toEqual([
      ["expired", "not_delivered"],
      ["expired", "not_accepted"],
      ["expired", "not_done"],
    ]);
  });

  test("that its device did although the cloud had given it up is done: the device knows", () => {
    const expired = { ...queued, state: "expired" } as const;
    expect(stateOf(hear(expired, said("done", 59_000)), after(90_000))).toBe("done");
  });

  test("that its device found too late has expired, not failed", () => {
    const late = hear(queued, { ...said("failed", 59_000), code: "expired" } as Said);
    expect(stateOf(late, after(59_500))).toBe("expired");
  });

  test("is called back only while nobody was told of it", () => {
    const call = { at: after(1), by: "u:7" };
    expect(cancel(queued, call)?.cancelled).toEqual(call);
    expect(cancel(send(queued, after(0)), call)).toBeUndefined();
    expect(cancel(queued, { ...call, at: after(60_000) })).toBeUndefined();
  });
});

describe("laws", () => {
  const word: fc.Arbitrary<Said> = fc.record({
    state: fc.constantFrom<Said["state"]>("accepted", "done", "failed", "rejected"),
    t: fc.nat(5).map((ms) => start + ms),
    epoch: fc.constantFrom("e1", "e2"),
    seq: fc.nat(5),
  });
  type Step = (held: CommandRecord) => CommandRecord;
  const marks = fc.subarray<Step>([
    (held) => send(held, after(1)),
    (held) => deliver(held, after(2)),
  ]);
  // No two messages bear one number: the door sees to that.
  const words = fc.uniqueArray(word, {
    maxLength: 8,
    selector: ({ t, epoch, seq }) => `${t} ${epoch} ${seq}`,
  });
  const steps = fc.tuple(words, marks).map(([heard, marked]): Step[] => [
    ...heard.map(
      (one): Step =>
        (held) =>
          hear(held, one),
    ),
    ...marked,
  ]);
  const shuffled = steps.chain((once) =>
    fc.tuple(
      fc.constant(once),
      fc.shuffledSubarray([...once, ...once], { minLength: 2 * once.length }),
    ),
  );

  test("TW-04: shuffled and repeated words give the same command", () => {
    fc.assert(
      fc.property(shuffled, fc.nat(120_000), ([all, again], ms) => {
        const once = all.reduce((held, apply) => apply(held), queued);
        const often = again.reduce((held, apply) => apply(held), queued);
        expect(often).toEqual(once);
        expect(stateOf(often, after(ms))).toBe(stateOf(once, after(ms)));
      }),
    );
  });

  test("what is stored is what was meant", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const one = all.reduce((held, apply) => apply(held), queued);
        const book: CommandBook = new Map([[one.id, one]]);
        expect(decodeBook({ ...encodeBook(book, new Map()).set, rev: "1" })).toEqual(book);
      }),
    );
  });
});

describe("a book", () => {
  const many = (count: number, from: CommandBook = new Map()): CommandBook =>
    Array.from({ length: count }, (_, n) => n).reduce((book, n) => {
      const id = `c-${String(from.size + n).padStart(7, "0")}`;
      return issue(book, { ...order, id }, after(from.size + n)).book;
    }, from);

  test("takes no more than fifty open commands, and one again when one has ended", () => {
    const full = many(commandLimits.open);
    expect(issue(full, { ...order, id: "c-one-more" }, after(100)).kind).toBe("full");
    const freed = settle(hearAll(full, [{ id: "c-0000007", said: said("failed", 1) }]), after(100));
    expect(issue(freed, { ...order, id: "c-one-more" }, after(100)).kind).toBe("issued");
  });

  test("takes the same request once, and another under its id not at all", () => {
    const first = issue(new Map(), { ...order, digest: "a" }, start);
    expect(issue(first.book, { ...order, digest: "a" }, after(5))).toMatchObject({
      kind: "same",
      command: { queuedAt: start },
    });
    expect(issue(first.book, { ...order, digest: "b" }, after(5)).kind).toBe("conflict");
  });

  test("keeps the latest fifty that have ended, for thirty days, and every open one", () => {
    const ended = settle(many(30), after(60_000));
    const more = settle(many(commandLimits.open, ended), after(60_001));
    expect([...more.values()].map(({ id }) => id).at(0)).toBe("c-0000030");
    expect(more.size).toBe(50);
    const month = Instant(start + commandLimits.kept + 1_000);
    expect(settle(more, month).size).toBe(0);
  });

  test("knows when the clock will next end one of them", () => {
    const early = issue(new Map(), { ...order, deadline: after(9) }, start).book;
    const both = issue(early, { ...order, id: "c-0000002", deadline: after(20) }, start).book;
    expect(nextDeadline(both)).toBe(after(9));
    expect(nextDeadline(settle(both, after(10)))).toBe(after(20));
    expect(nextDeadline(settle(both, after(20)))).toBeUndefined();
  });
});
