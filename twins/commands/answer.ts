/** What an `answer` entry says of a command; answers to desired leaves are the twin's own business. */
import { assert } from "#platform/assert.ts";
import type { StreamEntry } from "#wire/entry.ts";
import { fits } from "#wire/shape.ts";
import { answerShape } from "#wire/shapes.ts";

import { isCommandId } from "./identity.ts";
import type { Told } from "./store.ts";

/** The word in an entry; undefined when it is none about a command. */
export function wordIn(entry: StreamEntry): Told | undefined {
  if (entry.channel !== "answer") return undefined;
  const answer: unknown = JSON.parse(entry.body);
  assert(fits(answerShape, answer), "the body of an answer entry is an answer");
  const { id, state, t, code, result } = answer;
  if (!isCommandId(id) || state === "applied") return undefined;
  const word = { t, epoch: entry.epoch, seq: entry.seq };
  if (state === "accepted") return { id, said: { state, ...word } };
  const more = {
    ...(code === undefined ? {} : { code }),
    ...(result === undefined ? {} : { result }),
  };
  return { id, said: { state, ...word, ...more } };
}
