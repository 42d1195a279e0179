/**
 * What a GSM modem says, from bytes to lines with a meaning.
 *
 * A line ends with CR, LF or both. Only the prompt for a message, `> `, comes without an end.
 * Echoes of what was written are lines like others, and mean nothing.
 *
 * @source 3GPP TS 27.007 §4, §9; 3GPP TS 27.005 §3; ITU-T V.250 §5.7
 */

/** How a modem refuses: a plain `ERROR`, or a number of the equipment's or the message service's. */
export interface Refusal {
  readonly family: "plain" | "CME" | "CMS";
  /** Absent when the modem gives none, or words. */
  readonly number?: number;
}

/** One line of a modem. */
export type AtLine =
  | { readonly kind: "ok" | "prompt" | "restarted" | "other" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** `+CSQ: 17,0` is named `+CSQ`, with `17,0` as text. */
  | { readonly kind: "info"; readonly name: string; readonly text: string };

/** Ends a message's text and submits it. */
export const submit = "\u001A";
/** Leaves the prompt without submitting. */
export const escape = "\u001B";

const prompt = "> ";
/** Longer lines are noise; ours. The longest that is read for its meaning has 30 characters. */
const lineMax = 1_024;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** Puts lines together from bytes that come cut anywhere. */
export class AtReader {
  #line = "";

  /** The lines that these bytes complete. */
  read(bytes: Uint8Array): AtLine[] {
    return Array.from(bytes, (byte) => this.#take(byte)).filter((line) => line !== undefined);
  }

  #take(byte: number): AtLine | undefined {
    if (byte === carriageReturn || byte === lineFeed) return this.#end();
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    if (isPrintable && this.#line.length < lineMax) this.#line += String.fromCharCode(byte);
    return this.#line === prompt ? this.#end() : undefined;
  }

  #end(): AtLine | undefined {
    const text = this.#line;
    this.#line = "";
    if (text === prompt) return { kind: "prompt" };
    return text === "" ? undefined : parseLine(text);
  }
}

/** What different makers' modems say when they have started. */
const startWords: ReadonlySet<string> = new Set(["RDY", "^SYSSTART", "START"]);

function parseLine(text: string): AtLine {
  if (text === "OK") return { kind: "ok" };
  if (text === "ERROR") return { kind: "refused", refusal: { family: "plain" } };
  if (startWords.has(text)) return { kind: "restarted" };
  const numbered = /^\+(CME|CMS) ERROR: *(.*)$/.exec(text);
  if (numbered !== null) return { kind: "refused", refusal: parseRefusal(numbered) };
  const [, name, rest] = /^([+^*][A-Z]+): *(.*)$/.exec(text) ?? [];
  if (name === undefined || rest === undefined) return { kind: "other" };
  return { kind: "info", name, text: rest };
}

function parseRefusal([, name, number = ""]: RegExpExecArray): Refusal {
  const family = name === "CME" ? "CME" : "CMS";
  return /^\d{1,5}$/.test(number) ? { family, number: Number(number) } : { family };
}

/** Whether `+CREG` says that a network has taken the modem in: home, abroad, or for SMS only. */
export function isRegistered(creg: string): boolean {
  const [first, second = first] = creg.split(",").map((field) => field.trim());
  return second !== undefined && ["1", "5", "6", "7"].includes(second);
}

/** The strength that `+CSQ` says, 0 to 31; undefined when the modem knows none. */
export function parseSignal(csq: string): number | undefined {
  const strength = Number.parseInt(csq, 10);
  return strength >= 0 && strength <= 31 ? strength : undefined;
}
