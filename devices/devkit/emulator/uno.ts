/**
 * An Arduino Uno in memory: the sketch's own machine code on an emulated ATmega328P (avr8js 0.21.1), with its serial
 * line, its pins and its I2C bus in reach. Time in it is simulated, and moves only when told.
 */
import { PinState } from "avr8js";

import type { Line } from "#devices/box/modem/line.ts";
import { assert } from "#platform/assert.ts";

import { type Chip, createChip, hertz, run } from "./chip.ts";
import type { I2cDevice } from "./i2c.ts";

/** Told of each change of an output pin: its new level, and when, in ms since power-on. */
export type PinListener = (isHigh: boolean, t: number) => void;

/** See the file. Its {@link Line} is the host's end of the serial line. */
export class Uno implements Line {
  readonly #program: Uint8Array;
  readonly #devices: readonly I2cDevice[];
  readonly #listeners: { readonly pin: number; readonly changed: PinListener }[] = [];
  readonly #inputs = new Map<number, boolean>();
  #chip: Chip;
  /** ms of the lives before the last reset. */
  #lived = 0;
  #sending: number[] = [];
  #receive: (bytes: Uint8Array) => void = () => undefined;

  /** @param program the sketch as a raw image from address 0 */
  constructor(program: Uint8Array, devices: readonly I2cDevice[] = []) {
    this.#program = program;
    this.#devices = devices;
    this.#chip = createChip(program, devices);
    this.#wire();
  }

  /** Simulated ms since power-on. */
  now(): number {
    return this.#lived + (this.#chip.cpu.cycles * 1000) / hertz;
  }

  /** Lets so much time pass. */
  advance(ms: number): void {
    const { cpu } = this.#chip;
    run(this.#chip, cpu.cycles + Math.round((ms * hertz) / 1000));
  }

  /** The reset button: the sketch begins anew, what was under way on the line is lost. */
  reset(): void {
    this.#lived = this.now();
    this.#sending = [];
    this.#chip = createChip(this.#program, this.#devices);
    this.#wire();
  }

  listen(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
  }

  write(bytes: Uint8Array): void {
    this.#sending.push(...bytes);
    this.#send();
  }

  /** Told of every change of an output pin from now on. */
  watch(pin: number, changed: PinListener): void {
    this.#listeners.push({ pin, changed });
  }

  /** Puts a level on an input pin, as a button to ground does with `false`. */
  drive(pin: number, isHigh: boolean): void {
    this.#inputs.set(pin, isHigh);
    const { port, bit } = place(pin);
    this.#chip.ports[port]?.setPin(bit, isHigh);
  }

  /** Whether an input has its pull-up: without one, a button to ground has nothing to pull down. */
  isPulledUp(pin: number): boolean {
    const { port, bit } = place(pin);
    return this.#chip.ports[port]?.pinState(bit) === PinState.InputPullUp;
  }

  /** Puts a voltage on an analog channel: A0 is 0. */
  apply(channel: number, volts: number): void {
    this.#chip.adc.channelValues[channel] = volts;
  }

  #wire(): void {
    const { usart, ports } = this.#chip;
    usart.onByteTransmit = (byte) => this.#receive(Uint8Array.of(byte));
    usart.onRxComplete = () => this.#send();
    // What is written before the sketch listens waits, as in the host's buffer.
    usart.onConfigurationChange = () => this.#send();
    for (const [index, port] of ports.entries()) {
      port.addListener((value, before) => this.#tell(index, { value, before }));
    }
    for (const [pin, isHigh] of this.#inputs) this.drive(pin, isHigh);
  }

  #send(): void {
    const [next] = this.#sending;
    if (next !== undefined && this.#chip.usart.writeByte(next) === true) this.#sending.shift();
  }

  #tell(port: number, { value, before }: { value: number; before: number }): void {
    for (const { pin, changed } of this.#listeners) {
      const at = place(pin);
      const mask = 1 << at.bit;
      if (at.port === port && ((value ^ before) & mask) !== 0) {
        changed((value & mask) !== 0, this.now());
      }
    }
  }
}

/** Where a pin of the board sits on the chip. */
function place(pin: number): { readonly port: number; readonly bit: number } {
  assert(pin >= 0 && pin <= 19, "an Uno has the pins 0 to 19");
  if (pin < 8) return { port: 0, bit: pin };
  return pin < 14 ? { port: 1, bit: pin - 8 } : { port: 2, bit: pin - 14 };
}
