/**
 * The scene that the bootloader's tests play: a small wristband with firmware 1.0.0, an update, and a
 * power supply that fails where it is told to.
 */
import { assert } from "#platform/assert.ts";
import { createSeededRandom } from "#platform/random/memory.ts";

import { type Band, boot, type Booted } from "./bootloader.ts";
import { createFlash, type Cut, type FlashModel, PowerCut, type Tear } from "./flash.ts";
import { encodeImage, type Trust, versionText } from "./image.ts";
import { layoutOf } from "./layout.ts";
import { confirmMain, prepareStaging, requestSwap, stageChunk } from "./staging.ts";

/** Three sectors for main, each of sixteen units: small enough to cut the power everywhere. */
export const layout = layoutOf({ sectors: 11, sectorBytes: 128, unitBytes: 8 }, 1);
/** The wristband's kind of hardware. */
export const hardware = 7;

/** A trust as quick as thousands of starts need it; real cryptography has its own test. */
export const quickTrust: Trust & { sign(digest: Uint8Array): Uint8Array } = {
  digest: (bytes) => new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest()),
  sign: (digest) => Uint8Array.from({ length: 64 }, (_, index) => (digest[index % 32] ?? 0) ^ 0x5a),
  signed: (digest, signature) =>
    quickTrust.sign(digest).every((byte, index) => byte === signature[index]),
};

/** Firmware, and how it behaves. */
export interface Firmware {
  readonly file: Uint8Array;
  readonly version: string;
  readonly counter: number;
  /** `good` proves itself and confirms; `bad` crashes before it could. */
  readonly behaviour: "good" | "bad";
}

/** What a test changes about an image. */
export interface FirmwareOptions {
  readonly bodyBytes?: number;
  readonly counter?: number;
  readonly hardware?: number;
  readonly behaviour?: Firmware["behaviour"];
}

/** Firmware `major`.0.0. */
export function firmware(major: number, options: FirmwareOptions = {}): Firmware {
  const random = createSeededRandom(`firmware ${major}`);
  const body = Uint8Array.from({ length: options.bodyBytes ?? 200 }, () =>
    random.integer({ low: 0, high: 255 }),
  );
  const version = { major, minor: 0, revision: 0 };
  const counter = options.counter ?? 0;
  const header = { hardware: options.hardware ?? hardware, version, counter };
  return {
    file: encodeImage(header, body, quickTrust),
    version: versionText(version),
    counter,
    behaviour: options.behaviour ?? "good",
  };
}

/** A wristband as it leaves the factory with `installed`. */
export function newBand(installed: Firmware, contents?: Uint8Array): SceneBand {
  const flash = createFlash({
    geometry: layout.geometry,
    lockedSectors: layout.bootloaderSectors,
    ...(contents !== undefined && { contents }),
  });
  if (contents === undefined) flash.program(layout.main.first * 128, padded(installed.file));
  return { flash, layout, trust: quickTrust, hardware };
}

/** A band whose flash can be cut and rotted. */
export interface SceneBand extends Band {
  readonly flash: FlashModel;
}

/** Stages all of `update` and asks for it; false when the wristband refuses. */
export function stage(band: Band, update: Firmware, type: "test" | "permanent" = "test"): boolean {
  if (prepareStaging(band, update.file.length) !== undefined) return false;
  for (let offset = 0; offset < update.file.length; offset += 64) {
    const bytes = update.file.subarray(offset, offset + 64);
    assert(stageChunk(band, { offset, bytes }) === "staged", "backup was prepared");
  }
  requestSwap(band, type);
  return true;
}

/** How a life went. */
export interface Life {
  /** The version that runs at last, or why none does. */
  readonly end: string;
  /** What the last start said. */
  readonly booted: Booted;
  readonly starts: number;
  /** How often a firmware ran that crashes. */
  readonly crashes: number;
}

/** What a life is made of. */
export interface Plot {
  /** All firmware that may ever run, the installed one first. */
  readonly firmwares: readonly Firmware[];
  /** What the running firmware stages as long as it was not tried. */
  readonly update?: Firmware;
  readonly type?: "test" | "permanent";
  /** Cuts, each counted from the one before. */
  readonly cuts?: readonly Cut[];
}

/** No life needs so many starts: one that does goes round in circles. */
const startsMost = 24;

/**
 * Lets the wristband live until nothing changes any more. Every start is judged: main holds, byte for
 * byte, a firmware that was made, and the one that the bootloader says.
 */
export function live(band: SceneBand, plot: Plot): Life {
  const cuts = [...(plot.cuts ?? [])];
  const past: Past = { running: undefined, crashes: 0, crashed: 0, asked: false, tried: false };
  arm(band.flash, cuts.shift());
  for (let starts = 1; starts <= startsMost; starts += 1) {
    try {
      const last = startOnce(band, plot, past);
      if (last !== undefined) return { ...last, starts, crashes: past.crashed };
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      arm(band.flash, cuts.shift());
      past.crashes = 0;
    }
  }
  throw new Error("the wristband never comes to rest");
}

/** What the starts before have left behind besides the flash. */
interface Past {
  running: Firmware | undefined;
  /** Of this main, in a row: the chip's register. */
  crashes: number;
  crashed: number;
  asked: boolean;
  tried: boolean;
}

/** One start, and what the firmware then does; the end of the life when nothing is left to do. */
function startOnce(
  band: SceneBand,
  plot: Plot,
  past: Past,
): Pick<Life, "end" | "booted"> | undefined {
  const before = band.flash.operations;
  const booted = boot(band, { crashes: past.crashes });
  if (booted.kind === "recovery") return { end: "dead", booted };
  const running = judge(band, booted, plot.firmwares);
  if (running !== past.running) past.crashes = 0;
  past.running = running;
  const sentBack = booted.refused !== undefined || booted.lastSwap?.type === "revert";
  past.tried ||= past.asked && sentBack;
  if (running.behaviour === "bad") {
    past.crashes += 1;
    past.crashed += 1;
    return undefined;
  }
  if (run(band, running, past.tried ? {} : plot)) {
    past.asked = true;
    return undefined;
  }
  return band.flash.operations === before ? { end: running.version, booted } : undefined;
}

/** The firmware's own work; whether it asks for a reboot. */
function run(band: SceneBand, running: Firmware, { update, type }: Partial<Plot>): boolean {
  confirmMain(band, running.counter);
  if (update === undefined || update.version === running.version) return false;
  return stage(band, update, type);
}

/** The firmware that main holds, which must be what the bootloader says. */
function judge(
  band: SceneBand,
  booted: Booted & { kind: "main" },
  firmwares: readonly Firmware[],
): Firmware {
  const running = firmwares.find(({ version }) => version === versionText(booted.version));
  assert(running !== undefined, "what runs was made");
  assert(same(mainBytes(band, running.file.length), running.file), "main is that image exactly");
  const restored = booted.lastSwap?.type === "revert";
  assert(booted.confirmed || !restored, "what was brought back needs no trial");
  return running;
}

/** The first bytes of main. */
export function mainBytes({ flash }: Band, length: number): Uint8Array {
  return flash.read(layout.main.first * layout.geometry.sectorBytes, length);
}

/** The first bytes of backup. */
export function backupBytes({ flash }: Band, length: number): Uint8Array {
  return flash.read(layout.backup.first * layout.geometry.sectorBytes, length);
}

/** Whether two runs of bytes are equal. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A cut after so many operations. */
export function cutAfter(after: number, tear: Tear): Cut {
  return { after, tear, random: createSeededRandom(`${after} ${tear}`) };
}

function arm(flash: FlashModel, cut: Cut | undefined): void {
  flash.restorePower();
  if (cut !== undefined) flash.cutPower(cut);
}

function padded(file: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(file.length / 8) * 8).fill(0xff);
  bytes.set(file);
  return bytes;
}
