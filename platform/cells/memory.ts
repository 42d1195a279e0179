/**
 * Cells in memory: what `commit.lua` does, in TypeScript. The contract suite holds them together.
 */
import { assert } from "#platform/assert.ts";
import type { Space } from "#platform/redis/space.ts";
import { Trouble } from "#platform/trouble.ts";

import type { Cells, Outcome, Unit, Write } from "./port.ts";
import { assertOneSlot, unitsMax } from "./slot.ts";

/** The cells of a key space. */
export function createMemoryCells(space: Space): Cells {
  return {
    get: async (key, field) => space.hash(key)?.get(field) ?? null,
    getAll: async (key) => record(space, key),
    getAllOf: async (keys) => keys.map((key) => record(space, key)),
    keys: async (prefix) => space.keys(prefix),
    commit: async (units) => commit(space, units),
    memory: async () => ({ used: space.used(), limit: space.limit }),
  };
}

function record(space: Space, key: string): Record<string, string> {
  return Object.fromEntries(space.hash(key) ?? []);
}

/**
 * One call: remembers which streams grew, and whether it may still be refused for want of memory.
 */
interface Call {
  readonly space: Space;
  readonly grown: Set<string>;
  readonly full: boolean;
  written: boolean;
}

function commit(space: Space, units: readonly Unit[]): Outcome[] {
  assert(units.length <= unitsMax, `at most ${unitsMax} units are committed together`);
  assertOneSlot(keysOf(units));
  const call: Call = { space, grown: new Set(), full: space.full(), written: false };
  const outcomes = units.map((unit) => commitUnit(call, unit));
  for (const key of call.grown) space.wake(key);
  return outcomes;
}

function* keysOf(units: readonly Unit[]): Iterable<string> {
  for (const { checks, writes } of units) {
    for (const check of checks) yield check.key;
    for (const write of writes) yield write.key;
  }
}

function commitUnit(call: Call, unit: Unit): Outcome {
  for (const [check, { key, field, expected }] of unit.checks.entries()) {
    const found = call.space.hash(key)?.get(field) ?? null;
    if (found !== expected) return { kind: "conflict", check, found };
  }
  const ids: string[] = [];
  for (const write of unit.writes) {
    const id = apply(call, write);
    if (id !== null) ids.push(id);
  }
  return { kind: "committed", ids };
}

/**
 * Applies one write; answers the id of an entry. As in Redis, a full server refuses what may grow,
 * unless the same call has already written.
 */
function apply(call: Call, write: Write): string | null {
  const grows = write.op === "HSET" || write.op === "HINCRBY" || write.op === "XADD";
  if (call.full && grows && !call.written) throw new Trouble("cells-full", { retry: "safe" });
  call.written = true;
  if (write.op === "XADD") return append(call, write);
  change(call.space, write);
  return null;
}

function change(space: Space, write: Exclude<Write, { op: "XADD" }>): void {
  switch (write.op) {
    case "HSET":
      return space.setField(write, write.value);
    case "HDEL":
      return space.deleteField(write);
    case "HINCRBY":
      return increase(space, write);
    case "DEL":
      return space.delete(write.key);
    case "EXPIRE":
      return space.expire(write.key, write.seconds);
  }
}

function increase(space: Space, write: Write & { op: "HINCRBY" }): void {
  const held = space.hash(write.key)?.get(write.field) ?? "0";
  if (!/^(?:0|-?[1-9]\d*)$/.test(held)) {
    throw new Trouble("cells-refused", { retry: "never", detail: "the field is no integer" });
  }
  space.setField(write, String(Number(held) + write.by));
}

function append(call: Call, write: Write & { op: "XADD" }): string {
  const log = call.space.logFor(write.key);
  const id = log.append(write.fields, call.space.clock.now());
  if (write.atMost !== undefined) log.keep(write.atMost);
  call.grown.add(write.key);
  return id;
}
