/** A new app on its way into the watch's flash. */
import type { BandStaging } from "#devices/wristband/program/ports.ts";

import { changeOf, noteChange, slots } from "./slots.ts";
import type { StorageApi } from "./watch.ts";

/** No app is larger, and as much is left for others, bytes. */
const largest = 128 * 1024;

/** Staging as files. */
export function createStaging(storage: StorageApi): BandStaging {
  return {
    judge: (bytes) => {
      if (changeOf(storage) !== "settled") return "unconfirmed";
      return bytes > largest || bytes + largest > storage.getFree() ? "too_large" : undefined;
    },
    clear: (bytes) => {
      storage.erase(slots.comes);
      // A file of that size whose flash is blank: a byte of ones is none written.
      storage.write(slots.comes, [0xff], 0, bytes);
      return true;
    },
    write: (offset, bytes) => {
      storage.write(slots.comes, bytes, offset);
      const there = storage.read(slots.comes, offset, bytes.length) ?? "";
      for (let at = 0; at < bytes.length; at++) {
        if (there.charCodeAt(at) !== bytes[at]) return "torn";
      }
      return "staged";
    },
    request: (how) => {
      noteChange(storage, how);
    },
    confirmed: () => changeOf(storage) === "settled",
    confirm: () => {
      noteChange(storage, "settled");
    },
  };
}
