/** Replies of Redis, as Bun converts them, parsed into what they are meant to be. */
import { assert } from "#platform/assert.ts";

/** A text; asserts that it is one. */
export function textOf(reply: unknown): string {
  assert(typeof reply === "string", "the reply is a text");
  return reply;
}

/** A number; asserts that it is one. */
export function numberOf(reply: unknown): number {
  assert(typeof reply === "number", "the reply is a number");
  return reply;
}

/** A text or nothing. */
export function maybeTextOf(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : textOf(reply);
}

/** An array; nothing counts as empty. */
export function listOf(reply: unknown): readonly unknown[] {
  if (reply === null || reply === undefined) return [];
  assert(Array.isArray(reply), "the reply is an array");
  return reply;
}

/** A map, which Bun gives as an object; nothing counts as empty. */
export function mapOf(reply: unknown): Readonly<Record<string, unknown>> {
  if (reply === null || reply === undefined) return {};
  assert(isObject(reply), "the reply is a map");
  return reply;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && !Array.isArray(value);
}

/** A map of texts. */
export function textsOf(reply: unknown): Record<string, string> {
  const map = mapOf(reply);
  assert(isTexts(map), "the reply is a map of texts");
  return map;
}

function isTexts(map: Readonly<Record<string, unknown>>): map is Record<string, string> {
  for (const field in map) if (typeof map[field] !== "string") return false;
  return true;
}

/** A flat list `name, value, name, value…` as a record. */
export function pairsOf(reply: unknown): Record<string, string> {
  const list = listOf(reply);
  const pairs: Record<string, string> = {};
  for (let at = 0; at < list.length; at += 2) pairs[textOf(list[at])] = textOf(list[at + 1]);
  return pairs;
}
