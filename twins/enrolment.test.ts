import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { openAuthority } from "#platform/pki.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { parseBox, parseSerial, parseTenant } from "#wire/identity.ts";
import { Hours, Instant } from "#wire/units.ts";

import { createEnrolment, type HomeRequest } from "./enrolment.ts";
import { keysFor } from "./keys.ts";
import { openRegistry } from "./registry.ts";
import { createTwinStore, type TwinStore } from "./store.ts";

const keys = keysFor(4);
const tenant = parseTenant("demo")!;
const wristband = parseSerial("B-1")!;
const home = (name: string): HomeRequest => ({ tenant, box: parseBox(`X-${name}`)!, wristband });

let folder: string;
let world: Awaited<ReturnType<typeof openWorld>>;

async function openWorld() {
  const clock = createVirtualClock({ start: Instant(Date.UTC(2026, 10, 21)) });
  const { cells, streams } = createMemoryRedis(clock);
  const path = join(folder, "registry.db");
  const registry = await openRegistry({ path, streams, keys, clock, log: silent });
  const authority = await openAuthority(join(folder, "pki"), clock);
  const twins = createTwinStore({ cells, keys, clock });
  const enrolment = createEnrolment({ registry, authority, twins, clock });
  return { clock, registry, authority, twins, enrolment };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vigie-enrolment-"));
  world = await openWorld();
});
afterEach(() => {
  world.registry.close();
  rmSync(folder, { recursive: true });
});

test("TW-01: enrolling a home gives each device a twin, and its box a certificate that the registry knows", async () => {
  const { registry, twins, enrolment } = world;
  const answer = await enrolment.enrol(home("1"));
  if (answer.kind === "refused") throw new Error(answer.why);

  expect(answer.devices.map(({ serial }) => String(serial))).toEqual(["X-1", "B-1"]);
  expect(registry.byFingerprint(answer.credentials.fingerprint)?.serial).toBe(home("1").box);
  expect(await twins.read(wristband)).toMatchObject({ tenant, links: { box: "X-1" } });
  expect(await twins.read(home("1").box)).toMatchObject({ tenant, links: { box: "X-1" } });
});

test("a refused home gets no twin", async () => {
  const { twins, enrolment } = world;
  await enrolment.enrol(home("1"));
  const answer = await enrolment.enrol({ ...home("2"), tenant: parseTenant("other")! });
  expect(answer).toMatchObject({ kind: "refused", code: "other_tenant", serial: "B-1" });
  expect(await twins.read(home("2").box)).toBeNull();
});

test("enrolling again after a crash makes the twin that is missing and renews the certificate", async () => {
  const { registry, authority, twins, clock, enrolment } = world;
  const crashing: TwinStore = { ...twins, create: () => Promise.reject(new Error("killed")) };
  const cut = createEnrolment({ registry, authority, twins: crashing, clock });
  const failed = await cut.enrol(home("1")).catch((error: unknown) => error);
  expect(failed).toEqual(new Error("killed"));

  const answer = await enrolment.enrol(home("1"));
  expect(answer.kind).toBe("enrolled");
  expect((await twins.read(wristband))?.rev).toBe(1);
});

test("a wristband freed by the revocation of its box says so, and then hangs on the next one", async () => {
  const { clock, twins, enrolment } = world;
  await enrolment.enrol(home("1"));
  await clock.advance({ by: Hours(1) });
  await enrolment.revoke(home("1").box);
  expect((await twins.read(wristband))?.links.box).toBeNull();

  await enrolment.enrol(home("2"));
  expect(await twins.read(wristband)).toMatchObject({ rev: 3, links: { box: "X-2" } });
});

test("many homes are answered in order, and a refused one leaves the others alone", async () => {
  const homes = Array.from({ length: 300 }, (_, i) => home(String(i)));
  const [first, ...others] = await world.enrolment.enrolMany(homes);
  expect(first?.kind).toBe("enrolled");
  expect(others.every((answer) => answer.kind === "refused")).toBe(true);
  const boxes = homes.map(({ tenant: whose, box }) => ({ tenant: whose, box }));
  const alone = await world.enrolment.enrolMany(boxes);
  expect(alone.map((answer) => answer.kind === "enrolled" && answer.devices[0]?.serial)).toEqual(
    boxes.map(({ box }) => box),
  );
});
