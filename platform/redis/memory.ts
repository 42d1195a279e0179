/** Redis as tests and worlds know it: cells and streams over one key space, on a given clock. */
import { createMemoryCells } from "#platform/cells/memory.ts";
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import { createMemoryStreams } from "#platform/stream/memory.ts";
import type { Streams } from "#platform/stream/port.ts";

import { Space } from "./space.ts";

/** Both faces of one memory. */
export interface MemoryRedis {
  readonly cells: Cells;
  readonly streams: Streams;
  /** From now on refuses growth beyond that many bytes; 0 lifts the limit. */
  readonly limit: (bytes: number) => void;
}

/**
 * Cells and streams that resolve by microtasks only and depend on nothing but `clock`.
 *
 * @param options.limit bytes of text that may be held, 0 (the default) for no limit
 */
export function createMemoryRedis(clock: Clock, options: { limit?: number } = {}): MemoryRedis {
  const space = new Space(clock, options.limit ?? 0);
  return {
    cells: createMemoryCells(space),
    streams: createMemoryStreams(space),
    limit: (bytes) => {
      space.limit = bytes;
    },
  };
}
