/** The serial line to a modem, as bytes. Real: a `socat` child. Emulated: `emulated.ts`. */
export interface Line {
  write(bytes: Uint8Array): void;
  /** Called once, by the owner: `receive` gets all that comes, cut anywhere. */
  listen(receive: (bytes: Uint8Array) => void): void;
}
