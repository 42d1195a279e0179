/**
 * One app follows another, whatever the power does: a write of a file is there in full or not at all, as the watch's
 * flash has it, and the power may go before any of them.
 */
import { describe, expect, test } from "bun:test";

import { createFakeWatch } from "../parity/fake-watch.ts";
import { changeOf, sealOf, settle, slots } from "./slots.ts";
import { createStaging } from "./staging.ts";
import type { StorageApi } from "./watch.ts";

const { espruino } = createFakeWatch();
const sealed = (text: string): string => text + sealOf(espruino.CRC32(text));
const oldApp = sealed("old app");
const newApp = sealed("new app, a little longer");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A flash in which a new app has been staged. */
function staged(app: string): StorageApi {
  const { storage } = createFakeWatch({ [slots.runs]: oldApp });
  const staging = createStaging(storage);
  expect(staging.judge(app.length)).toBeUndefined();
  expect(staging.clear(app.length)).toBe(true);
  for (let at = 0; at < app.length; at += 8) {
    expect(staging.write(at, bytes(app.slice(at, at + 8)))).toBe("staged");
  }
  return storage;
}

class Cut extends Error {}

/** The same flash, whose power goes after so many writes. */
function cutAfter(writes: number, storage: StorageApi): StorageApi {
  let left = writes;
  return {
    ...storage,
    write: (...all) => {
      if (left === 0) throw new Cut();
      left -= 1;
      return storage.write(...all);
    },
  };
}

describe("a new app", () => {
  test("runs after the next start, on trial until it confirms itself", () => {
    const storage = staged(newApp);
    createStaging(storage).request("test");
    settle(storage, espruino);
    expect(storage.read(slots.runs)).toBe(newApp);
    const staging = createStaging(storage);
    expect(staging.confirmed()).toBe(false);
    expect(staging.judge(10)).toBe("unconfirmed");
    staging.confirm();
    settle(storage, espruino);
    expect(storage.read(slots.runs)).toBe(newApp);
  });

  test("that does not confirm itself is taken back at the start after", () => {
    const storage = staged(newApp);
    createStaging(storage).request("test");
    settle(storage, espruino);
    settle(storage, espruino);
    expect(storage.read(slots.runs)).toBe(oldApp);
    expect(changeOf(storage)).toBe("settled");
  });

  test("that is damaged never runs", () => {
    const storage = staged(newApp.replace("new", "nwe"));
    createStaging(storage).request("permanent");
    settle(storage, espruino);
    expect(storage.read(slots.runs)).toBe(oldApp);
    expect(changeOf(storage)).toBe("settled");
  });

  test("that is too large is refused, and what lies there already cannot be written over", () => {
    const { storage } = createFakeWatch({ [slots.runs]: oldApp });
    expect(createStaging(storage).judge(200 * 1024)).toBe("too_large");
    const torn = { ...storage, read: () => "something else" };
    expect(createStaging(torn).write(0, bytes("new"))).toBe("torn");
  });

  test.each(["test", "permanent"] as const)(
    "H-09: wherever the power goes, a whole app runs, and an image %s ends where it would have",
    (how) => {
      for (let writes = 0; writes < 5; writes++) {
        const storage = staged(newApp);
        createStaging(storage).request(how);
        try {
          settle(cutAfter(writes, storage), espruino);
        } catch (error) {
          expect(error).toBeInstanceOf(Cut);
        }
        settle(storage, espruino);
        const reverted = how === "test" && changeOf(storage) === "settled";
        expect(storage.read(slots.runs)).toBe(reverted ? oldApp : newApp);
      }
    },
  );
});
