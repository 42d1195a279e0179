/**
 * A firmware image: a header that says what it is for, and the program.
 *
 * ```
 * 0 "VGIE" | 4 format u16 | 6 hardware u16 | 8 body bytes u32 | 12 version 3 × u16 | 18 zero u16
 * 20 security counter u32 | 24 zero, 8 bytes | 32 SHA-256 of bytes 0…31 and the body | 64 signature of that
 * | 128 body
 * ```
 * Numbers are little-endian. The digest covers the header, so no field can be changed without it.
 * @source spec/ota.md §3 (what a manifest must say) and §4; catalogue OT-07, OT-09
 */
/** A firmware version. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly revision: number;
}

/** What an image says about itself. */
export interface ImageHeader {
  /** The kind of device it is made for. */
  readonly hardware: number;
  readonly version: Version;
  /** Rises with every release that closes a hole; an image below the device's own is refused. */
  readonly counter: number;
  readonly bodyBytes: number;
}

/** Cryptography, which the bootloader is given: the chip's, or the host's. */
export interface Trust {
  /** SHA-256, 32 bytes. */
  digest(bytes: Uint8Array): Uint8Array;
  /** Whether a release key has signed this digest; 64 bytes of signature. */
  signed(digest: Uint8Array, signature: Uint8Array): boolean;
}

/** What a device asks of an image. */
export interface Demands {
  readonly trust: Trust;
  readonly hardware: number;
  /** The lowest security counter it takes; 0 takes any. */
  readonly counter: number;
}

/** Why an image is not run. */
export type ImageFault = "format" | "size" | "digest" | "signature" | "hardware" | "counter";

/** An image that may run, or why not. */
export type Judged =
  | { readonly kind: "sound"; readonly header: ImageHeader }
  | { readonly kind: "refused"; readonly fault: ImageFault };

/** Bytes before the body. */
export const headerBytes = 128;
const magic = 0x45_49_47_56; // "VGIE"
const format = 1;
const at = {
  magic: 0,
  format: 4,
  hardware: 6,
  bodyBytes: 8,
  version: 12,
  counter: 20,
  digest: 32,
  signature: 64,
} as const;

/** Bytes of a whole image. */
export function imageBytes(header: ImageHeader): number {
  return headerBytes + header.bodyBytes;
}

/** What is to be said of the image at the start of `area`; bytes after it are passed over. */
export function judgeImage(area: Uint8Array, demands: Demands): Judged {
  const header = parseHeader(area);
  if (header === undefined) return refused("format");
  if (imageBytes(header) > area.length) return refused("size");
  const stated = area.subarray(at.digest, at.signature);
  const found = demands.trust.digest(digested(area, header));
  if (!found.every((byte, index) => byte === stated[index])) return refused("digest");
  if (!demands.trust.signed(found, area.slice(at.signature, headerBytes))) {
    return refused("signature");
  }
  if (header.hardware !== demands.hardware) return refused("hardware");
  if (header.counter < demands.counter) return refused("counter");
  return { kind: "sound", header };
}

/** An image's file. */
export function encodeImage(
  header: Omit<ImageHeader, "bodyBytes">,
  body: Uint8Array,
  seal: { digest: Trust["digest"]; sign(digest: Uint8Array): Uint8Array },
): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  const view = new DataView(bytes.buffer);
  const { major, minor, revision } = header.version;
  view.setUint32(at.magic, magic, true);
  view.setUint16(at.format, format, true);
  view.setUint16(at.hardware, header.hardware, true);
  view.setUint32(at.bodyBytes, body.length, true);
  for (const [index, part] of [major, minor, revision].entries()) {
    view.setUint16(at.version + 2 * index, part, true);
  }
  view.setUint32(at.counter, header.counter, true);
  bytes.set(body, headerBytes);
  const digest = seal.digest(digested(bytes, { ...header, bodyBytes: body.length }));
  bytes.set(digest, at.digest);
  bytes.set(seal.sign(digest), at.signature);
  return bytes;
}

/** A version as people write it: "1.5.0". */
export function versionText({ major, minor, revision }: Version): string {
  return `${major}.${minor}.${revision}`;
}

/** The header, whatever the rest is worth; undefined when there is none. */
function parseHeader(area: Uint8Array): ImageHeader | undefined {
  if (area.length < headerBytes) return undefined;
  const view = new DataView(area.buffer, area.byteOffset, area.length);
  if (view.getUint32(at.magic, true) !== magic) return undefined;
  if (view.getUint16(at.format, true) !== format) return undefined;
  const part = (index: number): number => view.getUint16(at.version + 2 * index, true);
  return {
    hardware: view.getUint16(at.hardware, true),
    bodyBytes: view.getUint32(at.bodyBytes, true),
    version: { major: part(0), minor: part(1), revision: part(2) },
    counter: view.getUint32(at.counter, true),
  };
}

/** The bytes that the digest covers. */
function digested(area: Uint8Array, header: ImageHeader): Uint8Array {
  const bytes = new Uint8Array(at.digest + header.bodyBytes);
  bytes.set(area.subarray(0, at.digest));
  bytes.set(area.subarray(headerBytes, imageBytes(header)), at.digest);
  return bytes;
}

function refused(fault: ImageFault): Judged {
  return { kind: "refused", fault };
}
