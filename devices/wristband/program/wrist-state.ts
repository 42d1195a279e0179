/** What is known of the wrist, and what is wrong with a value because of it. */
import type { Flaw } from "#devices/wristband/signals/report.ts";

export interface WristState {
  worn: boolean;
  still: boolean;
}

/** What is wrong with a value of now, if anything is known. */
export function flawOf(wrist: WristState): Flaw | undefined {
  if (!wrist.worn) return "off_wrist";
  return wrist.still ? undefined : "motion";
}
