import { describe, expect, test } from "bun:test";

import { pulse } from "#twins/specimens.ts";
import { Hours, Minutes } from "#wire/units.ts";

import { createScene } from "./scene.ts";
import { trimTail } from "./tail.ts";

const consumer = { group: "twins", consumer: "a" };

/** A stream with an entry every ten minutes for three hours, a group that has settled `settled` of them. */
async function fill(settled: number) {
  const scene = createScene();
  const key = scene.keys.inbound(scene.keys.of("X-1"));
  const ids: string[] = [];
  for (let seq = 0; seq < 18; seq += 1) {
    ids.push(await scene.say(pulse(70, scene.clock.now(), { seq })));
    await scene.clock.advance({ by: Minutes(10) });
  }
  await scene.streams.createGroup(key, "twins", "0-0");
  await scene.streams.readGroup([key], consumer, { limit: settled, blockMs: 0 });
  await scene.streams.acknowledge(key, "twins", ids.slice(0, settled));
  const left = async (saved: string | null): Promise<number> => {
    await trimTail(scene, { key, keep: Hours(1), saved });
    return scene.streams.length(key);
  };
  return { scene, key, ids, left };
}

describe("a stream keeps", () => {
  test("an hour of what everybody has settled and a checkpoint holds", async () => {
    const { ids, left } = await fill(18);
    expect(await left(ids[17]!)).toBe(6);
  });

  test("F34: all that the slowest group has not acknowledged", async () => {
    const { ids, left } = await fill(4);
    expect(await left(ids[17]!)).toBe(18 - 3);
  });

  test("F34: what was handed out and is not acknowledged", async () => {
    const { scene, key, ids, left } = await fill(4);
    await scene.streams.readGroup([key], consumer, { limit: 14, blockMs: 0 });
    await scene.streams.acknowledge(key, "twins", ids.slice(6));
    expect(await left(ids[17]!)).toBe(18 - 4);
  });

  test("all that no checkpoint holds, and everything while there is none", async () => {
    const { ids, left } = await fill(18);
    expect(await left(null)).toBe(18);
    expect(await left(ids[2]!)).toBe(18 - 2);
  });

  test("everything while no group has come yet", async () => {
    const { scene, ids } = await fill(18);
    const key = scene.keys.critical(0);
    await scene.streams.append(key, {});
    await trimTail(scene, { key, keep: Hours(0), saved: ids[17]! });
    expect(await scene.streams.length(key)).toBe(1);
  });
});
