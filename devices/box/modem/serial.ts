/**
 * The serial line to the real modem: a `socat` child holds the device open, since reading a terminal in
 * this process would block one of its few threads for good.
 *
 * A modem that is pulled out ends the child; it is started again every few seconds, for ever. What is
 * written meanwhile is lost: the driver asks again whatever was not answered.
 * @source spec/firmware.md §5 (measured); clinical F18
 */
import { assert } from "#platform/assert.ts";
import { type PipedChild, startPipedChild } from "#platform/children.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { Trouble } from "#platform/trouble.ts";
import { Seconds } from "#wire/units.ts";

import type { Line } from "./line.ts";

/** A line that holds a device. */
export interface SerialLine extends Line {
  /** `serial-gone` (safe) from the device's loss until it has been heard again. */
  readonly fault: Trouble | undefined;
  /** Gives the device free; nothing is received after. */
  close(): Promise<void>;
}

/** What a line needs. */
export interface SerialOptions {
  /** Such as `/dev/serial/by-id/usb-…-if02-port0`. */
  readonly path: string;
  readonly baud?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The fault has come, gone or changed. */
  readonly changed?: (fault: Trouble | undefined) => void;
  /** Starts the child; a real one when absent. */
  readonly start?: typeof startPipedChild;
}

const usualBaud = 115_200;
/** A modem needs some seconds to come back on the USB. */
const reopenAfter = Seconds(3);

/** Opens the line. Throws nothing: a device that is missing is a fault, and is waited for. */
export function openSerialLine(options: SerialOptions): SerialLine {
  const line = new ChildLine(options);
  line.open();
  return line;
}

/** The child's command: bytes as they are, no echo, deaf to the modem's control lines. */
export function serialCommand(path: string, baud: number = usualBaud): readonly string[] {
  const escaped = path.replaceAll(/[:,!\\"'[\](){}]/g, String.raw`\$&`);
  return ["socat", "-", `OPEN:${escaped},raw,echo=0,clocal=1,b${baud}`];
}

class ChildLine implements SerialLine {
  readonly #options: SerialOptions;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #child: PipedChild | undefined;
  #fault: Trouble | undefined;
  #reopening: Timer | undefined;
  #isClosed = false;

  constructor(options: SerialOptions) {
    this.#options = options;
  }

  open(): void {
    const { path, baud, clock, start = startPipedChild } = this.#options;
    const receive = (bytes: Uint8Array): void => this.#hear(bytes);
    try {
      this.#child = start(serialCommand(path, baud), { clock, receive });
      void this.#child.exited.then(() => this.#lose());
    } catch (cause) {
      // Not installed, or no memory for it.
      this.#lose(cause);
    }
  }

  get fault(): Trouble | undefined {
    return this.#fault;
  }

  listen(receive: (bytes: Uint8Array) => void): void {
    assert(this.#receive === undefined, "a line has one listener");
    this.#receive = receive;
  }

  write(bytes: Uint8Array): void {
    this.#child?.write(bytes);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reopening?.cancel();
    await this.#child?.stop();
  }

  #hear(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#note(undefined);
    this.#receive?.(bytes);
  }

  #lose(cause?: unknown): void {
    this.#child = undefined;
    if (this.#isClosed) return;
    this.#note(new Trouble("serial-gone", { retry: "safe", detail: this.#options.path, cause }));
    this.#reopening = this.#options.clock.after(reopenAfter, "serial line", () => this.open());
  }

  #note(fault: Trouble | undefined): void {
    if (this.#fault?.code === fault?.code) return;
    this.#fault = fault;
    this.#options.log.warn("serial line", { fault: fault?.code ?? "none" });
    this.#options.changed?.(fault);
  }
}
