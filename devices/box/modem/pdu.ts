/**
 * An SMS as a modem takes it in PDU mode: SMS-SUBMIT in UCS-2, which has every accent.
 *
 * PDU mode because a modem must have it, and because only there a long text can be cut in parts
 * that the telephone joins again.
 *
 * ```
 * 00 | 11 or 51 | 00 | digits, 91 or 81, number | 00 | 08 | A7 | length | [05 00 03 ref n i] text
 * centre  submit   ref  to                        pid  UCS-2 24 h
 * ```
 * @source 3GPP TS 23.040 §9.2.2.2, §9.2.3.24.1; 3GPP TS 27.005 §4.3
 */

/** One part, ready for `AT+CMGS`. */
export interface Part {
  readonly hex: string;
  /** Octets after the centre's address: the command's argument. */
  readonly octets: number;
}

/** The parts of a message, or why there are none; the sentence names no number and no text. */
export type EncodedSms =
  | { readonly kind: "encoded"; readonly parts: readonly Part[] }
  | {
      readonly kind: "refused";
      readonly fault: "bad_number" | "bad_text";
      readonly sentence: string;
    };

/** UTF-16 units in 140 octets, without and with the header that numbers parts. */
const unitsAlone = 70;
const unitsInPart = 67;
/** Ours: what does not fit in 201 characters is no message to a telephone. */
const partsMax = 3;
const numberShape = /^\+?[0-9]{3,15}$/;

/**
 * A message's parts.
 *
 * @param reference  0–255, the same for all parts and another for the next message
 */
export function encodeSms(sms: { number: string; text: string; reference: number }): EncodedSms {
  if (!numberShape.test(sms.number)) {
    const sentence = "A number is 3 to 15 digits, with a plus when it is international.";
    return { kind: "refused", fault: "bad_number", sentence };
  }
  const texts = cut(sms.text);
  if (sms.text === "" || texts.length > partsMax) {
    const sentence = `A text has 1 to ${partsMax * unitsInPart} characters.`;
    return { kind: "refused", fault: "bad_text", sentence };
  }
  const parts = texts.map((text, index) => {
    const header = [5, 0, 3, sms.reference, texts.length, index + 1];
    return encodePart(sms.number, text, texts.length === 1 ? [] : header);
  });
  return { kind: "encoded", parts };
}

/** Never between the two halves of a character. */
function cut(text: string): string[] {
  if (text.length <= unitsAlone) return [text];
  const pieces: string[] = [];
  for (let from = 0; from < text.length; from += pieces.at(-1)?.length ?? 1) {
    const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(from + unitsInPart - 1));
    pieces.push(text.slice(from, from + unitsInPart - (isHalf ? 1 : 0)));
  }
  return pieces;
}

function encodePart(number: string, text: string, header: readonly number[]): Part {
  const digits = number.replace("+", "");
  const data = [
    ...header,
    ...Array.from({ length: text.length }, (_, at) => pair(text, at)).flat(),
  ];
  const body = [
    ...[header.length > 0 ? 0x51 : 0x11, 0],
    ...[digits.length, number.startsWith("+") ? 0x91 : 0x81, ...swapped(digits)],
    ...[0x00, 0x08, 0xa7, data.length],
    ...data,
  ];
  const hex = [0, ...body].map((octet) => octet.toString(16).padStart(2, "0").toUpperCase());
  return { hex: hex.join(""), octets: body.length };
}

function pair(text: string, at: number): [number, number] {
  const unit = text.charCodeAt(at);
  return [unit >> 8, unit & 0xff];
}

/** Two digits an octet, the first in the lower half; F fills up. */
function swapped(digits: string): number[] {
  const pairs = digits.match(/..?/g) ?? [];
  return pairs.map((two) => Number.parseInt(`${two.charAt(1) || "F"}${two.charAt(0)}`, 16));
}
