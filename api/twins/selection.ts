/**
 * Which fields of a twin an answer holds: `id,presence(state,since),parts/wear/reported`.
 *
 * A comma lists, a slash goes down, a star stands for every member, parentheses list below. A field that a twin does not
 * have is left out.
 * @source spec twins 5.2
 */
import { isObject } from "#wire/json.ts";

/** Members to keep, each with what to keep of it; null keeps all of it. */
export type Selection = ReadonlyMap<string, Selection | null>;

/** Why a text is no selection, and where, in characters from 0. */
export interface SelectionFault {
  readonly kind: "fault";
  readonly at: number;
  readonly why: string;
}

/** How large a selection may be. */
export const selectionLimits = { characters: 1000, names: 64, depth: 12 } as const;

/** The selection that `text` says. */
export function parseSelection(text: string): Selection | SelectionFault {
  if (text.length > selectionLimits.characters) {
    return fault(selectionLimits.characters, `More than ${selectionLimits.characters} characters.`);
  }
  const reader: Reader = { text, at: 0, names: 0 };
  const selection = readList(reader, 0);
  if ("kind" in selection || reader.at === text.length) return selection;
  return fault(reader.at, "Expected a comma or the end.");
}

/** What of `value` is selected; undefined when it is nothing. */
export function select(value: unknown, selection: Selection | null): unknown {
  if (selection === null) return value;
  if (!isObject(value)) return undefined;
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const wanted = selection.has(name) ? selection.get(name) : selection.get("*");
    const left = wanted === undefined ? undefined : select(inner, wanted);
    if (left !== undefined) kept[name] = left;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

interface Reader {
  readonly text: string;
  at: number;
  names: number;
}

type Mutable = Map<string, Selection | null>;

function readList(reader: Reader, depth: number): Mutable | SelectionFault {
  const selection: Mutable = new Map();
  do {
    const found = readPath(reader, selection, depth);
    if (found !== undefined) return found;
  } while (take(reader, ","));
  return selection;
}

/** Reads one path into the selection. */
function readPath(reader: Reader, into: Mutable, depth: number): SelectionFault | undefined {
  const { at } = reader;
  const name = nameAt(reader);
  if (name === undefined) return fault(at, "Expected a name or a star.");
  reader.names += 1;
  if (reader.names > selectionLimits.names || depth >= selectionLimits.depth) {
    return fault(at, `At most ${selectionLimits.names} names, ${selectionLimits.depth} deep.`);
  }
  if (take(reader, "/")) {
    const below: Mutable = new Map();
    const found = readPath(reader, below, depth + 1);
    if (found === undefined) join(into, name, below);
    return found;
  }
  if (!take(reader, "(")) {
    into.set(name, null);
    return undefined;
  }
  const below = readList(reader, depth + 1);
  if ("kind" in below) return below;
  if (!take(reader, ")")) return fault(reader.at, 'Expected a comma or ")".');
  join(into, name, below);
  return undefined;
}

/** Two selections below one name keep what either keeps. */
function join(into: Mutable, name: string, below: Selection): void {
  const held = into.get(name);
  if (held === null) return;
  if (held === undefined) {
    into.set(name, below);
    return;
  }
  const both: Mutable = new Map(held);
  for (const [inner, wanted] of below) {
    if (wanted === null) both.set(inner, null);
    else join(both, inner, wanted);
  }
  into.set(name, both);
}

function nameAt(reader: Reader): string | undefined {
  const shape = /\*|[A-Za-z0-9_.:-]{1,64}/y;
  shape.lastIndex = reader.at;
  const [name] = shape.exec(reader.text) ?? [];
  if (name !== undefined) reader.at += name.length;
  return name;
}

function take(reader: Reader, mark: string): boolean {
  if (reader.text.charAt(reader.at) !== mark) return false;
  reader.at += 1;
  return true;
}

function fault(at: number, why: string): SelectionFault {
  return { kind: "fault", at, why };
}
