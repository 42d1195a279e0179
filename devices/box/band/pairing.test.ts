import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { parseSerial } from "#wire/identity.ts";

import { isOpen, type Pairing, pairingWindow, pressed, seen, tried } from "./pairing.ts";
import type { SeenBand } from "./port.ts";

const ours = { serial: parseSerial("B-1")!, address: "C4:00" };
const clone = { serial: ours.serial, address: "C4:66" };
const another = { serial: parseSerial("B-2")!, address: "C4:02" };

function look(of: typeof ours, pairing = true): SeenBand {
  return { ...of, signal: -60, pairing };
}

describe("BX-04: bonded only while both windows are open", () => {
  test("the box's alone, the wristband's alone, and both", () => {
    const open = pressed({}, "short", 0);
    expect(seen(open, look(ours, false), 1).act).toBeUndefined();
    expect(seen({}, look(ours), 1).act).toMatchObject({ kind: "refused", why: "window_closed" });
    expect(seen(open, look(ours), 1).act).toEqual({ kind: "bond", band: ours });
  });

  test("a press is forgotten after two minutes", () => {
    const open = pressed({}, "short", 0);
    expect(isOpen(open, pairingWindow - 1)).toBe(true);
    expect(seen(open, look(ours), pairingWindow).act).toMatchObject({ why: "window_closed" });
  });

  test("the window closes when a bond is made, and stays open when it was not", () => {
    const { state } = seen(pressed({}, "short", 0), look(ours), 1);
    expect(isOpen(tried(state, { kind: "bonded" }).state, 2)).toBe(false);
    const refused = tried(state, { kind: "refused", why: "timeout" });
    expect(refused.act).toMatchObject({ kind: "refused", why: "not_bonded" });
    expect(seen(refused.state, look(ours), 2).act).toMatchObject({ kind: "bond" });
  });

  test("nobody else is bonded while one bond is being made", () => {
    const { state } = seen(pressed({}, "short", 0), look(ours), 1);
    expect(seen(state, look(another), 2).act).toBeUndefined();
  });
});

describe("one box has one wristband", () => {
  const bonded: Pairing = { bond: ours };

  test("another one is refused after a short press, and takes the place after a long one", () => {
    const short = pressed(bonded, "short", 0);
    expect(seen(short, look(another), 1).act).toMatchObject({ why: "another_bonded" });
    const { state, act } = seen(pressed(bonded, "long", 0), look(another), 1);
    expect(act).toEqual({ kind: "bond", band: another });
    expect(state.bond).toEqual(ours);
    expect(tried(state, { kind: "bonded" })).toEqual({
      state: { bond: another },
      act: { kind: "bonded", bond: another, gone: ours },
    });
  });

  test("the bonded one bonds again after a short press, and nothing is given up", () => {
    const { state } = seen(pressed(bonded, "short", 0), look(ours), 1);
    expect(tried(state, { kind: "bonded" }).act).toEqual({ kind: "bonded", bond: ours });
  });

  test("F13: its serial under another address is a clone, whatever is open", () => {
    for (const state of [bonded, pressed(bonded, "short", 0)]) {
      expect(seen(state, look(clone), 1).act).toEqual({ kind: "clone", band: clone });
      expect(seen(state, look(clone, false), 1).act).toEqual({ kind: "clone", band: clone });
    }
  });
});

test("whatever happens, a bond changes only in an open window and to who was there", () => {
  const step = fc.oneof(
    fc.constantFrom("short" as const, "long" as const).map((press) => ({ kind: "press", press })),
    fc.record({
      kind: fc.constant("see"),
      band: fc.constantFrom(ours, clone, another),
      pairing: fc.boolean(),
    }),
    fc.boolean().map((bonds) => ({ kind: "try", bonds })),
    fc.nat(200_000).map((ms) => ({ kind: "wait", ms })),
  );
  const law = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let state: Pairing = {};
    let now = 0;
    for (const one of steps) {
      const before: Pairing = state;
      if ("press" in one) state = pressed(state, one.press, now);
      else if ("band" in one) {
        const next = seen(state, look(one.band, one.pairing), now);
        if (next.act?.kind === "bond") expect(isOpen(state, now) && one.pairing).toBe(true);
        state = next.state;
        expect(state.bond).toEqual(before.bond);
      } else if ("bonds" in one) {
        const result = one.bonds
          ? { kind: "bonded" as const }
          : { kind: "refused" as const, why: "" };
        state = tried(state, result).state;
        if (before.bonding === undefined || !one.bonds) expect(state.bond).toEqual(before.bond);
        else expect(state.bond).toEqual(before.bonding);
      } else now += one.ms;
    }
  });
  fc.assert(law);
});
