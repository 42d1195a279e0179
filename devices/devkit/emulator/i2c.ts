/**
 * An I2C bus with devices on it, as the microcontroller's TWI unit sees it. Each byte takes the time that nine bits
 * take, so that what a sketch can read in a second is what it could in a room.
 */
import type { AVRTWI, CPU, TWIEventHandler } from "avr8js";

/** One device on the bus. */
export interface I2cDevice {
  /** Seven bits. */
  readonly address: number;
  /** A sin: it pulls the clock down and never lets go. */
  readonly isStuck?: boolean;
  /** A new transfer begins. */
  begin(): void;
  /** The host writes a byte; whether it is acknowledged. */
  write(byte: number): boolean;
  /** The host reads the next byte. */
  read(): number;
}

/** The bus, to be given to the TWI unit as its `eventHandler`. */
export class I2cBus implements TWIEventHandler {
  readonly #cpu: CPU;
  readonly #twi: AVRTWI;
  readonly #devices: readonly I2cDevice[];
  readonly #hertz: number;
  #addressed: I2cDevice | undefined;

  constructor(chip: { cpu: CPU; twi: AVRTWI; hertz: number }, devices: readonly I2cDevice[]) {
    this.#cpu = chip.cpu;
    this.#twi = chip.twi;
    this.#hertz = chip.hertz;
    this.#devices = devices;
  }

  start(): void {
    this.#after(1, () => this.#twi.completeStart());
  }

  stop(): void {
    this.#addressed = undefined;
    this.#after(1, () => this.#twi.completeStop());
  }

  connectToSlave(address: number, isWrite: boolean): void {
    this.#addressed = this.#devices.find((device) => device.address === address);
    if (isWrite) this.#addressed?.begin();
    if (this.#addressed?.isStuck === true) return;
    this.#after(9, () => this.#twi.completeConnect(this.#addressed !== undefined));
  }

  writeByte(value: number): void {
    const isAcknowledged = this.#addressed?.write(value) ?? false;
    this.#after(9, () => this.#twi.completeWrite(isAcknowledged));
  }

  readByte(): void {
    // Nobody pulls the line down.
    const value = this.#addressed?.read() ?? 0xff;
    this.#after(9, () => this.#twi.completeRead(value));
  }

  #after(bits: number, run: () => void): void {
    this.#cpu.addClockEvent(run, (bits * this.#hertz) / this.#twi.sclFrequency);
  }
}
