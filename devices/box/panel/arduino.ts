/**
 * Button, light and buzzer on one Arduino, by Johnny-Five's components.
 */
import type { Firmata } from "firmata-io";
import { Button, Led, Piezo } from "johnny-five";

import type { OpenBoard } from "#devices/devkit/board.ts";

import type { Buzz, Light } from "./port.ts";
import { blinks, tunes } from "./signs.ts";

/** Where they are wired: the button to ground, the others through a resistor. */
export const pins = { button: 2, buzzer: 8, light: 13 } as const;

/** The parts of one board; of no use once the board is lost. */
export interface Parts {
  show(state: Light): void;
  play(pattern: Buzz): void;
  /** Dark, silent, and no timer left. */
  rest(): void;
}

/** Wires the parts up. */
export function wireParts(
  { board, io }: OpenBoard,
  contact: { readonly down: () => void; readonly up: () => void },
): Parts {
  const button = new Button({ board, pin: pins.button, isPullup: true });
  button.on("down", contact.down).on("up", contact.up);
  const led = new Led({ board, pin: pins.light });
  const buzzer = { board, pin: pins.buzzer, controller: toneController(io) };
  const piezo = new Piezo(buzzer);
  const darken = (): void => void led.stop().off();
  const hush = (): void => void piezo.stop().off();
  return {
    show: (state) => {
      darken();
      if (state === "off") return;
      led.on();
      if (state !== "well") led.blink(blinks[state]);
    },
    play: (pattern) => {
      hush();
      piezo.play(tunes[pattern]);
    },
    rest: () => {
      darken();
      hush();
    },
  };
}

/** The sketch's own message for a tone: pin, Hz, ms. */
const toneMessage = 0x01;

/**
 * Lets the sketch make the tones. Johnny-Five would send each half wave as a message of its own: no line is that even,
 * and this one can carry 1700 messages a second.
 */
function toneController(io: Firmata): PropertyDescriptorMap {
  const play = (hertz: number, ms: number): void => {
    io.sysexCommand([toneMessage, pins.buzzer, ...sevenBits(hertz), ...sevenBits(ms)]);
  };
  return {
    initialize: { value: () => io.pinMode(pins.buzzer, io.MODES.OUTPUT) },
    tone: { value: (halfWaveUs: number, ms: number) => play(Math.round(5e5 / halfWaveUs), ms) },
    noTone: { value: () => play(0, 0) },
  };
}

/** A number as two of seven bits, the low one first. */
export function sevenBits(value: number): readonly [number, number] {
  return [value & 0x7f, (value >> 7) & 0x7f];
}
