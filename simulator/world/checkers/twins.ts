/**
 * A twin is the fold of what was accepted: told anew from the witness's entries, naively, and compared.
 *
 * The naive fold shares no code with the product's: it lists every word that any entry says about any leaf, and takes the
 * latest by (t, epoch, seq). At every instant: the changes of a twin are numbered without a hole or a repeat, and no leaf
 * goes back in time.
 */
import type { Twin } from "#twins/document.ts";
import { canonical } from "#wire/canonical.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";

import type { Checker, Complaint, Evidence } from "./evidence.ts";
import { asObject, numberIn, type Word, wordsOf } from "./words.ts";

/** A word with the entry that it stands in. */
interface Said extends Word {
  readonly entry: StreamEntry;
}

/** What is known of a device once all its entries are read. */
export interface Known {
  /** Latest word by `part/path`. */
  readonly leaves: Map<string, Said>;
  fact: JsonObject | undefined;
}

/** See the file. */
export class TwinChecker implements Checker {
  readonly #evidence: Evidence;
  readonly #wrong: Complaint[] = [];
  /** Revision of each twin by its changes. */
  readonly #revisions = new Map<Serial, number>();
  /** Time of each leaf, `id part/path`, by its changes. */
  readonly #times = new Map<string, number>();
  #seen = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  during(): Promise<readonly Complaint[]> {
    const { changes } = this.#evidence.witness;
    for (const { id, rev, changed } of changes.slice(this.#seen)) {
      const before = this.#revisions.get(id) ?? 0;
      if (rev !== before + 1) this.#wrong.push(`${id} goes from revision ${before} to ${rev}`);
      this.#revisions.set(id, rev);
      for (const { path, t } of changed) {
        // What became of a wish is dated by the device, or by the cloud.
        if (!/^(sync|desired)\//.test(path)) this.#notice(`${id} ${path}`, t);
      }
    }
    this.#seen = changes.length;
    return Promise.resolve(this.#wrong);
  }

  async atRest(): Promise<readonly Complaint[]> {
    const { witness, twins, registry, wished } = this.#evidence;
    const known = foldNaively(witness.entries.map(({ entry }) => entry));
    const complaints: Complaint[] = [];
    for (const { serial } of registry.all()) {
      const twin = await twins.read(serial);
      const expected = known.get(serial) ?? { leaves: new Map(), fact: undefined };
      if (twin === null) complaints.push(`${serial} has no twin`);
      else complaints.push(...differences(twin, expected, wished(serial)));
      if (twin !== null && twin.rev !== this.#revisions.get(serial)) {
        complaints.push(`${serial} is at revision ${twin.rev}, its changes say otherwise`);
      }
    }
    return complaints;
  }

  #notice(leaf: string, t: number): void {
    if (t < (this.#times.get(leaf) ?? 0)) this.#wrong.push(`${leaf} goes back in time`);
    this.#times.set(leaf, t);
  }
}

/** Everything that the entries say, whatever their order. */
export function foldNaively(entries: Iterable<StreamEntry>): Map<Serial, Known> {
  const all = new Map<Serial, Known>();
  for (const entry of entries) {
    const known: Known = all.get(entry.device) ?? { leaves: new Map(), fact: undefined };
    all.set(entry.device, known);
    const body: JsonObject = JSON.parse(entry.body);
    for (const word of wordsOf(entry, body)) {
      const leaf = `${word.part}/${word.path}`;
      const said = { ...word, entry };
      const held = known.leaves.get(leaf);
      if (held === undefined || isLater(said, held)) known.leaves.set(leaf, said);
    }
    if (entry.channel !== "presence") continue;
    if (known.fact === undefined || numberIn(body, "at") > numberIn(known.fact, "at")) {
      known.fact = body;
    }
  }
  return all;
}

/** How a stored twin differs from what is known, but for the leaves that people wished for. */
export function differences(
  twin: Twin,
  { leaves, fact }: Known,
  wished: readonly string[],
): Complaint[] {
  const expected = documentOf([...leaves].filter(([leaf]) => !wished.includes(leaf)));
  const found = new Map(
    Object.entries(twin.parts).map(([name, { reported, meta }]) => {
      const isTold = ([leaf]: [string, unknown]): boolean => !wished.includes(`${name}/${leaf}`);
      return [
        name,
        {
          reported: Object.fromEntries(Object.entries(reported).filter(isTold)),
          meta: Object.fromEntries(Object.entries(meta).filter(isTold)),
        },
      ];
    }),
  );
  const complaints: Complaint[] = [];
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [wanted, held] = [expected.get(name) ?? untold, found.get(name) ?? untold];
    const same = canonical(jsonOf(wanted)) === canonical(jsonOf(held));
    if (!same) complaints.push(`${twin.id} ${name} is not what its entries say`);
  }
  if (canonical(jsonOf(twin.fact)) !== canonical(jsonOf(fact))) {
    complaints.push(`${twin.id} holds another presence fact than its entries`);
  }
  return complaints;
}

/** A part of which nothing was said. */
const untold = { reported: {}, meta: {} };

function isLater(a: Said, b: Said): boolean {
  if (a.t !== b.t) return a.t > b.t;
  if (a.entry.epoch !== b.entry.epoch) return a.entry.epoch > b.entry.epoch;
  return a.entry.seq > b.entry.seq;
}

/** Parts as a twin holds them; the world's leaves are never above one another. */
function documentOf(
  leaves: readonly (readonly [string, Said])[],
): Map<string, { reported: JsonObject; meta: JsonObject }> {
  const parts = new Map<string, { reported: Record<string, Json>; meta: Record<string, Json> }>();
  for (const { part, path, value, t, src, q, entry } of leaves.map(([, said]) => said)) {
    const held = parts.get(part) ?? { reported: {}, meta: {} };
    parts.set(part, held);
    const { epoch, seq, receivedAt: r } = entry;
    held.meta[path] = {
      ...{ t, r, epoch, seq, src },
      ...(q === undefined ? {} : { q }),
      ...(value === null ? { gone: true } : {}),
    };
    if (value !== null) put(held.reported, path.split("/"), value);
  }
  return parts;
}

function put(object: Record<string, Json>, [name = "", ...below]: string[], value: Json): void {
  if (below.length === 0) {
    object[name] = value;
    return;
  }
  const branch = { ...asObject(object[name]) };
  object[name] = branch;
  put(branch, below, value);
}

/** As plain JSON, without what is undefined. */
function jsonOf(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
