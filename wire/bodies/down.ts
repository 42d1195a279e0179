/**
 * What a box says to its wristband: the body of one data frame.
 *
 * ```
 * 0 kind | … by kind
 * ```
 * @source catalogue WB-15; DESIGN §5 (desired leaves, commands); spec/clinical.md F09
 */
import { type BodyReader, type BodyWriter, createBodyReader, createBodyWriter } from "./bytes.ts";
import { type Leaf, readLeaves, writeLeaves } from "./leaf.ts";
import type { BodyRefused } from "./up-body.ts";

/**
 * It is `now`, ms UTC: said whenever the link comes up, and every hour; in the emergency lane, which
 * waits for nothing.
 */
export interface TimeBody {
  readonly kind: "time";
  readonly now: number;
}

/** Leaves as they should be from now on; each is answered by `settled`. */
export interface DesiredBody {
  readonly kind: "desired";
  readonly v: number;
  readonly leaves: readonly Leaf[];
}

/** An act, done once for its id, and not after its deadline, ms UTC. */
export interface CommandBody {
  readonly kind: "command";
  readonly id: string;
  readonly name: string;
  readonly deadline: number;
  /** By plain names, such as `metric`. */
  readonly args: readonly Leaf[];
}

/** There is an image. The wristband answers how much of it it has, and wants the rest from there. */
export interface OfferBody {
  readonly kind: "update-offer";
  /** Names the image: any 32 bits that no other image of this wristband has. */
  readonly image: number;
  readonly bytes: number;
  /** "1.5.0". */
  readonly version: string;
}

/** A piece of the image; all but the last are {@link chunkBytes} long, at multiples of it. */
export interface ChunkBody {
  readonly kind: "update-chunk";
  readonly image: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The image that is staged may be started: on trial, or for good; or is given up. */
export interface InstallBody {
  readonly kind: "update-install";
  readonly image: number;
  readonly how: InstallHow;
}
export const installHows = ["test", "permanent", "forget"] as const;
export type InstallHow = (typeof installHows)[number];

export type DownBody = TimeBody | DesiredBody | CommandBody | OfferBody | ChunkBody | InstallBody;

/** Whole units of flash, and what a frame has left beside kind, image and offset. */
export const chunkBytes = 104;

const kinds = [
  "time",
  "desired",
  "command",
  "update-offer",
  "update-chunk",
  "update-install",
] as const;

/** The bytes of a body; what does not fit into a frame is a RangeError. */
export function encodeDown(body: DownBody): Uint8Array {
  const writer = createBodyWriter();
  writer.byte(kinds.indexOf(body.kind));
  writeRest(writer, body);
  return writer.body();
}

function writeRest(writer: BodyWriter, body: DownBody): void {
  switch (body.kind) {
    case "time":
      writer.count(body.now);
      break;
    case "desired":
      writer.count(body.v);
      writeLeaves(writer, body.leaves);
      break;
    case "command":
      writer.text(body.id);
      writer.text(body.name);
      writer.count(body.deadline);
      writeLeaves(writer, body.args);
      break;
    case "update-offer":
      writer.count(body.image);
      writer.count(body.bytes);
      writer.text(body.version);
      break;
    case "update-chunk":
      writer.count(body.image);
      writer.count(body.offset);
      writer.bytes(body.bytes);
      break;
    case "update-install":
      writer.count(body.image);
      writer.byte(installHows.indexOf(body.how));
  }
}

/** The body that bytes are, or why they are none; never throws. */
export function decodeDown(bytes: Uint8Array): DownBody | BodyRefused {
  const reader = createBodyReader(bytes);
  const kind = kinds[reader.byte()];
  if (kind === undefined) return { kind: "refused", fault: "unknown" };
  const body = readRest(reader, kind);
  if (body === undefined || !reader.sound() || reader.more()) {
    return { kind: "refused", fault: "malformed" };
  }
  return body;
}

function readRest(reader: BodyReader, kind: (typeof kinds)[number]): DownBody | undefined {
  switch (kind) {
    case "time":
      return { kind, now: reader.count() };
    case "desired": {
      const v = reader.count();
      const leaves = readLeaves(reader);
      return leaves && { kind, v, leaves };
    }
    case "command":
      return readCommand(reader);
    case "update-offer":
      return { kind, image: reader.count(), bytes: reader.count(), version: reader.text() };
    case "update-chunk":
      return { kind, image: reader.count(), offset: reader.count(), bytes: reader.rest() };
    case "update-install":
      break;
  }
  const image = reader.count();
  const how = installHows[reader.byte()];
  return how && { kind, image, how };
}

function readCommand(reader: BodyReader): CommandBody | undefined {
  const id = reader.text();
  const name = reader.text();
  const deadline = reader.count();
  const args = readLeaves(reader);
  if (id === "" || name === "" || args === undefined) return undefined;
  return { kind: "command", id, name, deadline, args };
}
