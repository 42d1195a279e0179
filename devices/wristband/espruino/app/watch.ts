/**
 * What a Bangle.js 2 offers, as far as this program uses it: Espruino's names and units.
 *
 * @source espruino.com/Reference (2v29); spec/firmware.md §3.1
 */

/** One look at the accelerometer, in g; half of it when the chip's range is 8 g. */
export interface AccelEvent {
  /** How long x, y and z are together. */
  readonly mag: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** One look at the light sensor, counts. */
export interface LightEvent {
  readonly raw: number;
}

/** The watch itself. */
export interface BangleApi {
  /** Writes a register of the accelerometer's chip. */
  accelWr(register: number, value: number): void;
  /** How often the sensors are looked at, ms; ends the power saving that would look less often at rest. */
  setPollInterval(ms: number): void;
  setOptions(options: Readonly<Record<string, number | boolean>>): void;
  setHRMPower(on: boolean, app: string): void;
  /** Shakes for so many ms, with a strength of 0 to 1. */
  buzz(ms: number, strength: number): void;
  setLCDPower(on: boolean): void;
  isCharging(): boolean;
}

/** What a characteristic is when it is set up, or its new value. */
export interface Characteristic {
  readonly value?: ArrayLike<number>;
  readonly maxLen?: number;
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly notify?: boolean;
  readonly indicate?: boolean;
  readonly security?: Readonly<Record<"read" | "write", { readonly encrypted: boolean }>>;
  readonly onWrite?: (event: { readonly data: ArrayBuffer }) => void;
}

/** Characteristics by service and own name. */
export type Services = Readonly<Record<string, Readonly<Record<string, Characteristic>>>>;

/** What the watch says of itself to whoever listens. */
export interface Advertisement {
  readonly name: string;
  readonly showName: boolean;
  readonly connectable: boolean;
  readonly discoverable: boolean;
  readonly manufacturer: number;
  readonly manufacturerData: ArrayLike<number>;
}

/** The radio. */
export interface NrfApi {
  setServices(services: Services, options: { advertise: readonly string[]; uart: boolean }): void;
  /** New values; throws while the radio is busy, or must restart to know the services. */
  updateServices(values: Services): void;
  setAdvertising(data: Readonly<Record<string, never>>, options: Advertisement): void;
  setSecurity(options: Readonly<Record<string, boolean>>): void;
  getSecurityStatus(): { readonly connected?: boolean; readonly encrypted?: boolean };
  getAddress(): string;
  disconnect(): void;
}

/** The flash, as named files. */
export interface StorageApi {
  read(name: string, offset?: number, length?: number): string | undefined;
  readArrayBuffer(name: string): ArrayBuffer | undefined;
  readJSON(name: string, quiet: boolean): unknown;
  write(name: string, bytes: ArrayLike<number> | string, offset?: number, size?: number): boolean;
  erase(name: string): void;
  getFree(): number;
}

/** Two opposite corners, pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}

/** The display; every call but the last ones gives it back, so that calls may follow each other. */
export interface GraphicsApi {
  getWidth(): number;
  getHeight(): number;
  reset(): GraphicsApi;
  clear(): GraphicsApi;
  setColor(colour: string): GraphicsApi;
  setFont(font: string, size: number): GraphicsApi;
  setFontAlign(x: number, y: number): GraphicsApi;
  drawString(text: string, x: number, y: number): GraphicsApi;
  drawRect(rectangle: Rectangle): GraphicsApi;
  fillRect(rectangle: Rectangle): GraphicsApi;
  flip(): void;
}

/** What is left over, under Espruino's own name for it. */
export interface EspruinoApi {
  getBattery(): number;
  /** Σ one[i] × other[(i + offset) mod its length]. */
  convolve(one: ArrayLike<number>, other: ArrayLike<number>, offset: number): number;
  /** 32 random bits, signed. */
  hwRand(): number;
  /** The checksum of a text's bytes, unsigned. */
  CRC32(text: string): number;
  reboot(): void;
}

/** The button went down, or up. */
export interface PinEvent {
  readonly state: boolean;
}

/** Somebody touched the display: 0 shortly, 2 for long. */
export interface TouchEvent {
  readonly type?: number;
}

/** The whole watch, handed to the program so that a test may hand it another. */
export interface Watch {
  readonly bangle: BangleApi;
  readonly nrf: NrfApi;
  readonly storage: StorageApi;
  readonly graphics: GraphicsApi;
  readonly espruino: EspruinoApi;
  /** Seconds since 1970, as far as the watch knows; with fractions. */
  readonly seconds: () => number;
  /** Calls once, after so many ms; a number to cancel it by. */
  after(ms: number, run: () => void): number;
  cancel(timer: number): void;
  /** Each of these has `take` called whenever it happens; listeners add up. */
  onAcceleration(take: (event: AccelEvent) => void): void;
  onLight(take: (event: LightEvent) => void): void;
  onButton(take: (event: PinEvent) => void): void;
  onTouch(take: (event: TouchEvent) => void): void;
  onCharging(take: (charging: boolean) => void): void;
  /** The security of the link has changed. */
  onSecurity(take: () => void): void;
  onDisconnect(take: () => void): void;
}
