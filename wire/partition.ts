/**
 * Which partition holds a serial: FNV-1a-32 of its UTF-16 code units (serials are ASCII) modulo the
 * count.
 *
 * @source DESIGN doors and stream: p = FNV-1a-32(box) mod P for streams, q = FNV-1a-32(device) mod P for twins
 */

/** FNV-1a, 32 bits, of ASCII text; unsigned. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The partition of `serial` among `count` (≥ 1): integer 0 … count-1. */
export function partitionOf(serial: string, count: number): number {
  return fnv1a32(serial) % count;
}
