/**
 * Goal: whatever the power does during an update, the wristband starts a correct image. Method: a whole
 * life (stage, swap, trial, confirm) is lived once to count its flash operations, then again with the
 * power cut in every one of them, torn in three ways; then with two and more cuts, sampled.
 * @source spec/ota.md §4; scenarios after MCUboot sim/src/image.rs
 */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import {
  cutAfter,
  type Firmware,
  firmware,
  type Life,
  live,
  newBand,
  type Plot,
  type SceneBand,
} from "./band-scene.ts";
import { type Cut, tears } from "./flash.ts";
import { screenLine } from "./verdict.ts";

const v1 = firmware(1);
const good = firmware(2, { bodyBytes: 256 });
const short = firmware(2, { bodyBytes: 16 });
const bad = firmware(2, { bodyBytes: 250, behaviour: "bad" });
const next = firmware(3, { bodyBytes: 100 });
/** Images of one sector, of which an exchange leaves a copy behind. */
const tiny = {
  old: firmware(1, { bodyBytes: 0 }),
  bad: firmware(2, { bodyBytes: 0, behaviour: "bad" }),
};

/** A life from the factory on, and after how many operations it came to rest. */
function lived(plot: Plot, cuts: readonly Cut[] = []): Life & { readonly operations: number } {
  const band = newBand(plot.firmwares[0] ?? v1);
  const before = band.flash.operations;
  const life = live(band, { ...plot, cuts });
  const operations = band.flash.operations - before;
  // What has come through must take the next update.
  const firmwares = [...plot.firmwares, next];
  expect(live(band, { firmwares, update: next }).end).toBe(next.version);
  return { ...life, operations };
}

/** The lives with one cut, by the operation that it came in and by how that was torn. */
function livesOfCuts(plot: Plot): readonly (readonly Life[])[] {
  return Array.from({ length: lived(plot).operations }, (_, after) =>
    tears.map((tear) => lived(plot, [cutAfter(after, tear)])),
  );
}

function endsOf(lives: readonly (readonly Life[])[]): Set<string> {
  return new Set(lives.flat().map(({ end }) => end));
}

/** What the e-paper says at the ends of lives. */
function linesOf(lives: readonly (readonly Life[])[]): Set<string | undefined> {
  return new Set(lives.flat().map(({ booted }) => screenLine(booted)));
}

function updateTo(update: Firmware, type: "test" | "permanent" = "test"): Plot {
  return { firmwares: [v1, update], update, type };
}

describe("RK-F-09, H-09, F10, WB-17: a cut in any one operation", () => {
  test("run_basic_upgrade: a good update arrives, or is rolled back while it is on trial", () => {
    for (const update of [good, short]) {
      const lives = livesOfCuts(updateTo(update));
      expect(lives.length).toBeGreaterThan(100);
      // The last two operations are `copy done`, which begins the trial, and `image ok`, which ends it.
      expect(endsOf(lives.slice(0, -2))).toEqual(new Set(["2.0.0"]));
      expect(endsOf(lives.slice(-2))).toEqual(new Set(["1.0.0", "2.0.0"]));
      expect(linesOf(lives)).toEqual(new Set(["MAJ OK 2.0.0", "MAJ ANNULEE (retour 1.0.0)"]));
    }
  });

  test("run_revert_with_fails: a bad update is rolled back, and never twice (480, 485)", () => {
    for (const plot of [updateTo(bad), { firmwares: [tiny.old, tiny.bad], update: tiny.bad }]) {
      const lives = livesOfCuts(plot);
      expect(endsOf(lives)).toEqual(new Set(["1.0.0"]));
      expect(linesOf(lives)).toEqual(new Set(["MAJ ANNULEE (retour 1.0.0)"]));
      expect(Math.max(...lives.flat().map(({ crashes }) => crashes))).toBe(1);
    }
  });

  test("run_perm_with_fails: an update for good always arrives", () => {
    expect(endsOf(livesOfCuts(updateTo(good, "permanent")))).toEqual(new Set(["2.0.0"]));
  });

  test("run_signfail_upgrade: a damaged update leaves the old image running", () => {
    const file = good.file.slice();
    file[200] = (file[200] ?? 0) ^ 1;
    expect(endsOf(livesOfCuts(updateTo({ ...good, file })))).toEqual(new Set(["1.0.0"]));
  });

  test("rescue sweep: main rots after it was confirmed, and the image before it comes back", () => {
    const rotten = (): SceneBand => {
      const band = newBand(v1);
      expect(live(band, updateTo(good)).end).toBe("2.0.0");
      band.flash.rot(200 + 128, 0x10);
      return band;
    };
    const plain = rotten();
    const before = plain.flash.operations;
    expect(live(plain, { firmwares: [v1, good] }).end).toBe("1.0.0");
    for (let after = 0; after < plain.flash.operations - before; after += 1) {
      for (const tear of tears) {
        const cuts = [cutAfter(after, tear)];
        expect(live(rotten(), { firmwares: [v1, good], cuts }).end).toBe("1.0.0");
      }
    }
  });
});

describe("RK-F-09, H-09, F10: several cuts, one after another", () => {
  const { operations } = lived(updateTo(bad));
  const cut = fc
    .tuple(fc.nat(operations), fc.constantFrom(...tears))
    .map(([after, tear]) => cutAfter(after, tear));
  const train = (most: number): fc.Arbitrary<Cut[]> =>
    fc.array(cut, { minLength: 2, maxLength: most });

  test.each([2, 8])("a good update arrives or is rolled back, up to %d cuts", (most) => {
    const law = fc.property(train(most), (cuts) => {
      expect(["1.0.0", "2.0.0"]).toContain(lived(updateTo(good), cuts).end);
    });
    fc.assert(law, { numRuns: 1000 });
  });

  test.each([2, 8])("a bad update is rolled back, up to %d cuts", (most) => {
    const law = fc.property(train(most), (cuts) => {
      const { end, crashes } = lived(updateTo(bad), cuts);
      expect(end).toBe("1.0.0");
      expect(crashes).toBeLessThanOrEqual(1);
    });
    fc.assert(law, { numRuns: 1000 });
  });

  test("an update for good arrives, however often the power goes", () => {
    const law = fc.property(train(8), (cuts) => {
      expect(lived(updateTo(good, "permanent"), cuts).end).toBe("2.0.0");
    });
    fc.assert(law, { numRuns: 1000 });
  });
});
