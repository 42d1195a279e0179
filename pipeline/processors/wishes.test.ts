/** Wishes in the processor: answers find them, deadlines end them with nobody connected, the end of a device is its twin's. */
import { expect, test } from "bun:test";

import { openMemorySql } from "#platform/sql/memory.ts";
import { parseChange } from "#twins/changes.ts";
import { syncOf } from "#twins/desired/derived.ts";
import { type Author, editTwin } from "#twins/desired/edit.ts";
import { createTwinWriter } from "#twins/desired/writer.ts";
import { after, device, entryOf, start } from "#twins/specimens.ts";
import { createTwinStore } from "#twins/store.ts";
import { Hours, Instant, Seconds } from "#wire/units.ts";

import { createScene } from "./scene.ts";
import { openTwinsProcessor } from "./twins.ts";

const band = device("B-1").serial;

async function open() {
  const scene = createScene();
  const twins = createTwinStore(scene);
  for (const one of scene.registry.all()) await twins.create(one);
  const writer = createTwinWriter({ ...scene, store: twins });
  const wish = (author: Partial<Author> = {}) =>
    writer.write(band, (before, now) => {
      if (before === null) return { kind: "none" };
      const edited = editTwin(
        before,
        { desired: { config: { profile: "dense" } } },
        { author: { by: "u:fleet@nice", ...author }, now },
      );
      return { kind: "edited", after: edited.twin, changed: edited.changed };
    });
  const processor = openTwinsProcessor({
    ...scene.as("a"),
    registry: scene.registry,
    checkpoint: openMemorySql(),
  });
  await processor.drain();
  return {
    scene,
    wish,
    processor,
    stands: async () => syncOf((await twins.read(band))!)["config/profile"],
    read: () => twins.read(band),
    told: async () =>
      (await scene.all(scene.keys.changes(scene.keys.of(band)))).flatMap(({ fields }) => {
        const { kind, cause, changed = [] } = parseChange(fields) ?? {};
        return changed
          .filter(({ path }) => kind !== "created" && !path.startsWith("presence/"))
          .map(({ path, value }) => `${cause} ${path} ${JSON.stringify(value)}`);
      }),
    pass: async (seconds: number) => {
      for (let left = seconds; left > 0; left -= 5) {
        await scene.clock.advance({ by: Seconds(5) });
        await processor.drain();
      }
    },
  };
}

test("TW-03: what a device answers is told step by step, and written as it was wished", async () => {
  const { scene, wish, processor, stands, told } = await open();
  await wish();
  const answer = (state: string, seq: number, more: object = {}) =>
    scene.say(
      entryOf(
        "answer",
        { id: "desired-1", epoch: "e1", seq, t: after(seq), state, ...more },
        { seq },
      ),
    );
  await answer("accepted", 1);
  await processor.drain();
  expect((await stands())?.state).toBe("delivered");
  await answer("done", 2, { result: { "config/profile": { state: "applied" } } });
  await answer("accepted", 1);
  await processor.drain();
  expect((await stands())?.state).toBe("applied");
  expect(await told()).toEqual([
    'api desired/config/profile "dense"',
    'api sync/config/profile "pending"',
    'answer sync/config/profile "delivered"',
    'answer config/profile "dense"',
    'answer sync/config/profile "applied"',
  ]);
});

test("a deadline that passes makes a wish expire within a sweep, and tells whoever keeps watch", async () => {
  const { wish, stands, told, pass } = await open();
  await wish({ deadline: after(60_000), escalate: true });
  await pass(55);
  expect((await stands())?.state).toBe("pending");
  await pass(15);
  expect(await stands()).toMatchObject({ state: "expired", at: after(60_000) });
  expect((await told()).slice(-2)).toEqual([
    'clock sync/config/profile "expired"',
    'clock escalation/config/profile "expired"',
  ]);
});

test("a deadline that passes while no processor runs is found by the next", async () => {
  const { scene, wish, processor, stands } = await open();
  await processor.close();
  await wish({ deadline: after(60_000) });
  await scene.clock.advance({ by: Hours(1) });
  const next = openTwinsProcessor({
    ...scene.as("b"),
    registry: scene.registry,
    checkpoint: openMemorySql(),
  });
  await next.drain();
  expect((await stands())?.state).toBe("expired");
});

test("TW-01: the twin of a device that was revoked, wherever that was done, ends", async () => {
  const { scene, processor, read } = await open();
  scene.registry.put({ ...device("B-1"), revokedAt: Instant(start + 1) });
  await processor.drain();
  expect((await read())?.retiredAt).not.toBeNull();
});
