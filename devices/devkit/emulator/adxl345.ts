/**
 * An ADXL345 accelerometer as registers on I2C, moved by a recording.
 * @source Analog Devices ADXL345 data sheet, register map: 0x00, 0x2D, 0x31, 0x32…0x37
 */
import type { I2cDevice } from "./i2c.ts";

/** Acceleration now, in thousandths of g. */
export interface Motion {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const identity = 0xe5;
const register = { identity: 0x00, power: 0x2d, format: 0x31, data: 0x32, last: 0x39 } as const;
const measuring = 0x08;
const fullResolution = 0x08;

/** The chip at its usual address; standing by, as after power-on. */
export class Adxl345 implements I2cDevice {
  readonly address = 0x53;
  readonly #motion: () => Motion;
  readonly #registers = new Uint8Array(register.last + 1);
  #place: number | undefined;
  #next = 0;

  /** @param motion what it feels when it is read */
  constructor(motion: () => Motion) {
    this.#motion = motion;
    this.#registers[register.identity] = identity;
  }

  begin(): void {
    this.#place = undefined;
  }

  write(byte: number): boolean {
    if (this.#place === undefined) {
      this.#place = this.#next = byte;
      return byte <= register.last;
    }
    const isWritable = this.#next > register.identity && this.#next < register.data;
    if (isWritable) this.#registers[this.#next] = byte;
    this.#next += 1;
    return isWritable;
  }

  read(): number {
    // All three axes are of one instant: they are taken when the first byte is read.
    if (this.#next === register.data) this.#measure();
    const value = this.#registers[this.#next] ?? 0;
    this.#next += 1;
    return value;
  }

  #measure(): void {
    if (((this.#registers[register.power] ?? 0) & measuring) === 0) return;
    const format = this.#registers[register.format] ?? 0;
    const { x, y, z } = this.#motion();
    const view = new DataView(this.#registers.buffer);
    for (const [axis, mg] of [x, y, z].entries()) {
      view.setInt16(register.data + axis * 2, countsOf(mg, format), true);
    }
  }
}

/** Counts of one axis: 256 a g in full resolution, else ten bits over the range; beyond the range it clips. */
function countsOf(mg: number, format: number): number {
  const range = 2 << (format & 0b11);
  const perG = (format & fullResolution) === 0 ? 512 / range : 256;
  const counts = Math.round((mg / 1000) * perG);
  return Math.max(-perG * range, Math.min(perG * range - 1, counts));
}
