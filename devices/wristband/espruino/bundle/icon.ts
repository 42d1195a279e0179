/** The app's sign: an eye in a house. Drawn once, said as the watch and as its loader want it. */
import { crc32, deflateSync } from "node:zlib";

/** Pixels on each side. */
const size = 48;

/** Whether there is ink at a place. */
function inked(x: number, y: number): boolean {
  const roof = y >= 4 && y < 20 && Math.abs(x - 23.5) <= (y - 3) * 1.35;
  const wall = y >= 20 && y < 44 && x >= 6 && x < 42;
  const lid = ((x - 23.5) / 14) ** 2 + ((y - 30) / 8) ** 2;
  const pupil = (x - 23.5) ** 2 + (y - 30) ** 2 <= 16;
  return (roof || wall) && (lid > 1 || pupil);
}

/** What the watch evaluates to its picture: width, height, one bit a pixel, nothing where there is no ink. */
export function iconScript(): string {
  const bytes = new Uint8Array(4 + (size * size) / 8);
  bytes.set([size, size, 0x81, 0]);
  for (let place = 0; place < size * size; place++) {
    const bit = inked(place % size, Math.floor(place / size)) ? 0x80 >> (place % 8) : 0;
    bytes[4 + (place >> 3)] = (bytes[4 + (place >> 3)] ?? 0) | bit;
  }
  return `atob("${bytes.toBase64()}")\n`;
}

/** The same as PNG, grey with transparency, for the loader's list. */
export function iconPng(): Uint8Array {
  const rows: number[] = [];
  for (let y = 0; y < size; y++) {
    rows.push(0);
    for (let x = 0; x < size; x++) rows.push(0, inked(x, y) ? 255 : 0);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 4, 0, 0, 0], 8);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Uint8Array.from(rows), { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name: string, bytes: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(name, "latin1"), bytes]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
