/**
 * Where things lie in a wristband's flash: the immutable bootloader, main, backup, and one sector
 * that counts.
 *
 * Each of main and backup ends in one sector for its trailer, so that a trailer is erased without its
 * image. Backup has one more image sector than main: an image is staged from its second sector on,
 * and the exchange moves everything by that one sector, so that no scratch area is needed and no
 * sector wears out before the others.
 * @source spec/ota.md §4; MCUboot docs/design.md, swap using offset
 */
import { assert } from "#platform/assert.ts";

import type { Geometry } from "./flash.ts";
import { type Slot, trailerBytes, trailerSector } from "./trailer.ts";

/** A wristband's flash. */
export interface Layout {
  readonly geometry: Geometry;
  /** Sectors of the bootloader, from 0 on; nothing ever writes them. */
  readonly bootloaderSectors: number;
  readonly main: Slot;
  readonly backup: Slot;
  /** The sector of the security counter. */
  readonly counter: number;
}

/** The largest layout for this flash: what is left of it goes to main and backup. */
export function layoutOf(geometry: Geometry, bootloaderSectors: number): Layout {
  const trailers = 2;
  const shared = geometry.sectors - bootloaderSectors - trailers - 1;
  const imageSectors = Math.floor((shared - 1) / 2);
  assert(imageSectors >= 1, "there is room for an image");
  assert(trailerBytes(imageSectors) <= geometry.sectorBytes, "a trailer fits into its sector");
  const main = { first: bootloaderSectors, imageSectors };
  const backup = { first: trailerSector(main) + 1, imageSectors: imageSectors + 1 };
  const counter = trailerSector(backup) + 1;
  return { geometry, bootloaderSectors, main, backup, counter };
}

/** The product's: an nRF52840, 1 MiB in sectors of 4 KiB, of which the bootloader has 32 KiB. */
export const wristbandGeometry: Geometry = { sectors: 256, sectorBytes: 4096, unitBytes: 8 };
/** Sectors of the product's bootloader. */
export const wristbandBootloaderSectors = 8;
