import { expect, test } from "bun:test";

import { createSeededRandom } from "#platform/random/memory.ts";

import { hardware, quickTrust } from "./band-scene.ts";
import { type Band, boot } from "./bootloader.ts";
import { createFlash } from "./flash.ts";
import { encodeImage } from "./image.ts";
import { layoutOf, wristbandBootloaderSectors, wristbandGeometry } from "./layout.ts";
import { confirmMain, prepareStaging, requestSwap, stageChunk } from "./staging.ts";

test("the product's flash holds an image twice, and an update of 300 KiB goes through", () => {
  const layout = layoutOf(wristbandGeometry, wristbandBootloaderSectors);
  expect(layout.main.imageSectors * wristbandGeometry.sectorBytes).toBeGreaterThan(480 * 1024);
  expect(layout.counter).toBeLessThan(wristbandGeometry.sectors);
  const flash = createFlash({
    geometry: wristbandGeometry,
    lockedSectors: wristbandBootloaderSectors,
  });
  const band: Band = { flash, layout, trust: quickTrust, hardware };
  const random = createSeededRandom("body");
  const image = (major: number, bytes: number): Uint8Array =>
    encodeImage(
      { hardware, counter: 0, version: { major, minor: 0, revision: 0 } },
      Uint8Array.from({ length: bytes }, () => random.integer({ low: 0, high: 255 })),
      quickTrust,
    );
  flash.program(layout.main.first * 4096, image(1, 280 * 1024));
  expect(prepareStaging(band, 300 * 1024)).toBeUndefined();
  const update = image(2, 300 * 1024);
  for (let offset = 0; offset < update.length; offset += 4096) {
    stageChunk(band, { offset, bytes: update.subarray(offset, offset + 4096) });
  }
  requestSwap(band, "test");
  expect(boot(band)).toMatchObject({ version: { major: 2 }, confirmed: false });
  confirmMain(band, 0);
  expect(boot(band)).toMatchObject({ version: { major: 2 }, confirmed: true });
});
