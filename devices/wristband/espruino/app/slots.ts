/**
 * Where the app and its successor lie in the watch's flash, and how one follows the other.
 *
 * Three files: what runs, what is to come, what ran before. A note says how far a change has come, and is written
 * before and after each step, so that a start after any cut of power goes on where it was. What is to come is tried
 * once: if it does not confirm itself before the next start, what ran before is put back.
 * @source spec/ota.md §4, as far as files allow it
 */
import type { EspruinoApi, StorageApi } from "./watch.ts";

export const slots = {
  runs: "vigie.app.js",
  comes: "vigie.new.js",
  before: "vigie.old.js",
} as const;
const note = "vigie.slots";

/** How far a change of what runs has come. */
export const changes = [
  "settled",
  "test",
  "permanent",
  "swap-test",
  "swap-permanent",
  "trial",
] as const;
export type Change = (typeof changes)[number];

/** How far it has come; settled when nobody has noted anything. */
export function changeOf(storage: StorageApi): Change {
  const noted = storage.read(note);
  return changes[changes.findIndex((change) => change === noted)] ?? "settled";
}

/** Notes how far it has come. */
export function noteChange(storage: StorageApi, change: Change): void {
  storage.write(note, change);
}

/** What a start has to do before the app runs: go on with a change, or take one back. */
export function settle(storage: StorageApi, espruino: Pick<EspruinoApi, "CRC32">): void {
  const change = changeOf(storage);
  if (change === "trial") {
    copy(storage, slots.before, slots.runs);
    noteChange(storage, "settled");
  }
  if (change === "test" || change === "permanent") begin(storage, espruino, change);
  if (change === "swap-test" || change === "swap-permanent") swap(storage, change);
}

function begin(
  storage: StorageApi,
  espruino: Pick<EspruinoApi, "CRC32">,
  how: "test" | "permanent",
): void {
  if (!isWhole(storage.read(slots.comes), espruino)) {
    noteChange(storage, "settled");
    return;
  }
  copy(storage, slots.runs, slots.before);
  const next = how === "test" ? "swap-test" : "swap-permanent";
  noteChange(storage, next);
  swap(storage, next);
}

function swap(storage: StorageApi, how: "swap-test" | "swap-permanent"): void {
  copy(storage, slots.comes, slots.runs);
  noteChange(storage, how === "swap-test" ? "trial" : "settled");
}

function copy(storage: StorageApi, from: string, to: string): void {
  storage.write(to, storage.read(from) ?? "");
}

/** What stands at the end of an app: its checksum, as a comment. */
export const sealLength = 11;

/** The end of an app whose text before it has this checksum. */
export function sealOf(checksum: number): string {
  return `\n//${(0x1_0000_0000 + checksum).toString(16).slice(1)}`;
}

/** Whether an app is there to its last byte, as it was made. */
export function isWhole(app: string | undefined, { CRC32 }: Pick<EspruinoApi, "CRC32">): boolean {
  if (app === undefined || app.length <= sealLength) return false;
  const end = app.length - sealLength;
  return app.slice(end) === sealOf(CRC32(app.slice(0, end)));
}
