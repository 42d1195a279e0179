/**
 * One question to the modem at a time, and its answer or silence.
 *
 * A modem works off what it is told in order: after an answer, nothing older can come any more,
 * except that some repeat their `OK`. So an `OK` counts only where one is awaited, and where a line
 * of information is wanted, only after that line.
 */
import { assert } from "#platform/assert.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Duration } from "#wire/units.ts";

import { type AtLine, AtReader, type Refusal } from "./at.ts";
import type { Line } from "./line.ts";

/** What to write, and what ends the wait for an answer. */
export interface Question {
  /** With its end: a carriage return, or what submits a message. */
  readonly text: string;
  readonly until: "ok" | "prompt";
  /** The line of information without which an `OK` is not the answer, such as `+CMGS`. */
  readonly wants?: string;
  readonly within: Duration;
}

/** How a question ended; `info` is the wanted line's text. */
export type Reply =
  | { readonly kind: "done"; readonly info: string }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "silent" | "restarted" };

interface Pending {
  readonly question: Question;
  readonly resolve: (reply: Reply) => void;
  readonly timer: Timer;
  info?: string;
}

interface DialoguePorts {
  readonly line: Line;
  readonly clock: Clock;
  /** Gets every line that is not part of an answer, and every restart. */
  readonly unasked: (line: AtLine) => void;
}

const encoder = new TextEncoder();

/** Asks one modem. */
export class Dialogue {
  readonly #ports: DialoguePorts;
  readonly #reader = new AtReader();
  #pending: Pending | undefined;

  constructor(ports: DialoguePorts) {
    this.#ports = ports;
  }

  /** Begins to listen; called once. */
  open(): void {
    this.#ports.line.listen((bytes) => {
      for (const line of this.#reader.read(bytes)) this.#hear(line);
    });
  }

  /** Writes without waiting. */
  write(text: string): void {
    this.#ports.line.write(encoder.encode(text));
  }

  /** Writes, and waits for the answer. */
  ask(question: Question): Promise<Reply> {
    assert(this.#pending === undefined, "a modem is asked one thing at a time");
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(question.within, "modem answers", () =>
        this.#settle({ kind: "silent" }),
      );
      this.#pending = { question, resolve, timer };
      this.write(question.text);
    });
  }

  #hear(line: AtLine): void {
    if (line.kind === "restarted") this.#ports.unasked(line);
    if (line.kind === "info") this.#note(line);
    else if (line.kind === "refused") this.#settle(line);
    else if (line.kind === "restarted") this.#settle({ kind: "restarted" });
    else if (this.#isAnswer(line.kind)) this.#settle({ kind: "done", info: "" });
  }

  #isAnswer(kind: AtLine["kind"]): boolean {
    if (this.#pending === undefined) return false;
    const { info, question } = this.#pending;
    return kind === question.until && (question.wants === undefined || info !== undefined);
  }

  #note(line: Extract<AtLine, { kind: "info" }>): void {
    const pending = this.#pending;
    if (pending !== undefined && pending.question.wants === line.name) pending.info ??= line.text;
    else this.#ports.unasked(line);
  }

  /** Information that has come stands, however the answer ended. */
  #settle(reply: Reply): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.timer.cancel();
    pending.resolve(pending.info === undefined ? reply : { kind: "done", info: pending.info });
  }
}
