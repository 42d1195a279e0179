/**
 * CRC-16/CCITT-FALSE: finds every error of up to three bits, and every burst of up to sixteen, in a
 * frame.
 *
 * @source CRC catalogue (reveng): polynomial 0x1021, start 0xFFFF, check value 0x29B1
 */

/** The checksum of the first `length` bytes. */
export function crc16(bytes: Uint8Array, length: number): number {
  let crc = 0xffff;
  for (let at = 0; at < length; at += 1) {
    // A byte at once, without a table: the wristband has little memory and less time.
    let mixed = (crc >> 8) ^ (bytes[at] ?? 0);
    mixed ^= mixed >> 4;
    crc = ((crc << 8) ^ (mixed << 12) ^ (mixed << 5) ^ mixed) & 0xffff;
  }
  return crc;
}
