/**
 * An ADXL345 on the board's I2C, a hundred readings a second.
 *
 * Johnny-Five's own `Accelerometer` hands out the mean of five readings: an impact of two of them would lose half of
 * its height. So the registers are read by firmata-io, and nothing is smoothed.
 * @source Analog Devices ADXL345 data sheet; S1 §6.1.2 (WB-26): every 10 ms
 */
import type { Firmata } from "firmata-io";

/** Thousandths of g. */
export interface Acceleration {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const address = 0x53;
const register = { rate: 0x2c, power: 0x2d, format: 0x31, data: 0x32 } as const;
/** Twice as often as it is read, so that no reading is an old one. */
const rate200Hz = 0x0b;
/** ±16 g, and 256 counts a g. */
const fullRange = 0x0b;
const measure = 0x08;
const mgPerCount = 1000 / 256;
const readEveryMs = 10;

/** Reads until the board is closed; `lost` is told whenever the chip does not answer. */
export function readAccelerometer(
  io: Firmata,
  told: { readonly felt: (acceleration: Acceleration) => void; readonly lost: () => void },
): void {
  io.on("string", (text: unknown) => {
    if (text === "I2C: no answer") told.lost();
  });
  io.i2cConfig();
  io.i2cWrite(address, register.rate, rate200Hz);
  io.i2cWrite(address, register.format, fullRange);
  io.i2cWrite(address, register.power, measure);
  io.setSamplingInterval(readEveryMs);
  io.i2cRead(address, register.data, 6, (bytes) => told.felt(accelerationOf(bytes)));
}

function accelerationOf(bytes: readonly number[]): Acceleration {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const axis = (place: number): number => view.getInt16(place, true) * mgPerCount;
  return { x: axis(0), y: axis(2), z: axis(4) };
}
