/**
 * A watch that exists only as its interface, on a clock that only moves when it is told to: for tests of the app's
 * parts, and, lowered, for whole runs in any interpreter.
 */
import { dot } from "#devices/wristband/signals/dot.ts";

import type {
  AccelEvent,
  BangleApi,
  EspruinoApi,
  GraphicsApi,
  LightEvent,
  NrfApi,
  PinEvent,
  StorageApi,
  TouchEvent,
  Watch,
} from "../app/watch.ts";
import { createFakeTimers, type FakeTimers } from "./fake-timers.ts";

/** A watch in the tester's hand. */
export interface FakeWatch {
  readonly timers: FakeTimers;
  readonly bangle: BangleApi;
  readonly nrf: NrfApi;
  readonly storage: StorageApi;
  readonly graphics: GraphicsApi;
  readonly espruino: EspruinoApi;
  /** As the app's parts are given it. */
  readonly watch: Watch;
  readonly accelerate: (event: AccelEvent) => void;
  readonly shine: (event: LightEvent) => void;
  readonly press: (event: PinEvent) => void;
  readonly touch: (event: TouchEvent) => void;
  charge(charging: boolean): void;
  /** A bonded box has connected, or is gone. */
  link(up: boolean): void;
  /** The box writes a frame. */
  readonly tell: (bytes: Uint8Array) => void;
  /** What is called with each value that goes out by radio; at most one. */
  readonly onValue: (take: (name: string, bytes: Uint8Array) => void) => void;
  /** What was done with it otherwise, in order: `buzz 400`, `draw …`. */
  readonly deeds: readonly string[];
}

/** Listeners of one event. */
interface Ears<E> {
  readonly listen: (take: (event: E) => void) => void;
  readonly hear: (event: E) => void;
}

function createEars<E>(): Ears<E> {
  const takes: ((event: E) => void)[] = [];
  return {
    listen: (take) => {
      takes.push(take);
    },
    hear: (event) => takes.forEach((take) => take(event)),
  };
}

/** Seconds since 1970 at which every fake watch begins. */
const began = 1_790_000_000;

/** A fake watch whose flash holds these files. */
export function createFakeWatch(files: Record<string, string> = {}): FakeWatch {
  const timers = createFakeTimers();
  const deeds: string[] = [];
  const acceleration = createEars<AccelEvent>();
  const light = createEars<LightEvent>();
  const button = createEars<PinEvent>();
  const touch = createEars<TouchEvent>();
  const charger = createEars<boolean>();
  const security = createEars<void>();
  const disconnect = createEars<void>();
  const note = (deed: string): void => {
    deeds.push(deed);
  };
  const state = { charging: false, linked: false };
  const radio = createFakeRadio(note, () => state.linked);
  const parts = {
    bangle: createFakeBangle(note, () => state.charging),
    nrf: radio.nrf,
    storage: createFakeStorage(files),
    graphics: createFakeGraphics(note),
    espruino: createFakeEspruino(note),
  };
  return {
    ...parts,
    timers,
    deeds,
    watch: {
      ...parts,
      seconds: () => began + timers.now() / 1000,
      after: timers.after,
      cancel: timers.cancel,
      onAcceleration: acceleration.listen,
      onLight: light.listen,
      onButton: button.listen,
      onTouch: touch.listen,
      onCharging: charger.listen,
      onSecurity: security.listen,
      onDisconnect: disconnect.listen,
    },
    accelerate: acceleration.hear,
    shine: light.hear,
    press: button.hear,
    touch: touch.hear,
    charge: (charging) => {
      state.charging = charging;
      charger.hear(charging);
    },
    link: (up) => {
      state.linked = up;
      (up ? security : disconnect).hear();
    },
    tell: radio.tell,
    onValue: radio.onValue,
  };
}

type Note = (deed: string) => void;

function createFakeBangle(note: Note, charging: () => boolean): BangleApi {
  return {
    accelWr: (register, value) => note(`accelWr ${register} ${value}`),
    setPollInterval: (ms) => note(`setPollInterval ${ms}`),
    setOptions: (options) => note(`setOptions ${JSON.stringify(options)}`),
    setHRMPower: (power) => note(`setHRMPower ${String(power)}`),
    buzz: (ms) => note(`buzz ${ms}`),
    setLCDPower: (power) => note(`setLCDPower ${String(power)}`),
    isCharging: charging,
  };
}

interface FakeRadio {
  readonly nrf: NrfApi;
  readonly tell: (bytes: Uint8Array) => void;
  readonly onValue: (take: (name: string, bytes: Uint8Array) => void) => void;
}

function createFakeRadio(note: Note, encrypted: () => boolean): FakeRadio {
  let told = (_event: { data: ArrayBuffer }): void => {};
  let said = (_name: string, _bytes: Uint8Array): void => {};
  return {
    nrf: {
      setServices: (services, { advertise }) => {
        note(`setServices ${advertise.join(" ")}`);
        Object.values(services).forEach((service) => {
          Object.values(service).forEach(({ onWrite }) => {
            if (onWrite !== undefined) told = onWrite;
          });
        });
      },
      updateServices: (services) => {
        Object.values(services).forEach((service) => {
          Object.entries(service).forEach(([name, { value }]) => {
            if (value !== undefined) said(name, new Uint8Array(value));
          });
        });
      },
      setAdvertising: (_data, { name, manufacturerData }) =>
        note(`setAdvertising ${name} ${latinOf(manufacturerData).charCodeAt(0)}`),
      setSecurity: (options) => note(`setSecurity ${JSON.stringify(options)}`),
      getSecurityStatus: () => ({ connected: encrypted(), encrypted: encrypted() }),
      getAddress: () => "c0:ff:ee:00:12:34",
      disconnect: () => note("disconnect"),
    },
    tell: (bytes) => {
      const data = new ArrayBuffer(bytes.length);
      new Uint8Array(data).set(bytes);
      told({ data });
    },
    onValue: (take) => {
      said = take;
    },
  };
}

/** Files as texts of one byte a character; a piece beyond a file's end is a mistake of whoever writes it. */
function createFakeStorage(files: Record<string, string>): StorageApi {
  return {
    read: (name, offset = 0, length) => {
      const text = files[name];
      return text?.slice(offset, length === undefined ? text.length : offset + length);
    },
    readArrayBuffer: (name) => {
      const text = files[name];
      if (text === undefined) return undefined;
      const bytes = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
      return bytes.buffer;
    },
    readJSON: (name) => {
      const text = files[name];
      return text === undefined ? undefined : JSON.parse(text);
    },
    write: (name, bytes, ...[offset = 0, size = 0]) => {
      const text = typeof bytes === "string" ? bytes : latinOf(bytes);
      const old = offset === 0 ? blank(size) : (files[name] ?? "");
      files[name] = old.slice(0, offset) + text + old.slice(offset + text.length);
      return true;
    },
    erase: (name) => {
      delete files[name];
    },
    getFree: () => 4 * 1024 * 1024,
  };
}

function latinOf(bytes: ArrayLike<number>): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function blank(size: number): string {
  let text = "";
  while (text.length < size) text += "\xff";
  return text;
}

function createFakeGraphics(note: Note): GraphicsApi {
  const words: string[] = [];
  const screen: GraphicsApi = {
    getWidth: () => 176,
    getHeight: () => 176,
    reset: () => screen,
    clear: () => screen,
    setColor: () => screen,
    setFont: () => screen,
    setFontAlign: () => screen,
    drawRect: () => screen,
    fillRect: () => screen,
    drawString: (text) => {
      if (text !== "") words.push(text);
      return screen;
    },
    flip: () => note(`draw ${words.splice(0, words.length).join(" | ")}`),
  };
  return screen;
}

function createFakeEspruino(note: Note): EspruinoApi {
  let drawn = 0;
  return {
    getBattery: () => 80,
    convolve: dot,
    hwRand: () => (drawn = (drawn * 1_103_515_245 + 12_345) & 0x7fff_ffff),
    CRC32: checksum,
    reboot: () => note("reboot"),
  };
}

/** CRC-32 as zip has it, bit by bit. */
function checksum(text: string): number {
  let crc = -1;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ -1) >>> 0;
}
