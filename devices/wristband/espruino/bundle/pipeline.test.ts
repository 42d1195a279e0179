import { expect, test } from "bun:test";
import { runInNewContext } from "node:vm";

import { lower } from "./pipeline.ts";
import { parseScript } from "./syntax.ts";

/** What a script leaves in `said`. */
function run(code: string): unknown {
  const said: unknown = runInNewContext(`var said; ${code}; JSON.stringify(said)`);
  return JSON.parse(String(said));
}

const program = `
class Counter {
  #count = 0;
  get count() { return this.#count; }
  #add(n = 1) { this.#count += n; }
  addAll(...numbers) { for (const n of numbers) this.#add(n); return this; }
}
const late = () => helper(2);
function helper(n) { return n ** 2; }
const { count } = new Counter().addAll(...[1, 2, 3]);
const calls = [];
for (const [name, n] of [["a", 1], ["b", 2]]) calls.push(() => \`\${name}\${n}\`);
for (const byte of new Uint8Array([5, 6])) calls.push(() => byte);
said = [count, late(), { ...{ a: 1 }, b: 2 }, calls.map((call) => call()), null ?? undefined?.x];
`;

test("a script says the same when it is lowered, and is ES5", async () => {
  const lowered = await lower(program);
  expect(parseScript(lowered, 5)).toHaveProperty("type", "Program");
  expect(run(lowered)).toEqual(run(program));
  expect(run(lowered)).toEqual([6, 4, { a: 1, b: 2 }, ["a1", "b2", 5, 6], null]);
});

test("the same script gives the same bytes", async () => {
  expect(await lower(program)).toBe(await lower(program));
});

test("functions stand before they are called, since the watch hoists none", async () => {
  const lowered = await lower("said = [first(), first()]; function first() { return said; }");
  expect(lowered).toStartWith("!function(){function");
});

test("nothing of a bundle is seen outside of it", async () => {
  const lowered = await lower(
    "class A { #a = 1; get a() { return { ...said, a: this.#a }; } } said = new A();",
  );
  const names: unknown = runInNewContext(
    `var said = {}; ${lowered}; Object.keys(globalThis).join()`,
  );
  expect(names).toBe("said");
});

test("what the watch lacks and has under another name is renamed", async () => {
  const lowered = await lower(
    "said = (x) => { if (!Number.isFinite(x)) throw new RangeError('no “number”'); };",
  );
  expect(lowered).not.toMatch(/RangeError|Number|[^ -~]/);
});

test("a function that is called once is written in, but not where samples go through", async () => {
  const module = (path: string): Promise<string> =>
    lower(`
      // ${path}
      function once(x) { for (let i = 0; i < x; i++) said.push(i); return said; }
      said = () => once(4);`);
  expect(await module("devices/wristband/program/settings.ts")).not.toMatch(/function \w+\(/);
  expect(await module("devices/wristband/signals/steps.ts")).toMatch(/function \w+\(/);
});
