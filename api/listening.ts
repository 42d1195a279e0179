/** A reader of streams, for tests: what they are told, and what they would come back with. */
import { Value } from "@sinclair/typebox/value";

import { assert } from "#platform/assert.ts";
import { Millis } from "#wire/units.ts";

import type { Role } from "./access/roles.ts";
import type { Trial } from "./trial.ts";
import { ChangeFrame, SnapshotFrame } from "./twins/contract.ts";

/** One frame, read. */
export interface Frame {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** A browser's EventSource, as far as the stream needs one. */
export interface Source {
  readonly frames: Frame[];
  readonly lastId: () => string | undefined;
  readonly isEnded: () => boolean;
  /** Begins to read, where reading was paused. */
  readonly resume: () => void;
  readonly close: () => Promise<void>;
}

/** How to listen. */
export interface ListenWish {
  readonly path?: string;
  readonly query?: string;
  readonly role?: Role;
  readonly lastId?: string | undefined;
  readonly paused?: boolean;
}

/** Lets everything that can go on without time go on. */
export async function settle(trial: Trial): Promise<void> {
  for (let at = 0; at < 3; at++) {
    await trial.clock.advance({ by: Millis(1) });
    await Bun.sleep(0);
  }
}

/** Opens a stream as that role, and lets it begin. */
export async function listen(trial: Trial, wish: ListenWish = {}): Promise<Source> {
  const { path = "/v1/twins/stream", query = "", role = "fleet", lastId, paused = false } = wish;
  const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
  const { status, body } = await trial.get(`${path}${query}`, role, headers);
  assert(status === 200 && body !== null, `the stream is opened, not answered ${status}`);
  const reader = body.getReader();
  const frames: Frame[] = [];
  const gate = Promise.withResolvers<void>();
  if (!paused) gate.resolve();
  let isEnded = false;
  const pump = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let text = "";
    await gate.promise;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      frames.push(...blocks.map(readFrame));
    }
    isEnded = true;
  };
  void pump();
  await settle(trial);
  return {
    frames,
    lastId: () => frames.findLast(({ id }) => id !== undefined)?.id ?? lastId,
    isEnded: () => isEnded,
    resume: gate.resolve,
    close: () => reader.cancel(),
  };
}

/** The data of the frames of that name. */
export function named(source: Source, event: string): unknown[] {
  return source.frames.filter((frame) => frame.event === event).map(({ data }) => data);
}

/** The data of the frames that tell a change, in the shape that the document declares. */
export function changes(source: Source): ChangeFrame[] {
  return source.frames.flatMap(({ event = "", data }) => {
    if (!moves.includes(event)) return [];
    assert(Value.Check(ChangeFrame, data), `a frame ${event} is a ChangeFrame`);
    return data;
  });
}

/** The data of the snapshots. */
export function snapshots(source: Source): SnapshotFrame[] {
  return named(source, "snapshot").map((data) => {
    assert(Value.Check(SnapshotFrame, data), "a frame snapshot is a SnapshotFrame");
    return data;
  });
}

const moves = ["enter", "change", "update", "leave"];

function readFrame(block: string): Frame {
  const fields = new Map(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get("data");
  return {
    event: fields.get("event"),
    id: fields.get("id"),
    data: data === undefined ? undefined : JSON.parse(data),
  };
}
