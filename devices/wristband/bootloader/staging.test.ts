import { expect, test } from "bun:test";

import { cutAfter, firmware, layout, newBand } from "./band-scene.ts";
import { boot } from "./bootloader.ts";
import { PowerCut, tears } from "./flash.ts";
import { prepareStaging, requestSwap, stageChunk } from "./staging.ts";

const v1 = firmware(1);
const v2 = firmware(2, { bodyBytes: 201 });

test("WB-15: a download that was cut at any write resumes, or says that it must begin anew", () => {
  const chunks = Array.from({ length: Math.ceil(v2.file.length / 48) }, (_, index) => ({
    offset: index * 48,
    bytes: v2.file.subarray(index * 48, (index + 1) * 48),
  }));
  const outcomes = new Set<string>();
  for (let after = 0; after < Math.ceil(v2.file.length / 8); after += 1) {
    for (const tear of tears) {
      const band = newBand(v1);
      prepareStaging(band, v2.file.length);
      band.flash.cutPower(cutAfter(after, tear));
      expect(() => chunks.map((chunk) => stageChunk(band, chunk))).toThrow(PowerCut);
      band.flash.restorePower();
      expect(boot(band)).toMatchObject({ version: { major: 1 } });
      const again = chunks.map((chunk) => stageChunk(band, chunk));
      outcomes.add(again.includes("torn") ? "torn" : "staged");
      if (again.includes("torn")) continue;
      requestSwap(band, "test");
      expect(boot(band)).toMatchObject({ version: { major: 2 }, refused: undefined });
    }
  }
  expect(outcomes).toEqual(new Set(["staged", "torn"]));
});

test("chunks may come twice and in any order", () => {
  const band = newBand(v1);
  prepareStaging(band, v2.file.length);
  for (const offset of [192, 0, 64, 0, 128, 256, 320]) {
    expect(stageChunk(band, { offset, bytes: v2.file.subarray(offset, offset + 64) })).toBe(
      "staged",
    );
  }
  requestSwap(band, "permanent");
  expect(boot(band)).toMatchObject({ version: { major: 2 }, confirmed: true });
  expect(layout.main.imageSectors).toBe(3);
});
