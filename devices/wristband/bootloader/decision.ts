/**
 * MCUboot's table: what two trailers ask the bootloader to do. The first row that fits holds.
 *
 * | row | main: magic, image ok, copy done            | backup: magic, ok, done | asks for           |
 * | --- | ------------------------------------------- | ----------------------- | ------------------ |
 * | 0   | good, any, unset, and swap info names a type | any                    | RESUME that swap   |
 * | I   | any                                         | good, unset, set        | REVERT, marked     |
 * | II  | any                                         | good, unset, any        | TEST               |
 * | III | any                                         | good, set, any          | PERMANENT          |
 * | IV  | good, unset, set                            | any                     | REVERT, unmarked   |
 * | V   | anything else                                                         | nothing: run main  |
 *
 * @source spec/ota.md §4; MCUboot boot/bootutil/src/bootutil_public.c, swap tables
 */
import type { SwapInfo, Trailer } from "./trailer.ts";

/** A row of the table. */
export type Row = "0" | "I" | "II" | "III" | "IV" | "V";

/** What is to be done. */
export type Decision =
  | { readonly row: "0" | "I" | "II" | "III" | "IV"; readonly swap: SwapInfo }
  | { readonly row: "V"; readonly swap?: undefined };

/** The row that fits. */
export function decide(main: Trailer, backup: Trailer): Decision {
  const started = main.magic === "good" && !main.copyDone;
  if (started && main.swap !== undefined) return { row: "0", swap: main.swap };
  if (backup.magic === "good") return decideByBackup(backup);
  if (main.magic === "good" && main.copyDone && !main.imageOk) {
    return { row: "IV", swap: { type: "revert", cause: "unconfirmed" } };
  }
  return { row: "V" };
}

function decideByBackup(backup: Trailer): Decision {
  if (backup.imageOk) return { row: "III", swap: { type: "permanent", cause: "asked" } };
  if (!backup.copyDone) return { row: "II", swap: { type: "test", cause: "asked" } };
  const cause = backup.swap?.cause ?? "unconfirmed";
  return { row: "I", swap: { type: "revert", cause } };
}
