/**
 * Goal: taking a change back leaves every leaf as if the change had never been, but those that others wrote after it.
 * Method: a plain model of leaves beside the real thing, under writes by others before, between and after.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { assert } from "#platform/assert.ts";
import { editTwin, type TwinPatch } from "#twins/desired/edit.ts";
import type { Twin } from "#twins/document.ts";
import { after, device, start } from "#twins/specimens.ts";
import { createTwin } from "#twins/twin.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";

import type { BulkLeaf } from "./change.ts";
import { applyTo, heldAt, takeBack } from "./edit.ts";
import { forecast } from "./forecast.ts";
import { openBulkScene, planFor } from "./scene.ts";

/** Leaves of a wristband, and values that they may have. */
const values: Readonly<Record<string, readonly Json[]>> = {
  "desired/config/profile": ["dense", "saver", null],
  "desired/config/hypoxaemia": [88, 90, null],
  "desired/firmware/version": ["2.3.0", "2.4.0", null],
  "tags/lot": ["a", "b", null],
};
const paths = Object.keys(values);
const leaf: fc.Arbitrary<BulkLeaf> = fc
  .constantFrom(...paths)
  .chain((path) =>
    fc.record({ path: fc.constant(path), value: fc.constantFrom(...values[path]!) }),
  );
const leaves = fc.uniqueArray(leaf, { selector: ({ path }) => path, minLength: 1, maxLength: 4 });

function patchOf({ path, value }: BulkLeaf): TwinPatch {
  const [head, part = "", name = ""] = path.split("/");
  if (head === "tags") return { tags: { [part]: value }, desired: {} };
  return { desired: { [part]: { [name]: value } } };
}

function stateOf(twin: Twin): Json[] {
  return paths.map((path) => heldAt(twin, path).value);
}

test("whatever others write before, between and after, taking back undoes the change and nothing else", () => {
  const writes = fc.array(leaf, { maxLength: 6 });
  fc.assert(
    fc.property(writes, leaves, writes, (before, wanted, between) => {
      let at = 0;
      const write = (twin: Twin, one: BulkLeaf): Twin => {
        const author = { by: `u:${at}` };
        return editTwin(twin, patchOf(one), { author, now: after(at++) }).twin;
      };
      const held = before.reduce(write, createTwin(device("B-1"), start));
      const plan = planFor(1, { leaves: wanted });
      const applied = applyTo(held, plan, after(100));
      for (const { path, value } of wanted) expect(heldAt(applied.twin, path).value).toEqual(value);
      at = 200;
      const last = between.reduce(write, applied.twin);
      const back = takeBack(last, { plan, former: applied.former }, after(300));
      // A leaf is another's when they wrote it since so that it became, or came back from, another value.
      for (const path of paths) {
        const change = applied.former.find((each) => wanted[each.leaf]?.path === path);
        const isTheirs = change !== undefined && back.left.includes(change.leaf);
        const expected = change === undefined || isTheirs ? last : held;
        expect(heldAt(back.twin, path).value).toEqual(heldAt(expected, path).value);
        if (change === undefined) continue;
        const wrote = between.filter((one) => one.path === path);
        const isMoved = wrote.some(
          ({ value }) => !Bun.deepEquals(value, wanted[change.leaf]!.value),
        );
        if (!isMoved) expect(isTheirs).toBe(false);
        const differs = !Bun.deepEquals(heldAt(last, path).value, wanted[change.leaf]!.value);
        if (differs) expect(isTheirs).toBe(true);
      }
      if (between.length === 0) expect(stateOf(back.twin)).toEqual(stateOf(held));
    }),
    { numRuns: 500 },
  );
});

test("taken back, leaves have their former authors, and changes undone in turn leave nothing behind", () => {
  fc.assert(
    fc.property(leaves, leaves, leaves, (first, second, third) => {
      let twin = createTwin(device("B-1"), start);
      const former: Twin[] = [];
      const done = [first, second, third].map((wanted, at) => {
        const plan = planFor(1, { id: `ch-${at}`, leaves: wanted });
        former.push(twin);
        const applied = applyTo(twin, plan, after(at));
        twin = applied.twin;
        return { plan, former: applied.former };
      });
      for (const work of done.toReversed()) {
        const back = takeBack(twin, work, after(10));
        expect(back.left).toEqual([]);
        twin = back.twin;
        const then = former.pop();
        assert(then !== undefined, "one for each");
        expect(stateOf(twin)).toEqual(stateOf(then));
        for (const path of paths) {
          expect(heldAt(twin, path).wish?.by).toEqual(heldAt(then, path).wish?.by);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("ten thousand devices are forecast, written, and put back exactly, but those that others wrote since", async () => {
  const homes = 10_000;
  const scene = await openBulkScene(homes, 16);
  const plan = planFor(homes);
  const wish = async (serial: Serial, profile: string): Promise<void> => {
    await scene.writer.write(serial, (twin, now) => {
      assert(twin !== null, "it exists");
      const author = { by: "u:somebody" };
      const edited = editTwin(twin, { desired: { config: { profile } } }, { author, now });
      return { kind: "edited", after: edited.twin, changed: edited.changed, ...author };
    });
  };
  const had = scene.bands.filter((_, at) => at % 100 === 0);
  await Promise.all(had.map((serial) => wish(serial, "saver")));
  const fleet = { devices: 2 * homes, homes };
  const seen = await forecast(scene.twins, { plan, members: scene.bands, fleet, now: start });
  await scene.store.make(plan, scene.bands);
  expect(seen).toMatchObject({
    changed: homes,
    blast: { technical: { devices: homes, deviceShare: 0.5, homes, homeShare: 1 } },
  });
  const runner = scene.run("a");
  await scene.steps(plan, "approve", "start");
  await scene.pass(12);
  expect((await scene.at(plan)).standing).toMatchObject({
    state: "settling",
    tally: { waiting: homes },
  });
  const others = scene.bands.filter((_, at) => at % 1000 === 1);
  await Promise.all(others.map((serial) => wish(serial, "standard")));
  await scene.steps(plan, "undo");
  await scene.pass(2);
  expect((await scene.at(plan)).standing).toMatchObject({
    state: "undone",
    tally: { undone: homes - others.length, conflict: others.length },
  });
  const wrong: Serial[] = [];
  for (let from = 0; from < homes; from += 1000) {
    const some = scene.bands.slice(from, from + 1000);
    for (const [at, twin] of (await scene.twins.readMany(some)).entries()) {
      const place = from + at;
      const other = place % 1000 === 1 ? "standard" : undefined;
      const expected = place % 100 === 0 ? "saver" : other;
      if (twin?.parts.config?.desired["profile"] !== expected) wrong.push(some[at]!);
    }
  }
  expect(wrong).toEqual([]);
  await runner.close();
  await scene.close();
}, 30_000);
