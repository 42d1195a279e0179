/**
 * The front panel on an Arduino, kept: a board that is missing, pulled out or reset is waited for, and shows the last
 * state said as soon as it is back.
 *
 * The board is asked every few seconds. That tells a board that is gone; and a board that is asked no more, because the
 * box's program has died, goes dark by itself instead of saying that all is well.
 */
import { type BoardLine, boardLine, type OpenBoard } from "#devices/devkit/board.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import { Seconds } from "#wire/units.ts";

import type { Line } from "../modem/line.ts";
import { type Parts, sevenBits, wireParts } from "./arduino.ts";
import type { Buzz, Light, Panel, Press } from "./port.ts";
import { createPresses, type Presses } from "./presses.ts";

/** What a panel needs. */
export interface PanelOptions {
  /** To the Arduino, at `sketchBaud`; it has no other listener. Whoever opened it closes it after the panel. */
  readonly line: Line;
  readonly clock: Clock;
  readonly log: Log;
}

const askEvery = Seconds(5);
const tryAgainAfter = Seconds(5);
/** The sketch's own message: outputs fall when the host has been silent for so many seconds. */
const guardMessage = 0x02;
const guardSeconds = 15;

/** The panel at the end of this line; it is there to be spoken to at once, whenever the board comes. */
export function openPanel(options: PanelOptions): Panel {
  const panel = new KeptPanel(options);
  void panel.connect();
  return panel;
}

class KeptPanel implements Panel {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #line: BoardLine;
  readonly #presses: Presses;
  #light: Light = "off";
  #parts: Parts | undefined;
  #timer: Timer | undefined;
  #isLost = false;
  #isClosed = false;

  constructor({ line, clock, log }: PanelOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#line = boardLine(line);
    this.#presses = createPresses(clock);
  }

  onPress(take: (press: Press) => void): void {
    this.#presses.onPress((press) => {
      if (!this.#isClosed) take(press);
    });
  }

  light(state: Light): void {
    if (this.#isClosed || state === this.#light) return;
    this.#light = state;
    this.#parts?.show(state);
  }

  buzz(pattern: Buzz): void {
    if (!this.#isClosed) this.#parts?.play(pattern);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#parts?.rest();
    this.#presses.forget();
  }

  async connect(): Promise<void> {
    try {
      const opened = await this.#line.open();
      if (!this.#isClosed) this.#begin(opened);
    } catch (trouble) {
      if (!isTrouble(trouble, "board-unreachable")) throw trouble;
      if (this.#isClosed) return;
      this.#miss();
      this.#timer = this.#clock.after(tryAgainAfter, "panel", () => void this.connect());
    }
  }

  #begin(opened: OpenBoard): void {
    if (this.#isLost) this.#log.info("panel is back");
    this.#isLost = false;
    this.#parts = wireParts(opened, this.#presses);
    this.#parts.show(this.#light);
    const { io } = opened;
    io.sysexCommand([guardMessage, ...sevenBits(guardSeconds)]);
    // A board tells its version unasked when it has started again, and then knows nothing of its parts.
    io.on("reportversion", () => this.#lose());
    let isAnswered = true;
    this.#timer = this.#clock.every(askEvery, "panel", () => {
      if (!isAnswered) return this.#lose();
      isAnswered = false;
      io.queryFirmware(() => (isAnswered = true));
    });
  }

  #lose(): void {
    if (this.#isClosed || this.#parts === undefined) return;
    this.#miss();
    this.#timer?.cancel();
    this.#parts.rest();
    this.#parts = undefined;
    this.#presses.forget();
    void this.connect();
  }

  #miss(): void {
    if (!this.#isLost) this.#log.warn("panel does not answer");
    this.#isLost = true;
  }
}
