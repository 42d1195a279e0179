/** Where a contract suite for cells or streams runs: on the memory, or on a real server. */
import type { Cells } from "#platform/cells/port.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import type { Streams } from "#platform/stream/port.ts";
import { Instant, Millis } from "#wire/units.ts";

import { createMemoryRedis } from "./memory.ts";

/** One Redis under trial. */
export interface Trial {
  readonly cells: Cells;
  readonly streams: Streams;
  /** Lets it hold no more than that many bytes; 0 for any number. */
  limit(bytes: number): Promise<void>;
  /** Lets time pass until the condition holds; throws when it takes too long. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets that much time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Keys of one partition that no other trial uses. */
export function freshKeys(): (name: string) => string {
  trials += 1;
  const partition = `trial-${trials}`;
  return (name) => `trial:{${partition}}:${name}`;
}
let trials = 0;

const patienceMs = 10_000;
const stepMs = 10;

/** A trial on the memory, with a clock of its own. */
export async function createMemoryTrial(): Promise<Trial> {
  const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
  const { cells, streams, limit } = createMemoryRedis(clock);
  const pass = (ms: number): Promise<void> => clock.advance({ by: Millis(ms) });
  return {
    cells,
    streams,
    limit: async (bytes) => limit(bytes),
    until: (condition) => waitUntil(condition, pass),
    pass,
    close: async () => undefined,
  };
}

/** Tries again and again, letting time pass in between. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  pass: (ms: number) => Promise<void>,
): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += stepMs) {
    if (await condition()) return;
    await pass(stepMs);
  }
  throw new Error(`what was waited for did not happen within ${patienceMs} ms`);
}
