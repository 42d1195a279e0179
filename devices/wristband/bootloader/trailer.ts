/**
 * What a slot says about its image, at its very end: how far an exchange has come, what is to become
 * of the image, and 16 bytes that say that all this was written in full.
 *
 * ```
 * | status, 2 records per image sector | … | swap size | swap info | copy done | image ok | magic |
 *                                            8 bytes each                                 16 bytes
 * ```
 * The magic is written last. A flag that is not erased counts as written, also when the power went in
 * the middle of it: were a torn `copy done` read as no flag at all, an image that crashes would be
 * started for ever.
 * @source spec/ota.md §4; MCUboot docs/design.md (image trailer), boot/bootutil/src/bootutil_public.c
 */
import { erasedByte, type Flash, isErased } from "./flash.ts";

/** A place for one image, in sectors; its trailer's sector comes after `imageSectors`. */
export interface Slot {
  readonly first: number;
  readonly imageSectors: number;
}

/** What an exchange is for. */
export type SwapType = "test" | "permanent" | "revert";
/** Why it was begun. */
export type SwapCause = "asked" | "unconfirmed" | "corrupt" | "crashing";

/** An exchange, as swap info names it. */
export interface SwapInfo {
  readonly type: SwapType;
  readonly cause: SwapCause;
}

/** A slot's trailer as it stands. */
export interface Trailer {
  readonly magic: "good" | "unset" | "bad";
  readonly swap: SwapInfo | undefined;
  /** Bytes of each slot that are exchanged. */
  readonly swapBytes: number;
  readonly copyDone: boolean;
  readonly imageOk: boolean;
  /** Status records up to the last one written. */
  readonly records: number;
}

const unit = 8;
const magicBytes = Uint8Array.of(
  ...[0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f],
  ...[0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80],
);
/** Bytes before the end of the slot. */
const places = { swapBytes: 48, swapInfo: 40, copyDone: 32, imageOk: 24, magic: 16 } as const;
const flagSet = 0x01;
/** By MCUboot's numbers, the lower half of swap info. */
const swapTypes: readonly (SwapType | undefined)[] = [
  ...[undefined, undefined],
  ...(["test", "permanent", "revert"] as const),
];
/** The upper half, in which MCUboot numbers the images of a device that has several. */
const swapCauses: readonly SwapCause[] = ["asked", "unconfirmed", "corrupt", "crashing"];

/** The sector of a slot's trailer. */
export function trailerSector(slot: Slot): number {
  return slot.first + slot.imageSectors;
}

/** Room that a trailer of so many image sectors takes, bytes. */
export function trailerBytes(imageSectors: number): number {
  return 2 * imageSectors * unit + places.swapBytes;
}

/** The trailer of `slot`. */
export function readTrailer(flash: Flash, slot: Slot): Trailer {
  const status = flash.read(statusAt(flash, slot), 2 * slot.imageSectors * unit);
  const fields = flash.read(placeOf(flash, slot, "swapBytes"), places.swapBytes);
  const view = new DataView(fields.buffer, fields.byteOffset);
  const offset = (place: keyof typeof places): number => places.swapBytes - places[place];
  return {
    magic: judgeMagic(fields.subarray(offset("magic"))),
    swap: parseSwap(view.getUint8(offset("swapInfo"))),
    swapBytes: view.getUint32(0, true),
    copyDone: view.getUint8(offset("copyDone")) !== erasedByte,
    imageOk: view.getUint8(offset("imageOk")) !== erasedByte,
    records: writtenRecords(status),
  };
}

/** Forgets all that the trailer of `slot` says. */
export function eraseTrailer(flash: Flash, slot: Slot): void {
  flash.erase(trailerSector(slot));
}

/** Says that all else in the trailer holds. */
export function writeMagic(flash: Flash, slot: Slot): void {
  flash.program(placeOf(flash, slot, "magic"), magicBytes);
}

/** Sets a flag that is not set. */
export function writeFlag(flash: Flash, slot: Slot, flag: "copyDone" | "imageOk"): void {
  flash.program(placeOf(flash, slot, flag), unitOf(flagSet));
}

/** Says which exchange is to be, or is under way. */
export function writeSwap(flash: Flash, slot: Slot, swap: SwapInfo): void {
  const byte = swapTypes.indexOf(swap.type) | (swapCauses.indexOf(swap.cause) << 4);
  flash.program(placeOf(flash, slot, "swapInfo"), unitOf(byte));
}

/** Says how many bytes of each slot are exchanged. */
export function writeSwapBytes(flash: Flash, slot: Slot, bytes: number): void {
  const field = new Uint8Array(unit).fill(erasedByte);
  new DataView(field.buffer).setUint32(0, bytes, true);
  flash.program(placeOf(flash, slot, "swapBytes"), field);
}

/** Says that status record `index` of the exchange is done. */
export function writeRecord(flash: Flash, slot: Slot, index: number): void {
  flash.program(statusAt(flash, slot) + index * unit, unitOf(flagSet));
}

function statusAt(flash: Flash, slot: Slot): number {
  return trailerSector(slot) * flash.geometry.sectorBytes;
}

function placeOf(flash: Flash, slot: Slot, place: keyof typeof places): number {
  return (trailerSector(slot) + 1) * flash.geometry.sectorBytes - places[place];
}

function unitOf(byte: number): Uint8Array {
  const bytes = new Uint8Array(unit).fill(erasedByte);
  bytes[0] = byte;
  return bytes;
}

function judgeMagic(bytes: Uint8Array): Trailer["magic"] {
  if (isErased(bytes)) return "unset";
  return magicBytes.every((byte, index) => bytes[index] === byte) ? "good" : "bad";
}

function parseSwap(byte: number): SwapInfo | undefined {
  const type = swapTypes[byte & 0x0f];
  const cause = swapCauses[byte >> 4];
  return type === undefined || cause === undefined ? undefined : { type, cause };
}

/** The last record that is not erased counts: one that could not be written hides none after it. */
function writtenRecords(status: Uint8Array): number {
  for (let records = status.length / unit; records > 0; records -= 1) {
    if (status[(records - 1) * unit] !== erasedByte) return records;
  }
  return 0;
}
