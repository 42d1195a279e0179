import { describe, expect, test } from "bun:test";

import { lightOf } from "./body-scene.ts";
import { cardiacSettings, createCardiacWatch } from "./cardiac-arrest.ts";
import { createPulse } from "./heart-rate.ts";
import type { Emergency } from "./report.ts";
import type { LightSample } from "./sample.ts";

const resting = { worn: true, still: true };

/** A minute of a good pulse, then a minute of something else. */
function then(rate: number, counts: number): LightSample[] {
  return [
    ...lightOf({ rate: 70, counts: 300, hz: 25, seconds: 60 }),
    ...lightOf({ rate, counts, hz: 25, seconds: 60, startMs: 60_000 }),
  ];
}

function emergenciesIn(light: Iterable<LightSample>, wrist = resting): Emergency[] {
  const pulse = createPulse();
  const watch = createCardiacWatch();
  return [...light].flatMap((sample) => {
    const estimate = pulse.push(sample);
    const emergency = estimate === undefined ? undefined : watch.push(estimate, wrist);
    return emergency === undefined ? [] : [emergency];
  });
}

describe("a suspected cardiac emergency", () => {
  test("WB-23, F01: a pulse that is lost on a worn, still wrist is one, after it was confirmed", () => {
    const emergencies = emergenciesIn(then(70, 0));
    expect(emergencies).toHaveLength(1);
    expect(emergencies[0]).toMatchObject({ kind: "cardiac", why: "no_pulse" });
    const after = (emergencies[0]?.t ?? 0) - 60_000;
    expect(after).toBeGreaterThan(cardiacSettings.confirmMs);
    expect(after).toBeLessThan(cardiacSettings.confirmMs + 30_000);
  });

  test("WB-23: an off-wrist band never raises one, nor does a wrist that moves", () => {
    expect(emergenciesIn(then(70, 0), { worn: false, still: true })).toEqual([]);
    expect(emergenciesIn(then(70, 0), { worn: true, still: false })).toEqual([]);
    expect(emergenciesIn(then(210, 300), { worn: false, still: true })).toEqual([]);
  });

  test("CF-38: an extreme rate that lasts is one, a fast one is not", () => {
    expect(emergenciesIn(then(205, 300))).toMatchObject([{ why: "too_fast" }]);
    expect(emergenciesIn(then(32, 300))).toMatchObject([{ why: "too_slow" }]);
    expect(emergenciesIn(then(150, 300))).toEqual([]);
  });

  test("a pulse without rhythm that goes on as strongly is a poor signal, not a lost pulse", () => {
    let seed = 11;
    const noise = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
    const light = [
      ...lightOf({ rate: 70, counts: 300, hz: 25, seconds: 60 }),
      ...Array.from({ length: 1500 }, (_, n) => ({
        t: 60_000 + n * 40,
        light: 8000 + 900 * noise(),
      })),
    ];
    expect(emergenciesIn(light)).toEqual([]);
  });
});
