import { describe, expect, test } from "bun:test";

import { type Complaint, complaintsOf } from "./gate.ts";
import { lower } from "./pipeline.ts";

async function judged(modern: string): Promise<readonly Complaint[]> {
  return complaintsOf({ modern, lowered: await lower(modern) });
}

function rulesOf(complaints: readonly Complaint[]): string[] {
  return complaints.map(({ rule }) => rule);
}

describe("the gate refuses what a watch does not run", () => {
  test.each([
    ["extends", "class A {} class B extends A {} Bangle.b = new B()"],
    ["extends", "class Lost extends Error {} Bangle.b = new Lost()"],
    ["object rest", "const { a, ...rest } = Bangle; NRF.set(a, rest)"],
    ["generator", "function* one() { yield 1 } Bangle.one = one"],
    ["async", "Bangle.f = async () => { await NRF.find() }"],
    ["label", "out: for (;;) for (;;) if (Bangle.done()) break out"],
    ["BigInt", "Bangle.n = 10n"],
    ["tagged template", "Bangle.t = NRF.tag`a`"],
    ["regular expression", "Bangle.r = /(?<=a)b/"],
    ["regular expression", "Bangle.r = /b/y"],
    ["a length that is set", "Bangle.list.length = 0"],
    ["unknown Map", "Bangle.m = new Map()"],
    ["unknown Set", "Bangle.m = new Set()"],
    ["unknown WeakMap", "Bangle.m = new WeakMap()"],
    ["unknown Symbol", "Bangle.m = Symbol.iterator"],
    ["unknown Promise", "Bangle.m = new Promise(() => {})"],
    ["unknown Proxy", "Bangle.m = new Proxy({}, {})"],
    ["unknown structuredClone", "Bangle.m = structuredClone(Bangle.x)"],
    ["unknown Array.from", "Bangle.m = Array.from(Bangle.x)"],
    ["unknown Array.of", "Bangle.m = Array.of(Bangle.x)"],
    ["unknown Uint8Array.of", "Bangle.m = Uint8Array.of(Bangle.x)"],
    ["unknown Math.hypot", "Bangle.m = Math.hypot(Bangle.x, 1)"],
    ["unknown Math.trunc", "Bangle.m = Math.trunc(Bangle.x)"],
    ["unknown Math.log2", "Bangle.m = Math.log2(Bangle.x)"],
    ["unknown Math.fround", "Bangle.m = Math.fround(Bangle.x)"],
    ["unknown Math.imul", "Bangle.m = Math.imul(Bangle.x, 2)"],
    ["unknown Number.isInteger", "Bangle.m = Number.isInteger(Bangle.x)"],
    ["unknown Object.freeze", "Bangle.m = Object.freeze(Bangle.x)"],
    ["unknown Array.prototype", "Bangle.m = Array.prototype.slice.call(Bangle.x)"],
    ["unknown .flat", "Bangle.m = Bangle.x.flat()"],
    ["unknown .flatMap", "Bangle.m = Bangle.x.flatMap((x) => [x, x])"],
    ["unknown .fill", "Bangle.m = new Int16Array(3).fill(1)"],
    ["unknown .toSorted", "Bangle.m = Bangle.x.toSorted()"],
    ["an iterator: .entries", "for (const [i, x] of Bangle.list.entries()) NRF.set(i, x)"],
  ])("%s in: %s", async (rule, code) => {
    expect(rulesOf(await judged(code))).toContain(rule);
  });

  test.each([
    ["ES5: ", "let a = 1"],
    ["ES5: ", "Bangle.f = () => 1"],
    ["f before its declaration", "f(); function f() {}"],
    ["f before its declaration", "!function () { f(); var f = function () {}; }()"],
    ["return at the end of a line", "function f() { return\n1 }"],
    ["with", "with (Bangle) x"],
  ])("%s in a bundle that was not lowered: %s", (rule, lowered) => {
    expect(rulesOf(complaintsOf({ modern: "", lowered }))).toContainEqual(
      expect.stringContaining(rule),
    );
  });
});

test("the gate lets pass what runs there", async () => {
  const code = `
    class Counter { #n = 0; get n() { return this.#n; } add(k = 1, ...more) { this.#n += k + more.length; } }
    const counter = new Counter();
    for (const [key, value] of Object.entries({ ...{ a: 1 }, b: 2 })) counter.add(value, key);
    Bangle.on("accel", ({ x, y: [first] = [0] }) => { try { NRF.set(x?.y ?? first ** 2); } catch {} });
    const late = () => later(counter.n);
    function later(n) { return n > 3 ? new Uint8Array(n) : undefined; }
    if (typeof process === "undefined") setTimeout(late, 10);`;
  expect(await judged(code)).toEqual([]);
});
