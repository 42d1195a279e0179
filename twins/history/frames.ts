/**
 * Frames: all twins as they stand, now and then, so that a past fleet is replayed from near by.
 *
 * One is made a few hundred twins at a time while records go on being made. A twin in it may so be newer than where the
 * frame begins, which does no harm: a record that a twin already holds changes nothing. Clocks of writers differ, so a
 * margin is kept at both ends. A line is the chain's number, the partition, and the twin as a record would tell it.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Keys } from "#twins/keys.ts";
import { Instant, later, Minutes } from "#wire/units.ts";

import type { Chain, Frame, HistoryBook } from "./book.ts";
import { keptFrom } from "./policy.ts";
import { textOf } from "./record.ts";
import type { Recorder } from "./recorder.ts";

/** What frames are made from. */
export interface FramingDeps {
  readonly book: HistoryBook;
  readonly recorder: Pick<Recorder, "standing">;
  readonly keys: Pick<Keys, "of">;
  readonly clock: Pick<Clock, "now">;
  /** Records from one frame to the next, however few the twins; 50,000 unless told. */
  readonly every?: number;
}

/** Makes frames. Throws Trouble of the book. */
export interface Framing {
  /**
   * One step, if a frame is due or under way. All that happened in these partitions until `complete` is recorded; should
   * other partitions be held than in the step before, the frame is given up.
   */
  step(partitions: readonly number[], complete: Instant): void;
}

/** Twins of one step, and of one page: some 10 ms. */
const pageTwins = 500;
/** How far the clocks of those who write changes may be apart, and how long a change may take to be recorded. */
const margin = Minutes(1);

/** A frame being made. */
interface Making {
  readonly no: number;
  readonly partitions: string;
  readonly chains: Iterator<Chain>;
  pages: number;
}

/** Nothing is being made yet. */
export function createFraming(deps: FramingDeps): Framing {
  const { book, clock } = deps;
  let making: Making | undefined;
  /** Before that record none is due. */
  let dueFrom = 0;
  return {
    step: (partitions, complete) => {
      const own = JSON.stringify(partitions);
      if (making?.partitions !== own) making = undefined;
      if (making === undefined) {
        if (book.lastRecord() < dueFrom) return;
        dueFrom = nextDue(deps, own);
        if (book.lastRecord() < dueFrom) return;
      }
      making ??= begin(deps, partitions, complete);
      const lines = nextLines(deps, making.chains, new Set(partitions));
      const { no, pages: page } = making;
      book.write((rows) => {
        if (lines.length > 0) {
          rows.putFramePage.run({ frame: no, page, lines: compressed(lines) });
        } else rows.endFrame.run({ no, until: later(clock.now(), margin) });
      });
      making.pages += 1;
      if (lines.length === 0) making = undefined;
    },
  };
}

/** A twin in a frame. */
export interface Framed {
  readonly chain: number;
  readonly partition: number;
  /** As a record tells it that stands for all before it. */
  readonly text: string;
}

/** The twins of a frame, page by page. */
export function* framedIn(book: HistoryBook, { no }: Frame): Iterable<Framed[]> {
  for (let page = 0; ; page += 1) {
    const lines = book.framePage(no, page);
    if (lines === undefined) return;
    const text = Buffer.from(Bun.zstdDecompressSync(lines)).toString();
    yield text.split("\n").map(framedOf);
  }
}

/** Takes out the frames that hold more than is kept. */
export function dropOldFrames(book: HistoryBook, now: Instant): void {
  const old = book.framesBefore(keptFrom("technical", now));
  if (old.length === 0) return;
  book.write((rows) => {
    for (const frame of old) {
      rows.dropFramePages.run({ frame });
      rows.dropFrame.run({ frame });
    }
  });
}

/** The record at which the next frame is due: when more was recorded since the last one than it takes to read one. */
function nextDue({ book, every = 50_000 }: FramingDeps, partitions: string): number {
  const last = book.frames().findLast((frame) => JSON.stringify(frame.partitions) === partitions);
  return (last?.upTo ?? 0) + Math.max(every, book.lastChain());
}

function begin({ book }: FramingDeps, partitions: readonly number[], complete: Instant): Making {
  const since = Instant(Math.max(0, complete - margin));
  return book.write((rows) => {
    const no = (rows.lastFrame.get()?.no ?? 0) + 1;
    rows.beginFrame.run({ no, partitions, upTo: book.lastRecord(), since });
    const chains = book.chains()[Symbol.iterator]();
    return { no, partitions: JSON.stringify(partitions), chains, pages: 0 };
  });
}

/** The lines of the next page; none when all twins have been told. */
function nextLines(
  { recorder, keys }: FramingDeps,
  chains: Iterator<Chain>,
  partitions: ReadonlySet<number>,
): string[] {
  const lines: string[] = [];
  for (let next = chains.next(); next.done !== true; next = chains.next()) {
    const { no, serial, tenant } = next.value;
    const partition = keys.of(serial);
    if (!partitions.has(partition)) continue;
    const { rev, at, state: whole } = recorder.standing(serial, tenant);
    const text = textOf({ rev, at, kind: "seen", changed: [], whole });
    if (lines.push(`${no} ${partition} ${text}`) === pageTwins) return lines;
  }
  return lines;
}

function compressed(lines: readonly string[]): Buffer {
  return Buffer.from(Bun.zstdCompressSync(Buffer.from(lines.join("\n"))));
}

function framedOf(line: string): Framed {
  const [chain = "", partition = ""] = line.split(" ", 2);
  const text = line.slice(chain.length + partition.length + 2);
  return { chain: Number(chain), partition: Number(partition), text };
}
