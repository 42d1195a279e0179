/** A little memory in the watch's flash: a file for each name, which is there in full or not at all. */
import type { BandStore } from "#devices/wristband/program/ports.ts";

import type { StorageApi } from "./watch.ts";

/** Names of our files, beside those of the app itself. */
const prefix = "vigie.";

/** The store in the watch's flash. */
export function createStore(storage: StorageApi): BandStore {
  return {
    read: (name) => {
      const bytes = storage.readArrayBuffer(prefix + name);
      // A copy: the file stays in flash, and may be written while this is held.
      return bytes === undefined ? undefined : new Uint8Array(new Uint8Array(bytes));
    },
    write: (name, bytes) => {
      storage.write(prefix + name, bytes);
    },
  };
}
