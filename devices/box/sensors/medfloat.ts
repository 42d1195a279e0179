/**
 * The decimal numbers of medical devices: SFLOAT in 16 bits, FLOAT in 32.
 *
 * A signed mantissa times ten to a signed exponent, so that 36.4 is 364 × 10⁻¹ and nothing else. Five
 * codes, all with exponent 0, say that there is no number.
 * @source ISO/IEEE 11073-20601, FLOAT-Type and SFLOAT-Type; Bluetooth GATT Specification Supplement,
 * medfloat16 and medfloat32
 */

/** What stands in place of a number. */
export type NoNumber =
  "not_a_number" | "not_at_this_resolution" | "reserved" | "plus_infinity" | "minus_infinity";

/** A format: how many bits its mantissa and its exponent have. */
interface Format {
  readonly mantissaBits: number;
  readonly exponentBits: number;
}

const short: Format = { mantissaBits: 12, exponentBits: 4 };
const long: Format = { mantissaBits: 24, exponentBits: 8 };
/** Offsets from the largest mantissa, unsigned: 0x7FE…0x802 for 12 bits. */
const specials: readonly NoNumber[] = [
  "plus_infinity",
  "not_a_number",
  "not_at_this_resolution",
  "reserved",
  "minus_infinity",
];

/** The number that 16 bits say, or what they say instead. */
export function decodeSfloat(bits: number): number | NoNumber {
  return decode(short, bits);
}

/** The number that 32 bits say, or what they say instead. */
export function decodeFloat(bits: number): number | NoNumber {
  return decode(long, bits);
}

/** The 16 bits nearest to a number, or those for no number. */
export function encodeSfloat(value: number | NoNumber): number {
  return encode(short, value);
}

/** The 32 bits nearest to a number, or those for no number. */
export function encodeFloat(value: number | NoNumber): number {
  return encode(long, value);
}

function decode(format: Format, bits: number): number | NoNumber {
  const { mantissaBits, exponentBits } = format;
  const raw = bits % 2 ** mantissaBits;
  const exponent = signed(Math.floor(bits / 2 ** mantissaBits), exponentBits);
  const special = exponent === 0 ? specials[raw - firstSpecial(format)] : undefined;
  if (special !== undefined) return special;
  const mantissa = signed(raw, mantissaBits);
  // Dividing by a power of ten rounds once, multiplying by its inverse twice.
  return exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;
}

function encode(format: Format, value: number | NoNumber): number {
  if (typeof value === "string") return firstSpecial(format) + specials.indexOf(value);
  if (Number.isNaN(value)) return encode(format, "not_a_number");
  const { mantissa, exponent } = scale(format, value);
  if (!fits(format, { mantissa, exponent })) {
    return encode(format, value > 0 ? "plus_infinity" : "minus_infinity");
  }
  const { mantissaBits, exponentBits } = format;
  return unsigned(exponent, exponentBits) * 2 ** mantissaBits + unsigned(mantissa, mantissaBits);
}

/** A number as it is written. */
interface Scaled {
  readonly mantissa: number;
  readonly exponent: number;
}

/** The finest exponent at which `value` fits, without zeros at the end that say nothing. */
function scale(format: Format, value: number): Scaled {
  const most = 2 ** (format.exponentBits - 1);
  let scaled = scaledTo(value, -most);
  while (scaled.exponent < most - 1 && !fits(format, scaled)) {
    scaled = scaledTo(value, scaled.exponent + 1);
  }
  let { mantissa, exponent } = scaled;
  while (mantissa % 10 === 0 && exponent < 0) {
    mantissa /= 10;
    exponent += 1;
  }
  return { mantissa, exponent };
}

function scaledTo(value: number, exponent: number): Scaled {
  const mantissa = Math.round(exponent < 0 ? value * 10 ** -exponent : value / 10 ** exponent);
  return { mantissa, exponent };
}

/** The largest mantissas of exponent 0 are the special codes. */
function fits(format: Format, { mantissa, exponent }: Scaled): boolean {
  const special = firstSpecial(format);
  return Math.abs(mantissa) <= (exponent === 0 ? special - 1 : special + 1);
}

function firstSpecial({ mantissaBits }: Format): number {
  return 2 ** (mantissaBits - 1) - 2;
}

function signed(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

function unsigned(value: number, bits: number): number {
  return value < 0 ? value + 2 ** bits : value;
}
