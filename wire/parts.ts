/**
 * Trees of JSON that a device may put into its twin, or be asked for: known parts, plain names,
 * bounded size.
 *
 * Names of members are plain words so that a leaf's path (`power.battery`) can be written in a
 * query, and never one
 * that every JavaScript object answers to.
 */
import { cadence } from "./cadence.ts";
import { isObject } from "./json.ts";
import { type Json, type PartName, partNames } from "./messages.ts";
import { quoted, type Shape } from "./shape.ts";

/** Reported or desired parts. */
export type Parts = Readonly<Partial<Record<PartName, { readonly [key: string]: Json }>>>;

const nameShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A leaf from the twin down: a part, and names below it. */
const pathShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,8}$/;
const longestText = 1_024;
const known: ReadonlySet<string> = new Set(partNames);

/** How many leaves may still come. */
interface Budget {
  leaves: number;
}

/** Parts that a device reports or is asked for; `vitals` is made of readings alone. */
export const partsShape: Shape<Parts> = {
  fault: (value, path) => {
    if (!isObject(value)) return `${path} must be an object`;
    const budget = { leaves: cadence.limits.reportedLeaves };
    for (const [name, part] of Object.entries(value)) {
      if (!known.has(name)) return `${path} has an unknown part ${quoted(name)}`;
      if (name === "vitals") return `${path}.vitals comes from readings and is not reported`;
      if (!isObject(part)) return `${path}.${name} must be an object`;
      const fault = membersFault(part, `${path}.${name}`, { budget, room: roomInPart });
      if (fault !== undefined) return fault;
    }
    return undefined;
  },
};

/** Any JSON value within the bounds of a report. */
export const treeShape: Shape<Json> = {
  fault: (value, path) =>
    treeFault(value, path, {
      budget: { leaves: cadence.limits.reportedLeaves },
      room: cadence.limits.reportedDepth,
    }),
};

/** What became of a command, or of desired leaves by slash path: `{"config/profile": {"state": "applied"}}`. */
export const resultShape: Shape<Json> = {
  fault: (value, path) => {
    if (!isObject(value)) return treeShape.fault(value, path);
    const budget = { leaves: cadence.limits.reportedLeaves };
    const room = cadence.limits.reportedDepth;
    return membersFault(value, path, { budget, room, names: pathShape });
  },
};

/** A JSON object within the bounds of a report. */
export const treeObjectShape: Shape<{ readonly [key: string]: Json }> = {
  fault: (value, path) =>
    isObject(value) ? treeShape.fault(value, path) : `${path} must be an object`,
};

/** Levels left below a part: the parts object and the part itself are two of them. */
const roomInPart = cadence.limits.reportedDepth - 2;

interface Room {
  readonly budget: Budget;
  /** Levels of nesting that may still come. */
  readonly room: number;
  /** What a member may be called, when not a plain word. */
  readonly names?: RegExp;
}

function treeFault(value: unknown, path: string, left: Room): string | undefined {
  if (typeof value === "object" && value !== null) {
    if (left.room === 0) return `${path} is nested too deep`;
    const inside = { budget: left.budget, room: left.room - 1 };
    return isObject(value) ? membersFault(value, path, inside) : listFault(value, path, inside);
  }
  if (left.budget.leaves-- === 0) return `${path} is one leaf too many`;
  if (typeof value === "string") {
    return value.length <= longestText ? undefined : `${path} is longer than ${longestText}`;
  }
  // JSON spells numbers that overflow, such as 1e999.
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : `${path} must be a finite number`;
  }
  return value === null || typeof value === "boolean" ? undefined : `${path} must be JSON`;
}

function membersFault(
  value: Readonly<Record<string, unknown>>,
  path: string,
  left: Room,
): string | undefined {
  const members = Object.entries(value);
  if (members.length === 0 && left.budget.leaves-- === 0) return `${path} is one leaf too many`;
  for (const [name, member] of members) {
    if (!(left.names ?? nameShape).test(name) || name in Object.prototype) {
      return `${path} has a member whose name is not a plain word`;
    }
    const fault = treeFault(member, `${path}.${name}`, { budget: left.budget, room: left.room });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function listFault(value: object, path: string, left: Room): string | undefined {
  const members = Object.values(value);
  if (members.length === 0 && left.budget.leaves-- === 0) return `${path} is one leaf too many`;
  for (const member of members) {
    const fault = treeFault(member, `${path}[]`, left);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
