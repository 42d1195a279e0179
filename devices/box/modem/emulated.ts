/**
 * A modem in memory, described by its sins. It keeps what it has handed to the network, and works
 * off what it is told in order, as real ones do.
 */
import type { Clock } from "#platform/clock/port.ts";
import { type Duration, Millis, Seconds } from "#wire/units.ts";

import type { Line } from "./line.ts";

/** What a modem does wrong; several at once if need be. */
export interface Sins {
  readonly sim?: "none" | "no_credit";
  readonly network?: "none" | "only_4g";
  /** Refuses every text with this number of the message service, such as 500. */
  readonly error?: number;
  readonly promptAfter?: Duration;
  readonly confirmAfter?: Duration;
  /** Hands the text to the network, and never says so. */
  readonly confirmation?: "lost";
  readonly echo?: "always";
  /** Its bytes come this many at a time, 1 ms apart. */
  readonly chunk?: number;
  /** Says it again a little later, when something else has been asked. */
  readonly ok?: "twice";
  readonly resets?: "at_prompt" | "before_network" | "after_network";
  /** It never says that it has started. */
  readonly start?: "unsaid";
  readonly voice?: "none";
}

/** A part that has reached the network. */
export interface Delivered {
  readonly number: string;
  readonly text: string;
  /** When the modem was given it. */
  readonly handedAt: number;
}

const usualPrompt = Millis(20);
const usualConfirmation = Seconds(2);
const repeatAfter = Millis(100);
const bootTime = Seconds(3);
const escapeByte = 0x1b;
const submitByte = 0x1a;

/** See the file. */
export class EmulatedModem implements Line {
  sins: Sins = {};
  readonly delivered: Delivered[] = [];
  /** Every command, as heard. */
  readonly heard: string[] = [];
  readonly #clock: Clock;
  #receive: (bytes: Uint8Array) => void = () => undefined;
  #input: number[] = [];
  #output: number[] = [];
  #text = "";
  #mode: "command" | "prompt" | "busy" | "boot" = "command";
  #isEchoing = true;
  /** As it starts: in text mode, the digits of a part would go as a text to its length as a number. */
  #isTextMode = true;
  #argument = "";
  /** Whether errors of the equipment have a number. */
  #isNumbering = false;
  /** What began in an earlier life never ends. */
  #life = 0;
  #references = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
  }

  write(bytes: Uint8Array): void {
    if (this.#mode === "boot") return;
    this.#input.push(...bytes);
    this.#work();
  }

  /** Loses everything it was doing, and comes back. */
  reset(): void {
    this.#life += 1;
    this.#input = [];
    this.#text = "";
    this.#isEchoing = true;
    this.#isTextMode = true;
    this.#isNumbering = false;
    this.#during("boot", bootTime, () => {
      if (this.sins.start !== "unsaid") this.#say("RDY");
    });
  }

  #work(): void {
    while (this.#mode === "command" || this.#mode === "prompt") {
      const byte = this.#input.shift();
      if (byte === undefined) return;
      if (this.#isEchoing) this.#emit([byte]);
      if (this.#mode === "command") this.#hearCommand(byte);
      else this.#hearText(byte);
    }
  }

  #hearCommand(byte: number): void {
    const letter = String.fromCharCode(byte);
    if (letter !== "\r") {
      if (byte !== escapeByte) this.#text += letter;
      return;
    }
    const command = this.#text;
    this.#text = "";
    this.#obey(command);
  }

  #obey(command: string): void {
    this.heard.push(command);
    if (command === "ATE0") this.#isEchoing = this.sins.echo === "always";
    if (command === "AT+CMEE=1") this.#isNumbering = true;
    if (command === "AT+CMGF=0") this.#isTextMode = false;
    this.#argument = command.slice("AT+CMGS=".length);
    if (command.startsWith("AT+CMGS=")) this.#beginText();
    else if (command.startsWith("AT")) this.#say(...(this.#answers()[command] ?? ["OK"]));
  }

  #answers(): Readonly<Record<string, readonly string[]>> {
    const { sim, network } = this.sins;
    const generations = { old: network === undefined ? 1 : 2, new: network === "none" ? 2 : 1 };
    const noSim = this.#isNumbering ? "+CME ERROR: 10" : "ERROR";
    return {
      "AT+CPIN?": sim === "none" ? [noSim] : ["+CPIN: READY", "OK"],
      "AT+CREG?": [`+CREG: 0,${generations.old}`, "OK"],
      "AT+CEREG?": [`+CEREG: 0,${generations.new}`, "OK"],
      "AT+CSQ": [`+CSQ: ${network === "none" ? 99 : 17},0`, "OK"],
    };
  }

  #beginText(): void {
    if (this.sins.resets === "at_prompt") return this.reset();
    this.#during("busy", this.sins.promptAfter ?? usualPrompt, () => {
      this.#mode = "prompt";
      this.#emit(bytesOf("\r\n> "));
    });
  }

  #hearText(byte: number): void {
    if (byte !== escapeByte && byte !== submitByte) {
      this.#text += String.fromCharCode(byte);
      return;
    }
    const text = this.#text;
    this.#text = "";
    this.#mode = "command";
    if (byte === escapeByte) this.#say("OK");
    else this.#submit(text);
  }

  #submit(hex: string): void {
    const handedAt = this.#clock.monotonic();
    if (this.sins.resets === "before_network") return this.reset();
    const error = this.#refusal();
    this.#during("busy", this.sins.confirmAfter ?? usualConfirmation, () => {
      if (error !== undefined) return this.#say(`+CMS ERROR: ${error}`);
      const read = this.#isTextMode ? { number: this.#argument, text: hex } : decodePart(hex);
      this.delivered.push({ ...read, handedAt });
      this.#references = (this.#references + 1) % 256;
      if (this.sins.resets === "after_network") this.reset();
      else if (this.sins.confirmation !== "lost") this.#say(`+CMGS: ${this.#references}`, "OK");
    });
  }

  #refusal(): number | undefined {
    const { sim, network, error } = this.sins;
    if (sim === "none") return 310;
    if (network === "none") return 331;
    return sim === "no_credit" ? 8 : error;
  }

  #during(mode: "busy" | "boot", delay: Duration, then: () => void): void {
    const life = this.#life;
    this.#mode = mode;
    this.#clock.after(delay, "emulated modem", () => {
      if (life !== this.#life) return;
      this.#mode = "command";
      then();
      this.#work();
    });
  }

  /** Says what nobody has asked. */
  interject(line: string): void {
    this.#emit(bytesOf(`\r\n${line}\r\n`));
  }

  #say(...lines: readonly string[]): void {
    for (const line of lines) this.interject(line);
    if (this.sins.ok !== "twice" || lines.at(-1) !== "OK") return;
    this.#clock.after(repeatAfter, "emulated modem repeats", () => this.interject("OK"));
  }

  #emit(bytes: readonly number[]): void {
    if (this.sins.voice === "none") return;
    this.#output.push(...bytes);
    if (this.#output.length === bytes.length) this.#flushSoon();
  }

  #flushSoon(): void {
    this.#clock.after(Millis(1), "emulated modem speaks", () => {
      const chunk = this.#output.splice(0, this.sins.chunk ?? this.#output.length);
      if (this.#output.length > 0) this.#flushSoon();
      this.#receive(Uint8Array.from(chunk));
    });
  }
}

function bytesOf(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}

/** Number and text of an SMS-SUBMIT, as a telephone would read them. */
export function decodePart(hex: string): { number: string; text: string } {
  const octets = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const [, first = 0, , digits = 0, kind = 0] = octets;
  const textAt = 5 + Math.ceil(digits / 2) + 4;
  const swapped = octets.slice(5, textAt - 4).map((octet) => octet.toString(16).padStart(2, "0"));
  const number = swapped.map((pair) => `${pair.charAt(1)}${pair.charAt(0)}`).join("");
  const skipped = (first & 0x40) === 0 ? 0 : (octets[textAt] ?? 0) + 1;
  const body = octets.slice(textAt + skipped);
  const units = body.flatMap((high, at) =>
    at % 2 === 0 ? [high * 256 + (body[at + 1] ?? 0)] : [],
  );
  return {
    number: `${kind === 0x91 ? "+" : ""}${number.slice(0, digits)}`,
    text: String.fromCharCode(...units),
  };
}
