/**
 * What runs before the firmware: it brings main and backup to rest, looks at main, and starts it.
 *
 * Whatever the power did, one of two things happens: a sound image starts, or the wristband waits for
 * its cable because there is none. It keeps no state but the flash, so a second run after a cut takes
 * up where the first one stood.
 * @source spec/ota.md §4; catalogue WB-09, WB-10, WB-16, WB-17; docs/hazards.md H-09
 */
import { readCounter } from "./counter.ts";
import { decide, type Decision } from "./decision.ts";
import {
  type Demands,
  imageBytes,
  type ImageFault,
  type ImageHeader,
  type Judged,
  judgeImage,
  type Trust,
  type Version,
} from "./image.ts";
import { beginSwap, finishSwap, markRevert, type Memory } from "./swap.ts";
import { eraseTrailer, readTrailer, type SwapInfo } from "./trailer.ts";

/** A wristband, as its bootloader knows it. */
export interface Band extends Memory {
  readonly trust: Trust;
  /** The kind of device that images must be made for. */
  readonly hardware: number;
}

/** What the chip remembers of the last run, in a register that survives a reset but no power cut. */
export interface Reset {
  /** How often in a row the watchdog has reset this main; 0 once it runs in peace, or is another. */
  readonly crashes: number;
}

/** What was started. */
export type Booted =
  | {
      readonly kind: "main";
      readonly version: Version;
      readonly counter: number;
      /** False while a new image has yet to confirm itself. */
      readonly confirmed: boolean;
      /** The exchange that brought it there. */
      readonly lastSwap: SwapInfo | undefined;
      /** Why a staged image was not taken, if this start refused one. */
      readonly refused: ImageFault | undefined;
    }
  | { readonly kind: "recovery" };

/** Crashes in a row after which main is given up for an older image. */
export const crashesMost = 3;

/** Brings the flash to rest and says what to start. */
export function boot(band: Band, reset: Reset = { crashes: 0 }): Booted {
  const { flash, layout } = band;
  const decision = decide(readTrailer(flash, layout.main), readTrailer(flash, layout.backup));
  const refused = settle(band, decision);
  if (mainOf(band).kind !== "sound") rescue(band);
  else if (decision.row === "V" && reset.crashes >= crashesMost) leave(band);
  return describe(band, refused);
}

/** Does what the trailers ask for; the reason when a staged image is refused. */
function settle(band: Band, { row, swap }: Decision): ImageFault | undefined {
  if (row === "V") return undefined;
  if (row === "II" || row === "III") return install(band, swap);
  if (row === "0") finishSwap(band, swap.type);
  else revert(band, { swap, marked: row === "I" });
  return undefined;
}

/** Puts the staged image into main, or says why not and forgets it. */
function install(band: Band, swap: SwapInfo): ImageFault | undefined {
  const candidate = candidateOf(band);
  if (candidate.kind === "refused") {
    eraseTrailer(band.flash, band.layout.backup);
    return candidate.fault;
  }
  swapWith(band, swap, candidate.header);
  return undefined;
}

/** Brings back what ran before, unless it is no longer sound: then main stays, such as it is. */
function revert(band: Band, { swap, marked }: { swap: SwapInfo; marked: boolean }): void {
  const fallback = fallbackOf(band);
  if (fallback.kind === "refused") return;
  if (!marked) markRevert(band, swap.cause);
  swapWith(band, swap, fallback.header);
}

/** Main cannot run: anything sound in backup replaces it. */
function rescue(band: Band): void {
  if (fallbackOf(band).kind === "sound") {
    revert(band, { swap: { type: "revert", cause: "corrupt" }, marked: false });
    return;
  }
  const candidate = candidateOf(band);
  if (candidate.kind === "refused") return;
  swapWith(band, { type: "test", cause: "corrupt" }, candidate.header);
}

/** Main is confirmed, and crashes: what ran before replaces it. */
function leave(band: Band): void {
  revert(band, { swap: { type: "revert", cause: "crashing" }, marked: false });
}

function swapWith(band: Band, swap: SwapInfo, incoming: ImageHeader): void {
  const main = mainOf(band);
  const { imageSectors } = band.layout.main;
  const outgoing =
    main.kind === "sound"
      ? imageBytes(main.header)
      : imageSectors * band.flash.geometry.sectorBytes;
  beginSwap(band, swap, Math.max(outgoing, imageBytes(incoming)));
  finishSwap(band, swap.type);
}

function describe(band: Band, refused: ImageFault | undefined): Booted {
  const main = mainOf(band);
  if (main.kind === "refused") return { kind: "recovery" };
  const trailer = readTrailer(band.flash, band.layout.main);
  return {
    kind: "main",
    version: main.header.version,
    counter: main.header.counter,
    confirmed: isConfirmed(band),
    lastSwap: trailer.magic === "good" ? trailer.swap : undefined,
    refused,
  };
}

/**
 * Whether main is there to stay. A factory image, that no exchange has brought, is (MCUboot issue
 * 2811: it could never be confirmed, and so never be updated).
 */
export function isConfirmed({ flash, layout }: Memory): boolean {
  const { magic, imageOk } = readTrailer(flash, layout.main);
  return magic !== "good" || imageOk;
}

/** What runs, without regard to the counter: raising it must never stop a running wristband. */
function mainOf(band: Band): Judged {
  return judgeAt(band, { sector: band.layout.main.first, counter: 0 });
}

/** What ran before, at the start of backup. It was trusted here once: it may be older. */
function fallbackOf(band: Band): Judged {
  return judgeAt(band, { sector: band.layout.backup.first, counter: 0 });
}

/** What was staged, from the second sector of backup on. */
function candidateOf(band: Band): Judged {
  const counter = readCounter(band.flash, band.layout);
  return judgeAt(band, { sector: band.layout.backup.first + 1, counter });
}

function judgeAt(band: Band, { sector, counter }: { sector: number; counter: number }): Judged {
  const { sectorBytes } = band.flash.geometry;
  const area = band.flash.read(sector * sectorBytes, band.layout.main.imageSectors * sectorBytes);
  const demands: Demands = { trust: band.trust, hardware: band.hardware, counter };
  return judgeImage(area, demands);
}
