/**
 * Goal: the registry never says two things at once about a device, forgets nothing, and says the same in every process.
 * Method: a database file per test, Redis in memory, a clock that is moved by hand; two registries stand for two processes.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as fc from "fast-check";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import type { Streams } from "#platform/stream/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { type BoxSerial, parseBox, parseSerial, parseTenant, type Serial } from "#wire/identity.ts";
import { Hours, Instant, later, Millis, Seconds } from "#wire/units.ts";

import { keysFor } from "./keys.ts";
import type { RegistryChange } from "./registry-port.ts";
import { type HomeRecord, type OpenRegistry, openRegistry } from "./registry.ts";

const start = Instant(Date.UTC(2026, 10, 21));
const keys = keysFor(4);
const demo = parseTenant("demo")!;
const other = parseTenant("other")!;
const box = (name: string): BoxSerial => parseBox(`X-${name}`)!;
const band = (name: string): Serial => parseSerial(`B-${name}`)!;

let folder: string;
let world: ReturnType<typeof newWorld>;

function newWorld() {
  const clock = createVirtualClock({ start });
  const { streams } = createMemoryRedis(clock);
  const opened: OpenRegistry[] = [];
  const open = async (path = join(folder, "registry.db"), through: Streams = streams) => {
    const registry = await openRegistry({ path, streams: through, keys, clock, log: silent });
    opened.push(registry);
    return registry;
  };
  return { clock, streams, open, close: () => opened.forEach((registry) => registry.close()) };
}

let certificates = 0;
function home(name: string, behind: readonly Serial[] = [band(name)]): HomeRecord {
  const fingerprint = (certificates++).toString(16).padStart(64, "0");
  const expiresAt = later(start, Hours(24 * 730));
  return { tenant: demo, box: box(name), behind, fingerprint, expiresAt };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigie-registry-"));
  world = newWorld();
});
afterEach(() => {
  world.close();
  rmSync(folder, { recursive: true });
});

test("an enrolled home is found by serial, by certificate and by box, also after a restart", async () => {
  const first = await world.open();
  const request = home("1");
  const answer = await first.enrol(request);
  expect(answer.kind).toBe("enrolled");

  for (const registry of [first, await world.open()]) {
    expect(registry.device("B-1")).toEqual({
      serial: band("1"),
      kind: "wristband",
      tenant: demo,
      box: box("1"),
      fingerprint: null,
      enrolledAt: start,
      revokedAt: null,
    });
    expect(registry.byFingerprint(request.fingerprint)?.serial).toBe(box("1"));
    expect(registry.behind(box("1")).map(({ serial }) => serial)).toEqual([box("1"), band("1")]);
    expect([...registry.all()].length).toBe(2);
    expect(registry.device("B-2")).toBeUndefined();
  }
});

test("a serial of another tenant, or a wristband of another box, is refused and nothing is written", async () => {
  const registry = await world.open();
  await registry.enrol(home("1"));
  const refusals = await registry.enrolMany([
    { ...home("1"), tenant: other },
    { ...home("2", [band("1")]), tenant: other },
    home("3", [band("3"), band("1")]),
    home("4"),
  ]);
  expect(refusals.map((answer) => (answer.kind === "refused" ? answer.code : "enrolled"))).toEqual([
    "other_tenant",
    "other_tenant",
    "other_box",
    "enrolled",
  ]);
  expect([...registry.all()].map(({ serial }) => String(serial)).toSorted()).toEqual([
    "B-1",
    "B-4",
    "X-1",
    "X-4",
  ]);
});

test("enrolling a home again replaces its certificate and nothing else", async () => {
  const registry = await world.open();
  const before = home("1");
  await registry.enrol(before);
  await world.clock.advance({ by: Hours(1) });
  const after = home("1");
  const answer = await registry.enrol(after);

  expect(answer.kind === "enrolled" && answer.devices[0]?.enrolledAt).toBe(start);
  expect(registry.byFingerprint(before.fingerprint)).toBeUndefined();
  expect(registry.byFingerprint(after.fingerprint)?.serial).toBe(box("1"));
  expect(registry.custody(band("1"))).toEqual([{ box: box("1"), since: start, until: null }]);
});

test("SE-06: a revoked box is still known by its certificate, as revoked, and is never enrolled again", async () => {
  const registry = await world.open();
  const request = home("1");
  await registry.enrol(request);
  await world.clock.advance({ by: Hours(1) });
  const revokedAt = world.clock.now();
  await registry.revoke(box("1"));
  await world.clock.advance({ by: Hours(1) });

  const again = await registry.revoke(box("1"));
  expect(again.kind === "changed" && again.device.revokedAt).toBe(revokedAt);
  expect(registry.byFingerprint(request.fingerprint)?.revokedAt).toBe(revokedAt);
  expect(await registry.enrol(home("1"))).toMatchObject({ kind: "refused", code: "revoked" });
  expect(registry.behind(box("1")).map(({ serial }) => serial)).toEqual([box("1")]);
  expect(registry.device("B-1")).toMatchObject({ box: null, revokedAt: null });
  expect((await registry.enrol(home("2", [band("1")]))).kind).toBe("enrolled");
});

test("what was never enrolled can be neither revoked nor linked", async () => {
  const registry = await world.open();
  await registry.enrol(home("1"));
  expect(await registry.revoke(box("9"))).toMatchObject({ code: "unknown", serial: "X-9" });
  expect(await registry.link(band("9"), box("1"))).toMatchObject({ code: "unknown" });
  expect(await registry.link(band("1"), box("9"))).toMatchObject({ code: "unknown" });
});

test("a wristband that moves to another box leaves the dates of both", async () => {
  const registry = await world.open();
  await registry.enrolMany([home("1"), home("2", [])]);
  await world.clock.advance({ by: Hours(5) });
  const moved = await registry.link(band("1"), box("2"));

  const at = later(start, Hours(5));
  expect(moved).toMatchObject({ kind: "changed", device: { box: "X-2" } });
  expect(registry.custody(band("1"))).toEqual([
    { box: box("1"), since: start, until: at },
    { box: box("2"), since: at, until: null },
  ]);
  expect(registry.behind(box("1")).length).toBe(1);
  expect(registry.behind(box("2")).map(({ serial }) => String(serial))).toEqual(["X-2", "B-1"]);
});

test("a change in one process reaches the watchers of another without time passing", async () => {
  const here = await world.open();
  const there = await world.open();
  const heard: string[] = [];
  const stop = there.watch(({ kind, device }: RegistryChange) => {
    heard.push(`${kind} ${device.serial}`);
  });
  await here.enrolMany([home("1"), home("2", [])]);
  await here.link(band("1"), box("2"));
  await here.revoke(box("1"));
  await world.clock.advance({ by: Millis(0) });
  expect(heard).toContain("revoked X-1");
  expect(there.device("B-1")?.box).toBe(box("2"));
  expect([...there.all()]).toEqual([...here.all()]);

  stop();
  const count = heard.length;
  await here.revoke(box("2"));
  await world.clock.advance({ by: Millis(0) });
  expect(there.device("X-2")?.revokedAt).not.toBeNull();
  expect(heard.length).toBe(count);
});

test("a change that was committed but never announced is found within two seconds", async () => {
  const mute: Streams = {
    ...world.streams,
    last: (key) => world.streams.last(key),
    read: (positions, options) => world.streams.read(positions, options),
    append: () => Promise.reject(new Trouble("stream-unreachable", { retry: "ambiguous" })),
  };
  const dying = await world.open(undefined, mute);
  const there = await world.open();
  expect((await dying.enrol(home("1"))).kind).toBe("enrolled");
  expect(there.device("X-1")).toBeUndefined();
  await world.clock.advance({ by: Seconds(2) });
  expect(there.device("X-1")?.tenant).toBe(demo);
});

test("following goes on when Redis was away", async () => {
  let away = true;
  const flaky: Streams = {
    ...world.streams,
    last: (key) => world.streams.last(key),
    read: (positions, options) =>
      away
        ? Promise.reject(new Trouble("stream-unreachable", { retry: "safe" }))
        : world.streams.read(positions, options),
  };
  const here = await world.open();
  const there = await world.open(undefined, flaky);
  await here.enrol(home("1"));
  away = false;
  await world.clock.advance({ by: Seconds(2) });
  expect(there.device("X-1")?.tenant).toBe(demo);
});

test("a thousand homes are enrolled at once, and a repeat of them changes no link", async () => {
  const registry = await world.open();
  const names = Array.from({ length: 1000 }, (_, i) => String(i));
  const first = await registry.enrolMany(names.map((name) => home(name)));
  await world.clock.advance({ by: Hours(1) });
  const second = await registry.enrolMany(names.map((name) => home(name)));
  expect([...first, ...second].every(({ kind }) => kind === "enrolled")).toBe(true);
  expect([...registry.all()].length).toBe(2000);
  expect(registry.custody(band("999"))).toEqual([{ box: box("999"), since: start, until: null }]);
});

/** One step of a random life of the registry; devices and boxes by small numbers, so that they collide. */
type Step =
  | { readonly op: "enrol"; readonly tenant: boolean; readonly box: number; readonly band: number }
  | { readonly op: "link"; readonly band: number; readonly box: number | null }
  | { readonly op: "revoke"; readonly band: boolean; readonly number: number }
  | { readonly op: "wait"; readonly ms: number };

const few = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constant("enrol" as const), tenant: fc.boolean(), box: few, band: few }),
  fc.record({ op: fc.constant("link" as const), band: few, box: fc.option(few) }),
  fc.record({ op: fc.constant("revoke" as const), band: fc.boolean(), number: few }),
  fc.record({ op: fc.constant("wait" as const), ms: fc.integer({ min: -5000, max: 5000 }) }),
);

test("law: links never overlap, a revocation is final, and every process says the same, even as the clock jumps back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { streams } = world;
      let now = start;
      const clock = { ...world.clock, now: () => now, sleep: () => world.clock.sleep(Seconds(2)) };
      const path = join(folder, `${Bun.randomUUIDv7()}.db`);
      const registry = await openRegistry({ path, streams, keys, clock, log: silent });
      const revoked = new Map<string, Instant>();
      registry.watch(({ device }) => {
        if (device.revokedAt !== null) revoked.set(device.serial, device.revokedAt);
      });
      for (const one of steps) {
        if (one.op === "wait") now = Instant(now + one.ms);
        else await take(registry, one);
        for (const [serial, at] of revoked) {
          expect(registry.device(serial)).toMatchObject({
            revokedAt: at,
            box: boxOfRevoked(serial),
          });
        }
      }
      for (const { serial, box: held } of registry.all()) {
        if (serial.startsWith("B-")) expectSound(registry, { serial, held });
      }
      const reopened = await openRegistry({ path, streams, keys, clock, log: silent });
      const bySerial = (one: OpenRegistry) => new Map([...one.all()].map((it) => [it.serial, it]));
      expect(bySerial(reopened)).toEqual(bySerial(registry));
      reopened.close();
      registry.close();
    }),
    { numRuns: 60 },
  );
});

async function take(registry: OpenRegistry, one: Exclude<Step, { op: "wait" }>): Promise<void> {
  switch (one.op) {
    case "enrol": {
      const request = home(String(one.box), [band(String(one.band))]);
      await registry.enrol({ ...request, tenant: one.tenant ? demo : other });
      return;
    }
    case "link":
      await registry.link(band(String(one.band)), one.box === null ? null : box(String(one.box)));
      return;
    case "revoke":
      await registry.revoke(one.band ? band(String(one.number)) : box(String(one.number)));
  }
}

/** A revoked wristband hangs on nothing; a box hangs on itself. */
function boxOfRevoked(serial: string): BoxSerial | null {
  return parseBox(serial) ?? null;
}

function expectSound(
  registry: OpenRegistry,
  { serial, held }: { serial: Serial; held: BoxSerial | null },
): void {
  const spans = registry.custody(serial);
  spans.forEach((span, i) => {
    const next = spans[i + 1];
    expect(span.until === null || span.until > span.since).toBe(true);
    if (next !== undefined) expect(span.until !== null && span.until <= next.since).toBe(true);
  });
  const last = spans.at(-1);
  expect(last?.until === null ? last.box : null).toBe(held);
}
