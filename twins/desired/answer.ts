/**
 * What a device answers to `down/desired`: that it has it, and what became of each leaf.
 *
 * An answer names the `v` of what it answers: leaves wished for since then are none of its business. `applied` also
 * writes the reported leaf, with the value wished for and the answer's time, under the order rule.
 */
import { assert } from "#platform/assert.ts";
import type { ChangedLeaf, LeafMeta, Part, Twin, Wish, WishAnswer } from "#twins/document.ts";
import { isObject, type LeafWrite, writeLeaf } from "#twins/leaves.ts";
import { excessOf } from "#twins/limits.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Json, PartName } from "#wire/messages.ts";

import { wantedLeaves } from "./derived.ts";
import { heard } from "./judgement.ts";

/** What a device says of one leaf. */
interface Said {
  readonly said: WishAnswer["said"];
  readonly code: string | undefined;
}

/** The twin once it has heard that answer, its wishes not judged yet; the very same when it says nothing new. */
export function hearAnswer(
  twin: Twin,
  entry: StreamEntry,
): { readonly twin: Twin; readonly changed: readonly ChangedLeaf[] } {
  const answer = parseAnswer(entry);
  const changed: ChangedLeaf[] = [];
  // Nobody has been told of what comes after `desiredV`.
  if (answer === undefined || answer.v > twin.desiredV) return { twin, changed };
  const { epoch, seq, receivedAt: r } = entry;
  const meta: LeafMeta = { t: answer.t, r, epoch, seq, src: "answer" };
  let after = twin;
  for (const { part: name, path, value, wish } of wantedLeaves(twin)) {
    const before = after.parts[name];
    if (before === undefined || wish.v > answer.v) continue;
    const said = answer.of(`${name}/${path}`);
    const told = noteAnswer(before, { path, wish, said, meta });
    const part =
      said.said === "applied" ? applied(after, { name, part: told, path, value, meta }) : told;
    if (part !== before) after = { ...after, parts: { ...after.parts, [name]: part } };
    if (part.meta[path] === meta) changed.push({ path: `${name}/${path}`, value, t: meta.t });
  }
  return { twin: after, changed };
}

function noteAnswer(
  part: Part,
  about: { path: string; wish: Wish; said: Said; meta: LeafMeta },
): Part {
  const { path, wish, said, meta } = about;
  const { t, epoch, seq } = meta;
  const told = heard(wish, { t, epoch, seq, said: said.said }, said.code);
  return told === wish ? part : { ...part, wishes: { ...part.wishes, [path]: told } };
}

/** With the reported leaf as it was wished for, unless something newer is known or a limit forbids it. */
function applied(
  twin: Twin,
  { name, part, ...leaf }: LeafWrite & { readonly name: PartName; readonly part: Part },
): Part {
  const written = writeLeaf(part, leaf);
  return excessOf(twin, name, written) === undefined ? written : part;
}

/** An answer to something desired, or undefined for one to a command. */
function parseAnswer(
  entry: StreamEntry,
): { readonly v: number; readonly t: number; readonly of: (path: string) => Said } | undefined {
  const body: Json = JSON.parse(entry.body);
  assert(isObject(body), "the body of an answer is an object");
  const { id, t, state, code, result } = body;
  assert(typeof id === "string" && typeof t === "number", "an answer has its id and time");
  const [, digits] = /^desired-(\d{1,15})$/.exec(id) ?? [];
  if (digits === undefined) return undefined;
  const whole = saidBy(state, code);
  return {
    v: Number(digits),
    t,
    of: (path) => {
      const own = isObject(result) && Object.hasOwn(result, path) ? result[path] : undefined;
      return isObject(own) ? saidBy(own["state"], own["code"]) : whole;
    },
  };
}

/** `done` says of the leaves that it does not name no more than that the device has them. */
function saidBy(state: Json | undefined, code: Json | undefined): Said {
  const why = typeof code === "string" ? code : undefined;
  if (state === "applied") return { said: "applied", code: undefined };
  if (state === "rejected" || state === "failed") return { said: "rejected", code: why };
  return { said: "accepted", code: undefined };
}
