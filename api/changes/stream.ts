/**
 * `GET /v1/changes/{id}/stream`: a bulk change and what becomes of its devices, as it happens.
 *
 * Each frame's id is a position in all streams of results; whoever comes back with it gets what came since, or is told
 * that results are missing and that the list has them.
 */
import { problem } from "#api/problem.ts";
import { type Asked, askerOf } from "#api/route.ts";
import { type Lines, tooManyLines } from "#api/twins/lines.ts";
import { type BodyOutlet, createBodyOutlet } from "#api/twins/outlet.ts";
import { readParameters } from "#api/twins/question.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { compareIds, type Entry, origin, type Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { BulkChange, BulkPlan } from "#twins/bulk/change.ts";
import { decodeItem } from "#twins/bulk/item.ts";
import type { BulkStore } from "#twins/bulk/store.ts";
import type { Keys } from "#twins/keys.ts";
import { type Positions, readPositions, writePositions } from "#twins/positions.ts";
import { parseSerial } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import { viewChange, viewItem } from "./view.ts";

/** What streams of results need. */
export interface ResultStreamDeps {
  readonly store: Pick<BulkStore, "get">;
  readonly streams: Pick<Streams, "range" | "first" | "last">;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly lines: Lines;
  readonly log: Pick<Log, "warn">;
}

/** How often results are looked for, and how many turns a reader who is told nothing waits for a sign of life. */
const every = Seconds(1);
const beatEvery = 15;
/** Results read at a time, per partition. */
const handful = 500;

/** An answer that tells until its reader goes, or their token expires. */
export async function streamResults(
  deps: ResultStreamDeps,
  asked: Asked,
  change: BulkChange,
): Promise<Response> {
  const parameters = readParameters(asked.url.searchParams, ["cursor"]);
  if (parameters instanceof Response) return parameters;
  const lastId = asked.request.headers.get("last-event-id") ?? parameters.get("cursor");
  const { partitions } = deps.keys;
  const from = lastId === undefined ? await newest(deps) : readPositions(lastId, partitions);
  if (from === undefined) return problem("invalid", { pointer: "/query/cursor" });
  const who = askerOf(asked);
  if (!deps.lines.isFree(who)) return tooManyLines();
  const outlet = createBodyOutlet();
  deps.lines.hold(who, outlet);
  asked.keepOpen();
  asked.request.signal.addEventListener("abort", () => outlet.close("over"));
  const telling = new Telling(deps, { plan: change.plan, outlet, positions: from });
  void telling.run(who.expiresAt);
  return new Response(outlet.body, {
    headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
  });
}

function newest({ streams, keys }: ResultStreamDeps): Promise<Positions> {
  const all = Array.from({ length: keys.partitions }, (_, q) => streams.last(keys.bulkResults(q)));
  return Promise.all(all);
}

/** One reader. */
class Telling {
  readonly #deps: ResultStreamDeps;
  readonly #plan: BulkPlan;
  readonly #outlet: BodyOutlet;
  #positions: Positions;
  #rev = 0;
  #quiet = 0;

  constructor(
    deps: ResultStreamDeps,
    reader: { plan: BulkPlan; outlet: BodyOutlet; positions: Positions },
  ) {
    this.#deps = deps;
    this.#plan = reader.plan;
    this.#outlet = reader.outlet;
    this.#positions = reader.positions;
  }

  async run(until: number): Promise<void> {
    const { clock, log } = this.#deps;
    if (await this.#isTrimmed()) this.#send("gap", { reason: "trimmed" });
    while (await this.#outlet.room()) {
      if (clock.now() >= until) return this.#outlet.close("expired");
      try {
        if (!(await this.#turn())) return this.#outlet.close("over");
      } catch (error) {
        if (!isTrouble(error)) throw error;
        log.warn("results not read", { code: error.code });
      }
      await Promise.race([clock.sleep(every), this.#outlet.ended]);
    }
  }

  /** Tells what is new; false when the change is no more. */
  async #turn(): Promise<boolean> {
    this.#quiet += 1;
    const change = await this.#deps.store.get(this.#plan);
    if (change === undefined) return false;
    for (const q of this.#positions.keys()) await this.#tellResults(q);
    if (change.rev !== this.#rev) this.#send("change", viewChange(change));
    this.#rev = change.rev;
    if (this.#quiet >= beatEvery) this.#send("heartbeat");
    return true;
  }

  async #tellResults(q: number): Promise<void> {
    const { streams, keys } = this.#deps;
    for (;;) {
      const after = this.#positions[q] ?? origin;
      const entries = await streams.range(keys.bulkResults(q), { after, limit: handful });
      for (const entry of entries) {
        this.#positions = this.#positions.with(q, entry.id);
        if (!(await this.#tellResult(entry))) return;
      }
      if (entries.length < handful) return;
    }
  }

  /** False once nobody reads any more. */
  async #tellResult({ fields }: Entry): Promise<boolean> {
    const serial = parseSerial(fields["serial"] ?? "");
    if (fields["id"] !== this.#plan.id || serial === undefined) return true;
    if (!(await this.#outlet.room())) return false;
    this.#send("result", viewItem(this.#plan, serial, decodeItem(fields["item"] ?? "")));
    return true;
  }

  #send(event: "change" | "result" | "gap" | "heartbeat", data?: object): void {
    this.#quiet = 0;
    const id = `id: ${writePositions(this.#positions)}\n`;
    this.#outlet.send(
      data === undefined
        ? `: ${event}\n${id}\n`
        : `${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
  }

  /** Whether results after the reader's position are kept no more. */
  async #isTrimmed(): Promise<boolean> {
    const { streams, keys } = this.#deps;
    const trimmed = this.#positions.map(async (id, q) => {
      const first = await streams.first(keys.bulkResults(q));
      return first !== null && id !== origin && compareIds(first, id) > 0;
    });
    return (await Promise.all(trimmed)).includes(true);
  }
}
