/**
 * An Arduino that runs our sketch, as Johnny-Five sees it, at the end of any serial line: a `socat` child or the
 * emulator's.
 *
 * Johnny-Five's own way to a port is not used: it wants `serialport`, which ends a Bun process (spec/firmware.md §5).
 */
import { EventEmitter } from "node:events";

import { Firmata } from "firmata-io";
import { Board } from "johnny-five";

import type { Line } from "#devices/box/modem/line.ts";
import { Trouble } from "#platform/trouble.ts";
import { type Duration, Millis, Seconds } from "#wire/units.ts";

/** Rate of the sketch's serial line. */
export const sketchBaud = 57_600;

/** A board that has answered. */
export interface OpenBoard {
  /** For Johnny-Five's components. */
  readonly board: Board;
  /** For what they cannot say. */
  readonly io: Firmata;
}

/** A board begins anew when its port is opened; its loader takes up to two seconds. */
const patience = Seconds(5);
/** One that runs already says nothing unasked. */
const askAfter = Millis(300);

/** Not its prompt, not its log, and not its end of the process at SIGINT: a box closes what it holds open. */
const quiet = { repl: false, debug: false, sigint: false };

/** A line that boards can be opened on, again and again: one that was unplugged or reset must be. */
export interface BoardLine {
  /**
   * Waits for the board to tell its version and its pins. What was opened before on this line is deaf from now on.
   * Throws Trouble `board-unreachable` (safe) when nothing like our sketch answers.
   */
  open(options?: { readonly within?: Duration }): Promise<OpenBoard>;
}

/** Boards on this line, which has no other listener. */
export function boardLine(line: Line): BoardLine {
  const transport = new Bytes(line);
  return {
    open: async ({ within = patience } = {}) => {
      transport.removeAllListeners();
      const io = new Firmata(transport, { reportVersionTimeout: askAfter });
      const board = new Board({ ...quiet, io, timeout: within });
      const answered = new Promise<void>((resolve, reject) => {
        board.on("ready", resolve);
        board.on("error", reject);
      });
      transport.emit("open");
      await answered.catch((cause: unknown) => {
        throw new Trouble("board-unreachable", {
          retry: "safe",
          detail: "no sketch answers",
          cause,
        });
      });
      return { board, io };
    },
  };
}

/** The line as firmata-io wants it. */
class Bytes extends EventEmitter {
  readonly #line: Line;

  constructor(line: Line) {
    super();
    this.#line = line;
    line.listen((bytes) => this.emit("data", bytes));
  }

  write(bytes: Uint8Array | readonly number[], done?: () => void): void {
    this.#line.write(Uint8Array.from(bytes));
    done?.();
  }
}
