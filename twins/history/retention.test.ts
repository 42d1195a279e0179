/**
 * Goal: what retention lets go of is gone, what it must keep is kept, and every moment since is told as before.
 * Method: made-up histories over years, looked at before and after.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { after, device } from "#twins/specimens.ts";
import type { Json } from "#wire/messages.ts";

import { recordsFrom } from "./book.ts";
import { type ChainScene, day, openChainScene } from "./chain-scene.ts";
import { pastOf } from "./past.ts";
import { keptDays } from "./policy.ts";
import { letGo } from "./retention.ts";
import { verifyChain } from "./verify.ts";

const now = after(900 * day);
const horizon = (days: number): number => (900 - days) * day;

function textsOf({ book, chain }: ChainScene, serial = "B-1"): string[] {
  const { no, head } = chain(serial);
  return [...recordsFrom(book, { no }, head)].map(({ record }) => {
    const { kind, changed } = record;
    return [kind, ...changed.map(({ path, value }) => `${path}=${JSON.stringify(value)}`)].join(
      " ",
    );
  });
}

function letAllGo(scene: ChainScene): number {
  let all = 0;
  for (let turns = 0; turns < 1000; turns += 1) all += letGo(scene.book, now, 3);
  return all;
}

test("technical changes go after 90 days, firmware and what was wanted after two years", () => {
  const scene = openChainScene();
  scene.tell("B-1", 0);
  scene.tell("B-1", 100 * day, { "power/battery": 90, "firmware/version": "1.0.0" });
  scene.tell("B-1", 150 * day, { "power/battery": 80 });
  scene.tell("B-1", 300 * day, { "firmware/version": "2.0.0" });
  scene.tell("B-1", 400 * day, { "power/battery": 70 });
  scene.tell("B-1", 500 * day, { "power/battery": 60 });
  scene.tell("B-1", 600 * day, { "desired/config/profile": "dense" });
  scene.tell("B-1", 850 * day, { "power/battery": 50 });
  expect(letAllGo(scene)).toBe(5);
  expect(textsOf(scene)).toEqual([
    "changed power/battery=50",
    'changed desired/config/profile="dense"',
    "trimmed",
    'changed firmware/version="2.0.0"',
    "trimmed",
  ]);
  expect(scene.book.trimming("technical")).toMatchObject({ removed: 3 });
  expect(scene.book.trimming("lasting")).toMatchObject({ removed: 2 });
  scene.book.close();
});

test("what was before is gone, and says until when; what is since is as it was", () => {
  const scene = openChainScene();
  scene.tell("B-1", 0);
  scene.tell("B-1", 700 * day, { "power/battery": 80 });
  scene.tell("B-1", 850 * day, { "power/battery": 70 });
  const at = (days: number) => pastOf(scene.book, scene.chain(), { at: after(days * day) });
  const before = at(820);
  expect(before).toMatchObject({
    kind: "known",
    state: { "power/battery": [80, after(700 * day)] },
  });
  letAllGo(scene);
  expect(at(820)).toEqual(before);
  expect(at(699)).toEqual({ kind: "gone", until: after(700 * day) });
  expect(pastOf(scene.book, scene.chain(), { rev: 1 })).toMatchObject({ kind: "gone" });
  scene.book.close();
});

const leaves = fc.constantFrom<Record<string, Json>[]>(
  { "power/battery": 1 },
  { "power/battery": 2 },
  { "power/battery": null },
  { "radio/link": "up" },
  { "firmware/version": "1" },
  { "firmware/version": "2", "power/battery": 3 },
  { "desired/config/profile": "dense" },
);
const story = fc.array(
  fc.record({ serial: fc.constantFrom("B-1", "B-2"), gap: fc.nat(60), leaves }),
  { minLength: 4, maxLength: 80, size: "max" },
);

test("TW-08: every moment that is kept is told as before, and the chain holds", async () => {
  const law = fc.asyncProperty(story, async (steps) => {
    const scene = openChainScene();
    let days = 0;
    for (const step of [{ serial: "B-1" }, { serial: "B-2" }]) scene.tell(step.serial, 0);
    for (const { serial, gap, leaves: told } of steps) {
      days = Math.min(899, days + gap);
      scene.tell(serial, days * day, told);
    }
    const moments = [0, 1, 30, 60, 89].map((ago) => after((900 - ago) * day));
    const pastNow = () =>
      ["B-1", "B-2"].map((serial) =>
        moments.map((at) => pastOf(scene.book, scene.chain(serial), { at })),
      );
    const before = pastNow();
    letAllGo(scene);
    expect(pastNow()).toEqual(before);
    for (const serial of ["B-1", "B-2"]) {
      const how = { now, pause: async () => undefined };
      expect(await verifyChain(scene.book, scene.chain(serial), how)).toMatchObject({
        kind: "holds",
      });
      for (const { record } of recordsFrom(
        scene.book,
        scene.chain(serial),
        scene.chain(serial).head,
      )) {
        if (record.kind === "trimmed") continue;
        expect(record.at >= after(horizon(keptDays.lasting))).toBe(true);
        const isTechnical = record.changed.every(({ path }) => /^(power|radio)/.test(path));
        if (isTechnical) expect(record.at >= after(horizon(keptDays.technical))).toBe(true);
      }
    }
    scene.book.close();
  });
  await fc.assert(law, { numRuns: 60 });
}, 30_000);

test("a retired twin's history ends as any other", () => {
  const scene = openChainScene();
  scene.tell("B-1", 0);
  scene.tell("B-1", day, { "power/battery": 80 });
  scene.tell("B-1", 2 * day, "end");
  letAllGo(scene);
  expect(textsOf(scene)).toEqual(["trimmed"]);
  expect(pastOf(scene.book, scene.chain(), { at: now })).toMatchObject({
    state: { retiredAt: [after(2 * day), after(2 * day)] },
  });
  expect(device("B-1").serial).toBe(scene.chain().serial);
  scene.book.close();
});
