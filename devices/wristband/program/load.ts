/**
 * How much of an image is there: pieces from its start on, and some beyond the first that is missing.
 */
import { createBodyReader, createBodyWriter } from "#wire/bodies/bytes.ts";
import { type ChunkBody, chunkBytes, type OfferBody } from "#wire/bodies/down.ts";

/** How far an image has come. */
export const stages = ["clearing", "loading", "staged", "installing"] as const;
export type Stage = (typeof stages)[number];

/** An image that is under way. */
export interface Load {
  readonly image: number;
  readonly bytes: number;
  readonly version: string;
  stage: Stage;
  /** Whole pieces from the start on. */
  pieces: number;
  /** Bit i: piece `pieces` + 1 + i is there as well. */
  ahead: number;
}

/** Pieces beyond the first missing one that are kept: bits of `ahead`. */
const aheadMost = 31;

/** A load of which nothing is there. */
export function newLoad({ image, bytes, version }: OfferBody): Load {
  return { image, bytes, version, stage: "clearing", pieces: 0, ahead: 0 };
}

/** Bytes from the start on that are there. */
export function haveOf({ pieces, bytes }: Load): number {
  return Math.min(bytes, pieces * chunkBytes);
}

/**
 * How many pieces after the first missing one this one is; `known` when it is there, or is none of this
 * image's; `beyond` when it is too far ahead to be kept.
 */
export function placeOf(load: Load, { offset, bytes }: ChunkBody): number | "known" | "beyond" {
  const piece = offset / chunkBytes;
  const length = Math.min(chunkBytes, load.bytes - offset);
  if (Math.floor(piece) !== piece || bytes.length !== length || length <= 0) return "known";
  const place = piece - load.pieces;
  if (place < 0 || (place > 0 && ((load.ahead >>> (place - 1)) & 1) === 1)) return "known";
  return place > aheadMost ? "beyond" : place;
}

/** The piece at this place is there now. */
export function mark(load: Load, place: number): void {
  if (place > 0) {
    load.ahead = (load.ahead | (1 << (place - 1))) >>> 0;
    return;
  }
  let next = true;
  while (next) {
    load.pieces += 1;
    next = (load.ahead & 1) === 1;
    load.ahead >>>= 1;
  }
}

/** A load as it is written down; what lies ahead is sent again after a restart. */
export function formatLoad(load: Load | undefined): Uint8Array {
  if (load === undefined) return new Uint8Array(0);
  const writer = createBodyWriter();
  writer.byte(stages.indexOf(load.stage));
  writer.count(load.image);
  writer.count(load.bytes);
  writer.count(load.pieces);
  writer.text(load.version);
  return writer.body();
}

/** The load that was written down, if any. */
export function parseLoad(kept: Uint8Array | undefined): Load | undefined {
  if (kept === undefined || kept.length === 0) return undefined;
  const reader = createBodyReader(kept);
  const stage = stages[reader.byte()];
  const image = reader.count();
  const bytes = reader.count();
  const pieces = reader.count();
  const version = reader.text();
  if (stage === undefined || !reader.sound()) return undefined;
  return { image, bytes, version, stage, pieces, ahead: 0 };
}
