/**
 * How far a reader of all change streams has come: one stream id per partition, and its opaque text.
 *
 * The text names every partition, so that whoever gives it back misses nothing in any of them.
 */
import { compareIds, origin } from "#platform/stream/port.ts";

import type { ChangePosition } from "./store.ts";

/** The last entry read of each partition's stream; `origin` where none was. */
export type Positions = readonly string[];

/** Before every entry of `partitions` streams. */
export function startPositions(partitions: number): string[] {
  return Array.from({ length: partitions }, () => origin);
}

/** Whether `reached` is at or past `wanted` in every partition. */
export function hasReached(reached: Positions, wanted: Positions): boolean {
  return wanted.every((id, p) => compareIds(reached[p] ?? origin, id) >= 0);
}

/** The further of both in every partition. */
export function furthest(a: Positions, b: Positions): Positions {
  return a.map((id, p) => further(id, b[p] ?? origin));
}

/** The positions moved on to a place, unless they are past it. */
export function movedTo(positions: Positions, { q, id }: ChangePosition): Positions {
  return positions.with(q, further(positions[q] ?? origin, id));
}

function further(a: string, b: string): string {
  return compareIds(b, a) > 0 ? b : a;
}

/** What a write answers: the place of its change, as text. */
export function writePlace({ q, id }: ChangePosition): string {
  return `${q}-${id}`;
}

/** The place that a write answered, or undefined when `text` names none of a state with that many partitions. */
export function readPlace(text: string, partitions: number): ChangePosition | undefined {
  const [, q, id] = /^(\d{1,4})-(\d{1,15}-\d{1,15})$/.exec(text) ?? [];
  if (q === undefined || id === undefined || Number(q) >= partitions) return undefined;
  return { q: Number(q), id };
}

/**
 * As text of A-Z a-z 0-9 - _: the newest time, then per partition how much older it is, and the sequence number.
 * Sixteen live partitions take some 90 characters.
 */
export function writePositions(positions: Positions): string {
  const known = written.get(positions);
  if (known !== undefined) return known;
  const ids = positions.map(split);
  const newest = ids.reduce((latest, { ms }) => Math.max(latest, ms), 0);
  const bytes: number[] = [];
  pushNumber(bytes, newest);
  for (const { ms, seq } of ids) {
    pushNumber(bytes, newest - ms);
    pushNumber(bytes, seq);
  }
  const text = Buffer.from(bytes).toString("base64url");
  written.set(positions, text);
  return text;
}

/** A thousand readers stand at the same positions. */
const written = new WeakMap<Positions, string>();

/** The positions that `text` names, or undefined when it names none of a state with that many partitions. */
export function readPositions(text: string, partitions: number): Positions | undefined {
  if (!/^[\w-]{1,4096}$/.test(text)) return undefined;
  const numbers = readNumbers(Buffer.from(text, "base64url"));
  if (numbers?.length !== 1 + 2 * partitions) return undefined;
  const [newest = 0] = numbers;
  const positions: string[] = [];
  for (let at = 1; at < numbers.length; at += 2) {
    const ms = newest - (numbers[at] ?? 0);
    if (ms < 0) return undefined;
    positions.push(`${ms}-${numbers[at + 1] ?? 0}`);
  }
  return positions;
}

function split(id: string): { ms: number; seq: number } {
  const [ms, seq] = id.split("-");
  return { ms: Number(ms), seq: Number(seq) };
}

/** Seven bits a byte, lowest first; the high bit says that more follow. Beyond 32 bits too, so no shifts. */
function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

function readNumbers(bytes: Uint8Array): number[] | undefined {
  const numbers: number[] = [];
  let value = 0;
  let weight = 1;
  for (const byte of bytes) {
    value += (byte % 128) * weight;
    weight *= 128;
    if (!Number.isSafeInteger(value)) return undefined;
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
    weight = 1;
  }
  return weight === 1 ? numbers : undefined;
}
