/**
 * The modem's laws: whatever it does wrong, and however that changes on the way, what is told to be
 * sent has been sent, and every emergency is sent once the modem is well, or given up for a reason.
 */
import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { type Duration, Hours, Millis, Seconds } from "#wire/units.ts";

import type { Sins } from "./emulated.ts";
import { ModemScene } from "./modem-scene.ts";

type Play = (scene: ModemScene, turn: number) => void;

const delay = fc.constantFrom(0, 500, 9_000, 30_000, 70_000, 150_000).map(Millis);
const sins: fc.Arbitrary<Sins> = fc.record(
  {
    sim: fc.constantFrom("none" as const, "no_credit" as const),
    network: fc.constantFrom("none" as const, "only_4g" as const),
    error: fc.constantFrom(500, 332, 1, 38, 42),
    promptAfter: delay,
    confirmAfter: delay,
    confirmation: fc.constant("lost" as const),
    echo: fc.constant("always" as const),
    chunk: fc.integer({ min: 1, max: 5 }),
    ok: fc.constant("twice" as const),
    resets: fc.constantFrom(
      "at_prompt" as const,
      "before_network" as const,
      "after_network" as const,
    ),
    start: fc.constant("unsaid" as const),
    voice: fc.constant("none" as const),
  },
  { requiredKeys: [] },
);
const rank = fc.constantFrom("emergency" as const, "emergency" as const, "routine" as const);
const words = fc.oneof(fc.constant("short"), fc.constant("long ".repeat(20)));

const send = fc.tuple(rank, words).map<Play>(([drawn, word]) => (scene, turn) => {
  scene.send(`${turn}`, { rank: drawn, text: `${turn} ${word} ${turn}` });
});
const sin = sins.map<Play>((drawn) => ({ device }) => {
  device.sins = drawn;
});
const reset = fc.constant<Play>(({ device }) => device.reset());
const plays = fc.array(
  fc.tuple(fc.oneof(send, sin, reset), fc.integer({ min: 1, max: 90_000 }).map(Millis)),
  { minLength: 2, maxLength: 12 },
);

async function play(
  drawn: Sins,
  played: readonly (readonly [Play, Duration])[],
): Promise<ModemScene> {
  const scene = new ModemScene(drawn);
  for (const [turn, [act, wait]] of played.entries()) {
    act(scene, turn);
    await scene.after(wait);
  }
  return scene;
}
test("F19: whatever the modem does, what is told to be sent has reached the network", async () => {
  const law = fc.asyncProperty(sins, plays, async (drawn, played) => {
    const scene = await play(drawn, played);
    await scene.after(Seconds(200));
    for (const [id, { kind }] of scene.outcomes) {
      if (kind === "sent") expect(scene.hasGone(id)).toBe(true);
    }
    expect(scene.strays).toEqual([]);
    scene.modem.close();
  });
  await fc.assert(law, { numRuns: 150 });
});

test("F19: every emergency is sent once the modem is well, or given up for a reason", async () => {
  const law = fc.asyncProperty(sins, plays, async (drawn, played) => {
    const scene = await play(drawn, played);
    scene.device.sins = {};
    await scene.after(Hours(1));
    expect(scene.strays).toEqual([]);
    expect([...scene.outcomes.keys()].toSorted()).toEqual([...scene.asked.keys()].toSorted());
    for (const [id, outcome] of scene.outcomes) {
      if (outcome.kind === "sent") expect(scene.hasGone(id)).toBe(true);
      // Only what can never go, and what may have gone often enough, is given up within the hour.
      else if (scene.asked.get(id)?.rank === "emergency") {
        expect(["bad_number", "failed", "unconfirmed", "modem_restarted"]).toContain(
          outcome.reason,
        );
        if (outcome.reason !== "bad_number") expect(outcome.attempts).toBeGreaterThanOrEqual(4);
      }
    }
    // What a look can find is found gone; the rest only a text that goes can disprove.
    expect(["no_sim", "no_network", "modem_silent"]).not.toContain(
      scene.modem.status.fault ?? "none",
    );
    scene.modem.close();
  });
  await fc.assert(law, { numRuns: 150 });
});

test("whatever way its bytes are cut, a modem is driven the same", async () => {
  const law = fc.asyncProperty(fc.integer({ min: 1, max: 7 }), async (chunk) => {
    const scene = new ModemScene({ chunk });
    scene.send("a");
    scene.send("b", { text: "b".repeat(100) });
    await scene.after(Seconds(20));
    expect(scene.texts).toEqual(["text a", ...scene.partsOf("b")]);
    expect(scene.outcomes.get("a")).toEqual({ kind: "sent", attempts: 1 });
    expect(scene.outcomes.get("b")).toEqual({ kind: "sent", attempts: 1 });
  });
  await fc.assert(law, { numRuns: 20 });
});
