/**
 * The security counter of a wristband: how many units of its sector are written. It only rises, as
 * fuses do, and the power may go while it does: a torn unit counts as written, or not at all.
 *
 * @source spec/ota.md §4 step C3; MCUboot hardware rollback protection
 */
import { type Flash, isErased } from "./flash.ts";
import type { Layout } from "./layout.ts";

/** The lowest security counter that a candidate must have. */
export function readCounter(flash: Flash, layout: Layout): number {
  const { sectorBytes, unitBytes } = flash.geometry;
  const sector = flash.read(layout.counter * sectorBytes, sectorBytes);
  let written = 0;
  while (written * unitBytes < sectorBytes) {
    if (isErased(sector.subarray(written * unitBytes, (written + 1) * unitBytes))) break;
    written += 1;
  }
  return written;
}

/** Raises the counter to that of an image which is confirmed; a full sector stays full. */
export function raiseCounter(flash: Flash, layout: Layout, counter: number): void {
  const { sectorBytes, unitBytes } = flash.geometry;
  const most = Math.min(counter, sectorBytes / unitBytes);
  for (let written = readCounter(flash, layout); written < most; written += 1) {
    flash.program(layout.counter * sectorBytes + written * unitBytes, new Uint8Array(unitBytes));
  }
}
