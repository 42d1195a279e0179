/**
 * What goes over the radio between a wristband and its box, either way: one frame, one write.
 *
 * ```
 * data             0 0x11 | 1 lane | 2 epoch u32 | 6 number u32 | 10 behind u16 | 12 body … | CRC-16
 * acknowledgement  0 0x12 | 1 lane | 2 epoch u32 | 6 up to u32  | 10 bits u32            14 | CRC-16
 * ```
 * Each lane counts for itself, from 1 on, so that an emergency never waits behind a number that is
 * lost. `behind` says how many of the numbers before this one the sender still holds: whatever is older
 * will never come again. An acknowledgement names all up to a number, and up to 32 after it by one bit each.
 * Numbers are little-endian. This file and its neighbours run on the wristband: no Map, no Set.
 * @source spec/firmware.md §3.1 (131 bytes of MTU); catalogue WB-24, WB-38; spec/clinical.md F08, F12
 */
import { crc16 } from "./crc16.ts";

/** Which queue a frame stands in; emergencies go before all else. */
export type Lane = "emergency" | "routine";
/** The lanes, the first served first; a lane's place is its number on the radio. */
export const lanes = ["emergency", "routine"] as const satisfies readonly Lane[];

/** One body on its way. */
export interface DataFrame {
  readonly kind: "data";
  readonly lane: Lane;
  /** One life of the sender's counters, 32 random bits; a reboot begins another. */
  readonly epoch: number;
  /** From 1 on. */
  readonly number: number;
  /** Numbers before this one that the sender still holds, at most {@link windowMost} − 1. */
  readonly behind: number;
  readonly body: Uint8Array;
}

/** What a receiver has, of one lane of one epoch. */
export interface AckFrame {
  readonly kind: "ack";
  readonly lane: Lane;
  readonly epoch: number;
  /** All numbers up to this one. */
  readonly upTo: number;
  /** Bit i: number `upTo` + 1 + i; unsigned. */
  readonly bits: number;
}

/** A frame. */
export type Frame = DataFrame | AckFrame;

/** Why bytes are no frame. */
export type FrameFault = "truncated" | "checksum" | "unknown" | "reserved";

/** A frame, or why not. */
export type DecodedFrame = Frame | { readonly kind: "refused"; readonly fault: FrameFault };

/** The largest frame: what the watch's radio carries in one notification, bytes. */
export const frameBytesMost = 128;
/** The largest body, bytes. */
export const bodyBytesMost = frameBytesMost - 14;
/** Numbers of one lane that may be under way at once: as many as an acknowledgement has bits. */
export const windowMost = 32;

const codes = { data: 0x11, ack: 0x12 } as const;
const headBytes = 12;
const ackBytes = 14;
const crcBytes = 2;

/** The bytes of a frame. A body that is too large, or a number that is none, is a RangeError. */
export function encodeFrame(frame: Frame): Uint8Array {
  check(frame.epoch, 0);
  const length = frame.kind === "ack" ? ackBytes : headBytes + frame.body.length;
  if (length + crcBytes > frameBytesMost) throw new RangeError("the body fits into a frame");
  const bytes = new Uint8Array(length + crcBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, codes[frame.kind]);
  view.setUint8(1, lanes.indexOf(frame.lane));
  view.setUint32(2, frame.epoch, true);
  if (frame.kind === "ack") {
    view.setUint32(6, check(frame.upTo, 0), true);
    view.setUint32(10, check(frame.bits, 0), true);
  } else {
    view.setUint32(6, check(frame.number, 1), true);
    view.setUint16(10, frame.behind, true);
    bytes.set(frame.body, headBytes);
  }
  view.setUint16(length, crc16(bytes, length), true);
  return bytes;
}

/** Whether a frame's bytes carry something of the emergency lane: which door of the radio they take. */
export function isEmergency(bytes: Uint8Array): boolean {
  return bytes[0] === codes.data && lanes[bytes[1] ?? -1] === "emergency";
}

/** The frame that bytes are, or why they are none. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const length = bytes.length - crcBytes;
  if (length < headBytes) return refused("truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(length, true) !== crc16(bytes, length)) return refused("checksum");
  const code = view.getUint8(0);
  const lane = lanes[view.getUint8(1)];
  if (lane === undefined) return refused("reserved");
  const epoch = view.getUint32(2, true);
  const number = view.getUint32(6, true);
  if (code === codes.ack) {
    if (length !== ackBytes) return refused("truncated");
    return { kind: "ack", lane, epoch, upTo: number, bits: view.getUint32(10, true) };
  }
  if (code !== codes.data) return refused("unknown");
  const behind = view.getUint16(10, true);
  if (behind >= windowMost || behind >= number) return refused("reserved");
  // A copy; `slice` of the watch's interpreter gives a plain list.
  const body = new Uint8Array(bytes.subarray(headBytes, length));
  return { kind: "data", lane, epoch, number, behind, body };
}

/** `value` when it fits into 32 bits. */
function check(value: number, low: number): number {
  if (value >= low && value <= 0xff_ff_ff_ff && Math.floor(value) === value) return value;
  throw new RangeError("a number of a frame has 32 bits");
}

function refused(fault: FrameFault): DecodedFrame {
  return { kind: "refused", fault };
}
