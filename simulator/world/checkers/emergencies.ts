/**
 * No emergency is lost, none is told twice, and each is heard in time.
 *
 * At every instant: an event stands in the critical stream once, and is kept under its id. At rest: all that a box has taken
 * do, and each came within its limit, counted from when it was taken or, if later, from when everything was mended.
 */
import { between, type Duration, type Instant, Minutes, Seconds } from "#wire/units.ts";

import type { Checker, Complaint, Evidence, Mending } from "./evidence.ts";

/**
 * An emergency is heard so long after everything was mended. By HTTPS: a post that is never answered (10 s), then the
 * longest wait between two tries (60 s), and again the post. By MQTT alone: a connection that has silently died is found out
 * within 90 s, an attempt to make one takes 30 s, and then the longest wait.
 */
const heardWithin = { posting: Seconds(90), silent: Minutes(4) };
/** And so long after it was taken while all is well. */
const heardAtOnce: Duration = Seconds(2);

/** An event in the critical stream. */
interface Heard {
  readonly at: Instant;
  readonly body: string;
  readonly partition: number;
}

/** See the file. */
export class EmergencyChecker implements Checker {
  readonly #evidence: Evidence;
  readonly #mending: () => Mending;
  readonly #heard = new Map<string, Heard>();
  readonly #wrong: Complaint[] = [];
  #seen = 0;

  constructor(evidence: Evidence, mending: () => Mending) {
    this.#evidence = evidence;
    this.#mending = mending;
  }

  async during(): Promise<readonly Complaint[]> {
    const { witness, keys } = this.#evidence;
    for (const { entry, at, isCritical } of witness.entries.slice(this.#seen)) {
      if (!isCritical) {
        if (entry.channel === "event") this.#wrong.push("an event is in the routine stream");
        continue;
      }
      const { id }: { id: string } = JSON.parse(entry.body);
      if (this.#heard.has(id)) this.#wrong.push(`${id} is in the critical stream twice`);
      this.#heard.set(id, { at, body: entry.body, partition: keys.of(entry.box) });
    }
    this.#seen = witness.entries.length;
    return [...this.#wrong, ...(await this.#unkept())];
  }

  async atRest(): Promise<readonly Complaint[]> {
    const { healedAt, restedAt } = this.#mending();
    const complaints: Complaint[] = [];
    for (const { emergencies, plan, forgotten } of this.#evidence.homes) {
      for (const { id, at } of emergencies) {
        const heard = this.#heard.get(id);
        if (forgotten.has(id)) continue;
        if (heard === undefined) {
          complaints.push(`${id} was taken and never heard`);
          continue;
        }
        if (healedAt === null) continue;
        // A wristband may bring it to a box whose line is mended, and not made again yet.
        const isWell = restedAt !== null && at > restedAt;
        const isLate = isWell ? heardAtOnce : heardWithin[plan.posts ? "posting" : "silent"];
        const passed = between(healedAt > at ? healedAt : at, heard.at);
        if (passed > isLate) complaints.push(`${id} was heard after ${passed / 1000} s`);
      }
    }
    return complaints;
  }

  /** Events in the stream that are not kept under their id, or kept as something else. */
  async #unkept(): Promise<Complaint[]> {
    const { cells, keys } = this.#evidence;
    const complaints: Complaint[] = [];
    for (const [id, { body, partition }] of this.#heard) {
      const kept = await cells.get(keys.event(partition, id), "body");
      if (kept !== body) complaints.push(`${id} is not kept under its id`);
    }
    return complaints;
  }
}
