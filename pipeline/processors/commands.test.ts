/** Commands in the processor: answers find them in any order, deadlines end them with nobody connected. */
import { expect, test } from "bun:test";

import { openMemorySql } from "#platform/sql/memory.ts";
import { parseChange } from "#twins/changes.ts";
import type { Order } from "#twins/commands/book.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { after, device, entryOf } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { Seconds } from "#wire/units.ts";

import { createScene } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

const band = device("B-1").serial;
const order: Order = {
  id: "c-0000001",
  name: "locate",
  args: {},
  deadline: after(60_000),
  by: "u:42",
};

async function open() {
  const scene = createScene();
  const twins = createTwinStore(scene);
  for (const one of scene.registry.all()) await twins.create(one);
  const commands = createCommandStore(scene);
  const openAs = (owner: string) =>
    openTwinsProcessor({
      ...scene.as(owner),
      registry: scene.registry,
      checkpoint: openMemorySql(),
    });
  let seq = 0;
  return {
    scene,
    commands,
    openAs,
    answer: (state: string, body: object = {}) => {
      seq += 1;
      const answer = { id: order.id, epoch: "e1", seq, t: after(seq), state, ...body };
      return scene.say(entryOf("answer", answer, { seq }));
    },
    told: async () =>
      (await scene.all(scene.keys.changes(scene.keys.of(band))))
        .flatMap(({ fields }) => parseChange(fields)?.changed ?? [])
        .filter(({ path }) => path.startsWith("commands/"))
        .map(({ value }) => value),
  };
}

test("what a device answers is told with its result, and an older word changes nothing", async () => {
  const { commands, openAs, answer, told } = await open();
  await commands.issue(band, order);
  await answer("accepted");
  await answer("done", { result: { bpm: 71 } });
  await answer("accepted");
  const processor = openAs("a");
  await processor.drain();
  expect((await commands.list(band)).get(order.id)).toMatchObject({
    state: "done",
    accepted: { t: after(1), seq: 1 },
    ended: { t: after(2), result: { bpm: 71 } },
  });
  expect(await told()).toEqual(["queued", "done"]);
});

test("F32: answers that are handed out again, and answers to nothing, have no effect", async () => {
  const { commands, openAs, answer, told } = await open();
  await commands.issue(band, order);
  await answer("failed", { code: "out_of_range" });
  await answer("failed", { code: "other", id: "c-unknown-1" });
  await openAs("a").drain();
  await openAs("a").drain();
  expect((await commands.list(band)).get(order.id)?.ended).toMatchObject({ code: "out_of_range" });
  expect((await commands.list(band)).size).toBe(1);
  expect(await told()).toEqual(["queued", "failed"]);
});

test("a deadline ends a command although nobody is connected, and a late word outweighs it", async () => {
  const { scene, commands, openAs, answer, told } = await open();
  await commands.issue(band, order);
  const processor = openAs("a");
  await processor.drain();
  await scene.clock.advance({ by: Seconds(66) });
  for (let round = 0; round < 8; round++) await processor.drain();
  expect(await told()).toEqual(["queued", "expired"]);
  await answer("done");
  await processor.drain();
  expect(await told()).toEqual(["queued", "expired", "done"]);
  expect(await commands.deadlines(scene.keys.of(band))).toEqual(new Map());
});
