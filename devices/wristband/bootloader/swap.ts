/**
 * The exchange of main and backup, so ordered that the power may go anywhere: in the middle of any
 * write, any number of times.
 *
 * Every sector moves twice, and a record in main's trailer says of each move that it is done. A move
 * that was cut is made again: its source is untouched until the next record. Upwards, main's sector i
 * goes to backup's i, then backup's i + 1 to main's i; back again it is the mirror image, downwards.
 * @source spec/ota.md §4, steps B2–B7; MCUboot boot/bootutil/src/swap_offset.c
 */
import { assert } from "#platform/assert.ts";

import { type Flash, isErased } from "./flash.ts";
import type { Layout } from "./layout.ts";
import {
  eraseTrailer,
  readTrailer,
  type Slot,
  type SwapCause,
  type SwapInfo,
  type SwapType,
  writeFlag,
  writeMagic,
  writeRecord,
  writeSwap,
  writeSwapBytes,
} from "./trailer.ts";

/** A wristband's memory. */
export interface Memory {
  readonly flash: Flash;
  readonly layout: Layout;
}

/** One move of one sector. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

/**
 * B2: backup says that it is to come back. Without it the first step of the exchange would destroy
 * the only word for it (MCUboot issue 1966).
 */
export function markRevert({ flash, layout }: Memory, cause: SwapCause): void {
  eraseTrailer(flash, layout.backup);
  writeFlag(flash, layout.backup, "copyDone");
  writeSwap(flash, layout.backup, { type: "revert", cause });
  writeMagic(flash, layout.backup);
}

/** B3: main says which exchange is under way; from its magic on, row 0 holds until the end. */
export function beginSwap({ flash, layout }: Memory, swap: SwapInfo, swapBytes: number): void {
  assert(swapBytes <= layout.main.imageSectors * flash.geometry.sectorBytes, "images fit in main");
  eraseTrailer(flash, layout.main);
  writeSwapBytes(flash, layout.main, swapBytes);
  writeSwap(flash, layout.main, swap);
  if (swap.type === "permanent") writeFlag(flash, layout.main, "imageOk");
  writeMagic(flash, layout.main);
}

/** B4–B7: the exchange from wherever it stands to its end. */
export function finishSwap(memory: Memory, type: SwapType): void {
  const { flash, layout } = memory;
  exchange(memory, type);
  // First that main is good, then that the exchange is over: the other way round a cut between the
  // two would leave an image that was reverted to unconfirmed, and revert it into nothing.
  if (type !== "test" && !readTrailer(flash, layout.main).imageOk) {
    writeFlag(flash, layout.main, "imageOk");
  }
  eraseTrailer(flash, layout.backup);
  writeFlag(flash, layout.main, "copyDone");
}

/** The move that record `index` of an exchange of `sectors` sectors stands for. */
export function moveOf(
  { main, backup }: { readonly main: Slot; readonly backup: Slot },
  exchangeOf: { readonly type: SwapType; readonly sectors: number },
  index: number,
): Move {
  const pair = index >> 1;
  const first = index % 2 === 0;
  if (exchangeOf.type === "revert") {
    const sector = exchangeOf.sectors - 1 - pair;
    return first
      ? { from: main.first + sector, to: backup.first + sector + 1 }
      : { from: backup.first + sector, to: main.first + sector };
  }
  return first
    ? { from: main.first + pair, to: backup.first + pair }
    : { from: backup.first + pair + 1, to: main.first + pair };
}

function exchange({ flash, layout }: Memory, type: SwapType): void {
  const { swapBytes, records } = readTrailer(flash, layout.main);
  const sectors = Math.ceil(swapBytes / flash.geometry.sectorBytes);
  for (let index = records; index < 2 * sectors; index += 1) {
    copySector(flash, moveOf(layout, { type, sectors }, index));
    writeRecord(flash, layout.main, index);
  }
}

function copySector(flash: Flash, { from, to }: Move): void {
  const { sectorBytes, unitBytes } = flash.geometry;
  const bytes = flash.read(from * sectorBytes, sectorBytes);
  flash.erase(to);
  for (let at = 0; at < sectorBytes; at += unitBytes) {
    const unit = bytes.subarray(at, at + unitBytes);
    if (!isErased(unit)) flash.program(to * sectorBytes + at, unit);
  }
}
