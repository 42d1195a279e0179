/**
 * Laws of what goes down, whatever people want and whatever breaks: a box that is there has been told all that is
 * outstanding for everything behind it, and nobody is told what was called back (spec twins 3, items 9, 10 and 19).
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Cells } from "#platform/cells/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { isOpen } from "#twins/commands/command.ts";
import { createCommandStore } from "#twins/commands/store.ts";
import { outstandingOf } from "#twins/desired/derived.ts";
import { editTwin } from "#twins/desired/edit.ts";
import { readPatch } from "#twins/desired/patch.ts";
import { createTwinStore } from "#twins/store.ts";
import { kindOf } from "#wire/identity.ts";
import type { Desired } from "#wire/messages.ts";
import { later, Minutes, Seconds } from "#wire/units.ts";

import { type Box, connectTo, createStage, named, start } from "./stage.ts";

/** The home of the law: what hangs on `X-1`. */
const devices = ["X-1", "B-1", "T-1"] as const;
type Device = (typeof devices)[number];

/** One thing that happens. */
type Step =
  | { readonly kind: "want"; readonly device: Device; readonly profile: string | null }
  | { readonly kind: "order"; readonly device: Device }
  | { readonly kind: "cancel"; readonly device: Device }
  | { readonly kind: "take"; readonly device: Device }
  | { readonly kind: "connect" }
  | { readonly kind: "cut" }
  | { readonly kind: "link"; readonly up: boolean }
  | { readonly kind: "restart" }
  | { readonly kind: "store"; readonly away: boolean }
  | { readonly kind: "time"; readonly seconds: number };

const device = fc.constantFrom<Device>("X-1", "B-1");
const anyone = fc.constantFrom<Device>(...devices);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("want" as const),
    device,
    profile: fc.constantFrom("seed", "dense", null),
  }),
  fc.record({
    kind: fc.constantFrom("order" as const, "cancel" as const, "take" as const),
    device: anyone,
  }),
  fc.record({ kind: fc.constantFrom("connect" as const, "cut" as const, "restart" as const) }),
  fc.record({ kind: fc.constant("link" as const), up: fc.boolean() }),
  fc.record({ kind: fc.constant("store" as const), away: fc.boolean() }),
  fc.record({ kind: fc.constant("time" as const), seconds: fc.integer({ min: 1, max: 50 }) }),
);

/** A home whose store may be away, and what people have asked of it. */
async function open() {
  const away = { now: false };
  const guard = <T>(work: () => Promise<T>): Promise<T> =>
    away.now ? Promise.reject(new Trouble("cells-unreachable", { retry: "safe" })) : work();
  const stage = createStage({
    cells: (cells): Cells => ({
      ...cells,
      get: (key, field) => guard(() => cells.get(key, field)),
      getAll: (key) => guard(() => cells.getAll(key)),
      getAllOf: (keys) => guard(() => cells.getAllOf(keys)),
      commit: (units) => guard(() => cells.commit(units)),
    }),
  });
  // People reach the store by another way.
  const deps = { ...stage.redis, keys: stage.keys, clock: stage.clock };
  const twins = createTwinStore(deps);
  for (const one of stage.roster.all()) await twins.create(one);
  return { ...stage, away, twins, commands: createCommandStore(deps) };
}

class World {
  readonly #stage: Awaited<ReturnType<typeof open>>;
  #door;
  box: Box | undefined;
  /** Ids that were called back. */
  readonly #cancelled = new Set<string>();
  #orders = 0;

  constructor(stage: Awaited<ReturnType<typeof open>>) {
    this.#stage = stage;
    this.#door = stage.door;
  }

  async live(one: Step): Promise<void> {
    const { commands, away, clock } = this.#stage;
    switch (one.kind) {
      case "want":
        return this.#want(one.device, one.profile);
      case "order": {
        this.#orders += 1;
        const id = `c-${String(this.#orders).padStart(8, "0")}`;
        const order = {
          id,
          name: "locate",
          args: {},
          by: "u:1",
          deadline: later(clock.now(), Minutes(9)),
        };
        await commands.issue(named.serial(one.device), order);
        return;
      }
      case "cancel":
        return this.#cancel(one.device);
      case "take":
        return this.#take(one.device);
      case "connect":
        return this.#connect();
      case "cut":
        this.box?.session.ended("cut");
        this.box = undefined;
        return;
      case "link":
        return this.#beat(one.up);
      case "restart":
        return this.#restart();
      case "store":
        away.now = one.away;
        return;
      case "time":
        return this.pass(one.seconds);
    }
  }

  /** Seconds go by, with sweeps of the door that lives now. */
  async pass(seconds: number): Promise<void> {
    const { clock } = this.#stage;
    const sweeping = clock.every(Seconds(5), "sweep", () => void this.#door.sweep());
    await clock.advance({ by: Seconds(seconds) });
    sweeping.cancel();
    this.#check();
  }

  /** All is well again, the box is there, and some time passes. */
  async heal(): Promise<void> {
    this.#stage.away.now = false;
    if (this.box === undefined || this.box.closed !== undefined) await this.#connect();
    await this.pass(10);
  }

  /** What the present connection has been told, latest of each kind. */
  heard(of: Device): { desired: Desired | undefined; commands: Set<string> } {
    let desired: Desired | undefined;
    const commands = new Set<string>();
    for (const { topic, payload } of this.box?.down ?? []) {
      const [at, , leaf, id] = topic.split("/").slice(4);
      if (at !== of) continue;
      if (leaf === "desired") desired = JSON.parse(payload) as Desired;
      if (leaf === "command" && id !== undefined) commands.add(id);
    }
    return { desired, commands };
  }

  async #want(of: Device, profile: string | null): Promise<void> {
    const { twins, clock } = this.#stage;
    const before = await twins.read(named.serial(of));
    const patch = readPatch(
      { parts: { config: { desired: { profile } } } },
      kindOf(named.serial(of)),
    );
    if (before === null || patch.kind !== "patch") throw new TypeError("a profile may be wanted");
    const { twin, ...edited } = editTwin(before, patch, {
      author: { by: "u:1" },
      now: clock.now(),
    });
    if (twin !== before) await twins.commit([{ before, after: twin, ...edited, cause: "api" }]);
  }

  async #cancel(of: Device): Promise<void> {
    const { commands } = this.#stage;
    const serial = named.serial(of);
    for (const { id } of (await commands.list(serial)).values()) {
      const { kind } = await commands.cancel(serial, id, "u:1");
      if (kind === "cancelled") this.#cancelled.add(id);
    }
  }

  /** The device has taken the first command that it was told. */
  async #take(of: Device): Promise<void> {
    const [id] = this.heard(of).commands;
    if (id === undefined) return;
    const word = { t: start, epoch: "e1", seq: 1 };
    await this.#stage.commands.hear(named.serial(of), [{ id, said: { state: "done", ...word } }]);
  }

  async #connect(): Promise<void> {
    this.box = connectTo(this.#door, "X-1", "nice");
    this.box.session.subscribed();
  }

  async #beat(up: boolean): Promise<void> {
    const now = this.#stage.clock.now();
    const links = [{ device: "B-1", up, heardAt: now }];
    const buffer = { depth: 0, oldest: null };
    await this.box?.publish("X-1/alive", { t: now, sent: [], links, buffer, power: "mains" });
  }

  async #restart(): Promise<void> {
    this.box = undefined;
    const old = this.#door.close();
    this.#door = this.#stage.open("door");
    await this.#stage.clock.advance({ by: Seconds(3) });
    await old;
  }

  /** Nobody is told what was called back. */
  #check(): void {
    for (const of of devices) {
      for (const id of this.heard(of).commands) expect(this.#cancelled.has(id)).toBe(false);
    }
  }
}

test("spec 3.9, 3.10, 3.19: whatever happened, a box that is there has been told all that is outstanding", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const stage = await open();
      const world = new World(stage);
      for (const one of steps) await world.live(one);
      await world.heal();
      for (const of of devices) {
        const twin = await stage.twins.read(named.serial(of));
        const { desired, commands } = world.heard(of);
        const outstanding = twin && outstandingOf(twin, stage.clock.now());
        if (outstanding !== null) expect(desired).toEqual(outstanding);
        else expect(desired?.parts ?? {}).toEqual({});
        const book = await stage.commands.list(named.serial(of));
        for (const one of book.values()) {
          if (isOpen(one) && one.deadline > stage.clock.now()) expect(commands).toContain(one.id);
        }
      }
    }),
    { numRuns: 150 },
  );
}, 30_000);
