/** The parts of twins as shadows: that it is the very same twin, under the same rules, whoever speaks which language. */
import { afterEach, beforeEach, expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import type { Role } from "#api/access/roles.ts";
import { lyon } from "#api/trial.ts";
import { TwinView } from "#api/twins/contract.ts";
import { after, device, entryOf, pulse } from "#twins/specimens.ts";

import { type AwsScene, type AwsUser, openAwsScene } from "./scene.ts";

let scene: AwsScene;
let fleet: AwsUser;
beforeEach(async () => {
  scene = await openAwsScene(Date.now);
  fleet = await scene.user();
});
afterEach(() => scene.close());

const band = device("B-1").serial;
const dense = { config: { profile: "dense" } };

async function read(role: Role = "fleet"): Promise<TwinView> {
  return Value.Parse(TwinView, await (await scene.get("/v1/twins/B-1?include=sync", role)).json());
}

test("what is desired of a part by its shadow is a wish of the same twin, and is told to the door", async () => {
  await fleet.update("B-1", { state: { desired: { profile: "dense" } } }, "config");
  const { parts, sync } = await read();
  expect(parts["config"]?.desired).toEqual({ profile: "dense" });
  expect(sync?.["config/profile"]).toMatchObject({ state: "pending" });
  expect(sync?.["config/profile"]?.by).toMatch(/^aws:VK[A-Z0-9]{18}$/);
  expect(await scene.redis.streams.length(scene.keys.down(scene.keys.of(band)))).toBe(1);
});

test("the classic shadow shows every part under its name, beside what is no part", async () => {
  await fleet.update("B-1", { state: { desired: { ...dense, led: "on" } } });
  await scene.tell(entryOf("reported", { t: after(1), parts: { config: { profile: "seed" } } }));
  const { state } = await fleet.get("B-1");
  expect(state).toEqual({
    desired: { config: { profile: "dense" }, led: "on" },
    reported: { config: { profile: "seed" } },
    delta: { config: { profile: "dense" }, led: "on" },
  });
  expect((await fleet.get("B-1", "config")).state).toEqual({
    desired: { profile: "dense" },
    reported: { profile: "seed" },
    delta: { profile: "dense" },
  });
  expect(await fleet.list("B-1")).toEqual(["config"]);
});

test("a version of a shadow rises with what is told to the twin in any other way", async () => {
  const first = await fleet.update("B-1", { state: { desired: dense } });
  await scene.tell(entryOf("reported", { t: after(1), parts: { config: { profile: "seed" } } }));
  const stale = { state: { desired: { led: "on" } }, version: first.version };
  expect((await scene.refusal(fleet.update("B-1", stale))).status).toBe(409);
  const { version } = await fleet.get("B-1");
  expect(version).toBeGreaterThan(first.version);
  expect((await fleet.update("B-1", { ...stale, version })).version).toBe(version + 1);
});

test("a leaf that no device knows, or a value that it may not have, is refused as natively", async () => {
  const wrong = [{ config: { volume: 11 } }, { config: { profile: "loud" } }, { config: "dense" }];
  for (const desired of wrong) {
    expect((await scene.refusal(fleet.update("B-1", { state: { desired } }))).status).toBe(400);
  }
  expect((await read()).parts).toEqual({});
  expect((await scene.refusal(fleet.get("B-1"))).status).toBe(404);
});

test("D7: one member that may not be written refuses all of the request", async () => {
  const mixed = { desired: { led: "on" }, reported: { power: { battery: 3 } } };
  const refused = await scene.refusal(fleet.update("B-1", { state: mixed }));
  expect(refused).toMatchObject({ status: 403, message: "Only the device itself reports power" });
  expect((await scene.refusal(fleet.get("B-1"))).status).toBe(404);
});

test("H-06: vital signs are in no shadow for those who may not read them, and in their own for those who may", async () => {
  await scene.tell(pulse(72, after(1)));
  expect(JSON.stringify(await fleet.get("B-1"))).not.toContain("heart-rate");
  expect((await scene.refusal(fleet.get("B-1", "vitals"))).status).toBe(404);
  expect(await fleet.list("B-1")).not.toContain("vitals");
  const nurse = await scene.user("nurse");
  expect((await nurse.get("B-1", "vitals")).state).toEqual({ reported: { "heart-rate": 72 } });
});

test("a shadow written by those who may not see vital signs keeps them in the twin", async () => {
  await scene.tell(pulse(72, after(1)));
  await fleet.update("B-1", { state: { desired: dense } });
  expect((await read("doctor")).parts["vitals"]?.reported).toEqual({ "heart-rate": 72 });
});

test("deleting a shadow withdraws what is desired; what the device reported stays its own", async () => {
  await fleet.update("B-1", { state: { desired: { ...dense, led: "on" } } });
  await scene.tell(entryOf("reported", { t: after(1), parts: { config: { profile: "seed" } } }));
  await fleet.remove("B-1");
  expect((await scene.refusal(fleet.get("B-1"))).status).toBe(404);
  const { parts } = await read();
  expect(parts["config"]).toMatchObject({ desired: {}, reported: { profile: "seed" } });
  await scene.tell(
    entryOf("reported", { t: after(2), parts: { config: { profile: "dense" } } }, { seq: 2 }),
  );
  expect((await fleet.get("B-1")).state).toEqual({ reported: { config: { profile: "dense" } } });
});

test("another tenant's thing, and a retired one, are things that do not exist", async () => {
  await fleet.update("B-1", { state: { desired: dense } });
  const other = await scene.user("fleet", lyon);
  for (const asked of [other.get("B-1"), other.remove("B-1"), other.list("B-1")]) {
    expect((await scene.refusal(asked)).status).toBe(404);
  }
  const update = other.update("B-1", { state: { desired: { led: "on" } } });
  expect((await scene.refusal(update)).status).toBe(404);
  await scene.twins.retire(band);
  expect((await scene.refusal(fleet.get("B-1"))).status).toBe(404);
});

test("of many who write one shadow at once every one is heard, and each version is given once", async () => {
  const writes = Array.from({ length: 8 }, (_, n) =>
    fleet.update("B-1", { state: { desired: { [`n${n}`]: n, ...dense } } }),
  );
  const versions = (await Promise.all(writes)).map(({ version }) => version);
  expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const { state } = await fleet.get("B-1");
  expect(Object.keys(state!["desired"] as object)).toHaveLength(9);
});

test("a thing has at most sixteen named shadows besides its parts", async () => {
  for (let n = 0; n < 16; n += 1) {
    await fleet.update("B-1", { state: { desired: { n } } }, `s${n}`);
  }
  const one = fleet.update("B-1", { state: { desired: { n: 1 } } }, "s16");
  expect((await scene.refusal(one)).status).toBe(400);
  await fleet.update("B-1", { state: { desired: { profile: "dense" } } }, "config");
});
