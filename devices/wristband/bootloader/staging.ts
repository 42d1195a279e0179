/**
 * What the firmware does with the flash while it runs: it stages an image in backup, asks for it, and
 * confirms itself once it has proved that it works.
 *
 * @source spec/ota.md §4, steps A1–A3 and C2–C3; catalogue WB-15
 */
import { assert } from "#platform/assert.ts";

import { isConfirmed } from "./bootloader.ts";
import { raiseCounter } from "./counter.ts";
import { erasedByte, isErased } from "./flash.ts";
import type { Memory } from "./swap.ts";
import { eraseTrailer, readTrailer, writeFlag, writeMagic, writeSwap } from "./trailer.ts";

/** Why an image may not be staged now. */
export type StagingRefusal = "unconfirmed" | "too_large";

/** A1–A2: makes room in backup for an image of so many bytes; backup holds no fallback after that. */
export function prepareStaging(memory: Memory, bytes: number): StagingRefusal | undefined {
  const refusal = judgeStaging(memory, bytes);
  if (refusal !== undefined) return refusal;
  for (let step = 0; step <= memory.layout.backup.imageSectors; step += 1) {
    clearSector(memory, step);
  }
  return undefined;
}

/** A1: why an image of so many bytes may not be staged now. */
export function judgeStaging(memory: Memory, bytes: number): StagingRefusal | undefined {
  const { flash, layout } = memory;
  if (!isConfirmed(memory)) return "unconfirmed";
  const room = layout.main.imageSectors * flash.geometry.sectorBytes;
  return bytes > room ? "too_large" : undefined;
}

/**
 * A2, one erasure at a time, for who has other things to do in between: the trailer is step 0, the image
 * sectors are steps 1, 2, ….
 */
export function clearSector({ flash, layout }: Memory, step: number): void {
  assert(step <= layout.backup.imageSectors, "backup has that many sectors");
  if (step === 0) eraseTrailer(flash, layout.backup);
  else flash.erase(layout.backup.first + step - 1);
}

/**
 * A2: writes one chunk of the image. A chunk begins at a whole unit; the last one may end inside of one,
 * which is filled up. What is there already is passed over, so that a download resumes after a cut;
 * `torn` when the cut has left something else, and backup must be prepared anew.
 */
export function stageChunk(
  { flash, layout }: Memory,
  chunk: { readonly offset: number; readonly bytes: Uint8Array },
): "staged" | "torn" {
  const { sectorBytes, unitBytes } = flash.geometry;
  assert(chunk.offset % unitBytes === 0, "a chunk begins at a whole unit");
  assert(
    chunk.offset + chunk.bytes.length <= layout.main.imageSectors * sectorBytes,
    "the image fits",
  );
  const start = (layout.backup.first + 1) * sectorBytes + chunk.offset;
  for (let at = 0; at < chunk.bytes.length; at += unitBytes) {
    const wanted = new Uint8Array(unitBytes).fill(erasedByte);
    wanted.set(chunk.bytes.subarray(at, at + unitBytes));
    const there = flash.read(start + at, unitBytes);
    if (there.every((byte, index) => byte === wanted[index])) continue;
    if (!isErased(there)) return "torn";
    flash.program(start + at, wanted);
  }
  return "staged";
}

/** A3: asks for the staged image at the next start: on trial, or for good. */
export function requestSwap({ flash, layout }: Memory, type: "test" | "permanent"): void {
  eraseTrailer(flash, layout.backup);
  writeSwap(flash, layout.backup, { type, cause: "asked" });
  if (type === "permanent") writeFlag(flash, layout.backup, "imageOk");
  writeMagic(flash, layout.backup);
}

/**
 * C2–C3: the running image has proved itself. Only then the counter rises: before, it would close the
 * way back.
 */
export function confirmMain(memory: Memory, counter: number): void {
  const { flash, layout } = memory;
  const { magic, imageOk } = readTrailer(flash, layout.main);
  if (magic === "good" && !imageOk) writeFlag(flash, layout.main, "imageOk");
  raiseCounter(flash, layout, counter);
}
