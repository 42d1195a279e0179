/** What is used of firmata-io 2.3.0, which ships no types. */
declare module "firmata-io" {
  import type { EventEmitter } from "node:events";

  /** Emits `open`, then `data` with bytes. */
  export interface Transport extends EventEmitter {
    write(bytes: Uint8Array | readonly number[], done?: () => void): void;
  }

  export class Firmata extends EventEmitter {
    constructor(transport: Transport, options?: { readonly reportVersionTimeout?: number });
    readonly MODES: { readonly OUTPUT: number };
    pinMode(pin: number, mode: number): void;
    i2cConfig(): this;
    i2cWrite(address: number, register: number, value: number): this;
    i2cRead(
      address: number,
      register: number,
      length: number,
      take: (bytes: readonly number[]) => void,
    ): this;
    setSamplingInterval(ms: number): void;
    queryFirmware(take: () => void): void;
    sysexCommand(bytes: readonly number[]): this;
  }
}
