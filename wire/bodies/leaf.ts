/**
 * Leaves of a twin on the radio: `config/profile` and what it is, or should be.
 *
 * A path is the twin's own, so that the box passes on what it does not know, and the wristband says
 * that it does not know it either.
 */
import type { BodyReader, BodyWriter } from "./bytes.ts";

/** What a leaf may hold on the radio; a list or a nested object does not reach a wristband. */
export type LeafValue = null | boolean | number | string;

/** One leaf: `part/name` and its value; null means that there is none. */
export interface Leaf {
  readonly path: string;
  readonly value: LeafValue;
}

const tags = { null: 0, false: 1, true: 2, count: 3, float: 4, text: 5 } as const;
/** Behind each value of a fixed tag. */
const constants: readonly LeafValue[] = [null, false, true];

/** Writes leaves until the end of the body. */
export function writeLeaves(writer: BodyWriter, leaves: readonly Leaf[]): void {
  leaves.forEach(({ path, value }) => {
    writer.text(path);
    writeValue(writer, value);
  });
}

/** Reads leaves until the end of the body; undefined when one is none. */
export function readLeaves(reader: BodyReader): readonly Leaf[] | undefined {
  const leaves: Leaf[] = [];
  while (reader.more()) {
    const path = reader.text();
    const value = readValue(reader);
    if (value === undefined || path === "" || !reader.sound()) return undefined;
    leaves.push({ path, value });
  }
  return leaves;
}

/** Bytes that a leaf takes. */
function bytesOf({ path, value }: Leaf): number {
  if (typeof value === "string") return path.length + value.length + 3;
  // A float, or the longest count, is eight bytes.
  return path.length + 2 + (typeof value === "number" ? 8 : 0);
}

/** Leaves in as many groups as it takes for each to fit into `room` bytes, in their order. */
export function groupLeaves(leaves: readonly Leaf[], room: number): readonly (readonly Leaf[])[] {
  const groups: Leaf[][] = [];
  let group: Leaf[] = [];
  let left = room;
  leaves.forEach((leaf) => {
    const bytes = bytesOf(leaf);
    if (bytes > left && group.length > 0) {
      groups.push(group);
      group = [];
      left = room;
    }
    group.push(leaf);
    left -= bytes;
  });
  if (group.length > 0) groups.push(group);
  return groups;
}

function writeValue(writer: BodyWriter, value: LeafValue): void {
  if (typeof value === "string") {
    writer.byte(tags.text);
    writer.text(value);
  } else if (typeof value === "number") {
    const whole = value >= 0 && value < 2 ** 53 && Math.floor(value) === value;
    writer.byte(whole ? tags.count : tags.float);
    if (whole) writer.count(value);
    else writer.float(value);
  } else {
    writer.byte(constants.indexOf(value));
  }
}

/** A value; undefined when its tag is none, or its number is none. */
function readValue(reader: BodyReader): LeafValue | undefined {
  const tag = reader.byte();
  if (tag === tags.text) return reader.text();
  if (tag === tags.count) return reader.count();
  if (tag !== tags.float) return constants[tag];
  const value = reader.float();
  return value - value === 0 ? value : undefined;
}
