/**
 * An ATmega328P with what an Arduino Uno uses of it, just powered on.
 */
import {
  adcConfig,
  AVRADC,
  avrInstruction,
  AVRIOPort,
  AVRTimer,
  AVRTWI,
  AVRUSART,
  CPU,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  twiConfig,
  usart0Config,
} from "avr8js";

import { assert } from "#platform/assert.ts";

import { I2cBus, type I2cDevice } from "./i2c.ts";

/** Its crystal. */
export const hertz = 16_000_000;
const flashBytes = 32_768;
const ramBytes = 2048;

/** The chip's parts that the world outside touches. */
export interface Chip {
  readonly cpu: CPU;
  readonly timers: readonly AVRTimer[];
  readonly usart: AVRUSART;
  readonly adc: AVRADC;
  /** D, B and C: pins 0–7, 8–13 and A0–A5 of the board. */
  readonly ports: readonly AVRIOPort[];
  asleep: boolean;
}

/** Builds a chip that holds the program, a raw image from address 0, and has these devices on its I2C bus. */
export function createChip(program: Uint8Array, devices: readonly I2cDevice[]): Chip {
  assert(program.length > 0 && program.length <= flashBytes, "the program fits in the flash");
  const flash = new Uint8Array(flashBytes).fill(0xff);
  flash.set(program);
  const cpu = new CPU(new Uint16Array(flash.buffer), ramBytes);
  const twi = new AVRTWI(cpu, twiConfig, hertz);
  twi.eventHandler = new I2cBus({ cpu, twi, hertz }, devices);
  return {
    cpu,
    timers: [timer0Config, timer1Config, timer2Config].map((timer) => new AVRTimer(cpu, timer)),
    usart: new AVRUSART(cpu, usart0Config, hertz),
    adc: new AVRADC(cpu, adcConfig),
    ports: [portDConfig, portBConfig, portCConfig].map((port) => new AVRIOPort(cpu, port)),
    asleep: false,
  };
}

const sleepOpcode = 0x9588;
/** SMCR and its bit that lets the chip sleep. */
const sleepControl = { register: 0x53, enabled: 1 } as const;

/**
 * Runs the chip up to a cycle. While it sleeps, nothing happens until the next event of a timer or a line: so time goes
 * there directly, and a sketch that sleeps runs many times faster than real time.
 */
export function run(chip: Chip, untilCycle: number): void {
  const { cpu } = chip;
  while (cpu.cycles < untilCycle) {
    const sleeps = chip.asleep || isFallingAsleep(cpu);
    if (chip.asleep) cpu.cycles = Math.min(nextEvent(cpu), untilCycle);
    else avrInstruction(cpu);
    const { pc } = cpu;
    cpu.tick();
    // An interrupt, and nothing else, wakes: it is seen by where the program goes on.
    chip.asleep = sleeps && cpu.pc === pc;
  }
}

function isFallingAsleep(cpu: CPU): boolean {
  if (cpu.progMem[cpu.pc] !== sleepOpcode) return false;
  return ((cpu.data[sleepControl.register] ?? 0) & sleepControl.enabled) !== 0;
}

/** Timers would have themselves called at each of their ticks, every 64 cycles; they also count several at once. */
const strideCycles = 256;

function nextEvent(cpu: CPU): number {
  const next = cpu["nextClockEvent"]?.cycles ?? Number.POSITIVE_INFINITY;
  return next <= cpu.cycles ? cpu.cycles : Math.max(next, cpu.cycles + strideCycles);
}
