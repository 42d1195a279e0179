/**
 * The bootloader's flash as the program's staging: for hardware that has our bootloader, and for the
 * simulator.
 * @source spec/ota.md §4, steps A1–A3 and C2–C3
 */
import { isConfirmed } from "#devices/wristband/bootloader/bootloader.ts";
import {
  clearSector,
  confirmMain,
  judgeStaging,
  requestSwap,
  stageChunk,
} from "#devices/wristband/bootloader/staging.ts";
import type { Memory } from "#devices/wristband/bootloader/swap.ts";

import type { BandStaging } from "./ports.ts";

/** Staging in `memory`; `counter` is the security counter of the image that runs. */
export function createFlashStaging(memory: Memory, counter: number): BandStaging {
  let cleared = 0;
  return {
    judge: (bytes) => judgeStaging(memory, bytes),
    clear: () => {
      clearSector(memory, cleared);
      cleared += 1;
      const all = cleared > memory.layout.backup.imageSectors;
      if (all) cleared = 0;
      return all;
    },
    write: (offset, bytes) => stageChunk(memory, { offset, bytes }),
    request: (how) => requestSwap(memory, how),
    confirmed: () => isConfirmed(memory),
    confirm: () => confirmMain(memory, counter),
  };
}
