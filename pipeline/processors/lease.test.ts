import { describe, expect, test } from "bun:test";

import type { Check } from "#platform/cells/port.ts";
import { Seconds } from "#wire/units.ts";

import { endLease, type LeaseDeps, renewLease, takeLease } from "./lease.ts";
import { createScene, type Scene } from "./scene.ts";

function open() {
  const scene = createScene();
  const as = (owner: string): LeaseDeps => ({
    ...scene,
    group: "twins",
    owner,
    term: Seconds(15),
  });
  return { scene, as };
}

/** Whether a write behind these checks would be let in. */
async function isLetIn({ cells }: Scene, check: Check): Promise<boolean> {
  const [outcome] = await cells.commit([{ checks: [check], writes: [] }]);
  return outcome?.kind === "committed";
}

describe("a lease", () => {
  test("is one owner's until it runs out, and a restarted owner's at once", async () => {
    const { scene, as } = open();
    expect((await takeLease(as("a"), 2))?.number).toBe(1);
    expect(await takeLease(as("b"), 2)).toBeNull();
    expect((await takeLease(as("a"), 2))?.number).toBe(2);
    await scene.clock.advance({ by: Seconds(16) });
    expect((await takeLease(as("b"), 2))?.number).toBe(3);
  });

  test("holds for as long as it is renewed, and beyond while nobody takes it", async () => {
    const { scene, as } = open();
    const lease = (await takeLease(as("a"), 0))!;
    await scene.clock.advance({ by: Seconds(60) });
    expect(await renewLease(as("a"), lease)).toBe(true);
    expect(await takeLease(as("b"), 0)).toBeNull();
    await scene.clock.advance({ by: Seconds(16) });
    await takeLease(as("b"), 0);
    expect(await renewLease(as("a"), lease)).toBe(false);
  });

  test("that was given back is free, and giving back another's does nothing", async () => {
    const { as } = open();
    const lease = (await takeLease(as("a"), 0))!;
    await endLease(as("a"), lease);
    const next = (await takeLease(as("b"), 0))!;
    expect(next.number).toBe(2);
    await endLease(as("a"), lease);
    expect(await takeLease(as("a"), 0)).toBeNull();
  });

  test("F34: lets in the writes of its last holder only, in every partition", async () => {
    const { scene, as } = open();
    const zombie = (await takeLease(as("a"), 1))!;
    for (let q = 0; q < 4; q += 1) expect(await isLetIn(scene, zombie.fence(q))).toBe(true);
    await scene.clock.advance({ by: Seconds(16) });
    const holder = (await takeLease(as("b"), 1))!;
    for (let q = 0; q < 4; q += 1) {
      expect(await isLetIn(scene, zombie.fence(q))).toBe(false);
      expect(await isLetIn(scene, holder.fence(q))).toBe(true);
    }
  });

  test("F34: a holder that is replaced while it raises its fences lowers none", async () => {
    const { scene, as } = open();
    let pause = (): Promise<void> => Promise.resolve();
    const cells = {
      ...scene.cells,
      get: async (key: string, field: string) => {
        if (field.includes("@")) await pause();
        return scene.cells.get(key, field);
      },
    };
    let resume = (): void => undefined;
    const paused = new Promise<void>((resolve) => {
      resume = resolve;
    });
    pause = () => paused;
    const slow = takeLease({ ...as("a"), cells }, 1);
    await scene.clock.advance({ by: Seconds(16) });
    const holder = (await takeLease(as("b"), 1))!;
    resume();
    expect(await slow).toBeNull();
    for (let q = 0; q < 4; q += 1) expect(await isLetIn(scene, holder.fence(q))).toBe(true);
  });
});
