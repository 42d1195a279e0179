/**
 * What the bootloader did, as the program tells it: on the display, and as leaves of the twin.
 * @source spec/ota.md §4 (report after reboot); catalogue WB-10, WB-17; spec/clinical.md F11
 */
import type { Booted } from "#devices/wristband/bootloader/bootloader.ts";
import { screenLine } from "#devices/wristband/bootloader/verdict.ts";
import type { Leaf } from "#wire/bodies/leaf.ts";

import type { BootReport } from "./settings.ts";

/** The report of a start; null where there is nothing to say, so that an older word goes. */
export function bootReportOf(booted: Booted & { readonly kind: "main" }): BootReport {
  const { confirmed, counter, lastSwap, refused } = booted;
  const line = screenLine(booted);
  const leaves: readonly Leaf[] = [
    { path: "firmware/confirmed", value: confirmed },
    { path: "firmware/counter", value: counter },
    { path: "firmware/lastSwap", value: lastSwap?.type ?? null },
    { path: "firmware/swapCause", value: lastSwap?.cause ?? null },
    { path: "firmware/refused", value: refused ?? null },
  ];
  return line === undefined ? { leaves } : { line, leaves };
}
