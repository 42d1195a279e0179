/**
 * The accounting identity, held against what boxes say they gave out and what the witness saw stored.
 *
 * At every instant: each number is stored at most once; a mark counts exactly what is stored; and a number that a box gave
 * out is with the box, with the cloud, or known to be lost. At rest: all of them are with the cloud, as what they were.
 */
import { readAccounting } from "#twins/accounting.ts";
import { counterField, inFlight, isReceived, type Mark, parseMark } from "#twins/mark.ts";
import type { StreamEntry } from "#wire/entry.ts";
import type { Reading } from "#wire/messages.ts";
import { contains, size } from "#wire/ranges.ts";

import type { CounterOnDisk } from "../disk.ts";
import type { WorldHome } from "../home.ts";
import { differenceOf } from "./content.ts";
import type { Checker, Complaint, Evidence } from "./evidence.ts";

/** Where one counter stands, by everybody who knows of it. */
interface Standing {
  readonly home: WorldHome;
  readonly field: string;
  readonly disk: CounterOnDisk;
  readonly mark: Mark;
  readonly stored: ReadonlyMap<number, StreamEntry>;
}

/** See the file. */
export class AccountingChecker implements Checker {
  readonly #evidence: Evidence;
  /** What the witness saw stored, by counter and number. */
  readonly #stored = new Map<string, Map<number, StreamEntry>>();
  readonly #wrong: Complaint[] = [];
  /** Entries of the witness that are counted. */
  #seen = 0;
  #readings = 0;
  /** Device, metric, time and length of every reading. */
  readonly #windows = new Set<string>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  async during(): Promise<readonly Complaint[]> {
    this.#count();
    const { cells, keys } = this.#evidence;
    const { holds, readings } = await readAccounting(cells, keys);
    return [
      ...this.#wrong,
      ...(holds ? [] : ["the accounting identity does not hold"]),
      ...unless(
        readings.stored === this.#readings,
        () => `${readings.stored} readings are counted as stored, ${this.#readings} are`,
      ),
      ...(await this.#standings()).flatMap(standingComplaints),
    ];
  }

  async atRest(): Promise<readonly Complaint[]> {
    const standings = await this.#standings();
    const { messages } = await readAccounting(this.#evidence.cells, this.#evidence.keys);
    const given = standings.reduce((sum, { disk }) => sum + disk.given, 0);
    return [
      ...unless(
        messages.sent === given || this.#honest().length < this.#evidence.homes.length,
        () => `the cloud knows of ${messages.sent} numbers, the boxes gave out ${given}`,
      ),
      ...standings.flatMap(restComplaints),
      ...this.#honest().flatMap((home) =>
        homeComplaints(
          home,
          standings.filter((standing) => standing.home === home),
        ),
      ),
    ];
  }

  /**
   * How many numbers are under way. Of a box that was set back, those that the cloud lacks between others, and only once it
   * has spoken again and so been told of them; what went with the disk above them nobody can know.
   */
  async underWay({ allHaveSpoken }: { allHaveSpoken: boolean }): Promise<number> {
    const { cells, keys, homes } = this.#evidence;
    let sum = 0;
    for (const { box, isSetBack, devices } of homes) {
      if (isSetBack && !allHaveSpoken) continue;
      const marks = await cells.getAll(keys.marks(keys.of(box)));
      for (const [field, text] of Object.entries(marks)) {
        if (!devices.some((device) => field.startsWith(`${device}:`))) continue;
        const mark = parseMark(text);
        sum += isSetBack ? holesIn(mark) : inFlight(mark);
      }
    }
    return sum;
  }

  /** Takes in what the witness has seen since. */
  #count(): void {
    const { witness, homes } = this.#evidence;
    const byBox = new Map(homes.map((home) => [home.box, home]));
    for (const { entry } of witness.entries.slice(this.#seen)) {
      const home = byBox.get(entry.box);
      if (entry.channel === "presence" || home === undefined) continue;
      const field = counterField(entry.device, entry.epoch);
      const counter = this.#stored.get(field) ?? new Map<number, StreamEntry>();
      // An event is kept even under a number that another message had before, or it would be lost.
      const isGivenAgain = home.isSetBack && entry.channel === "event";
      const isTwice = counter.has(entry.seq) && !isGivenAgain;
      if (isTwice) this.#wrong.push(`${field} ${entry.seq} is stored twice`);
      this.#stored.set(field, counter.set(entry.seq, entry));
      const difference = differenceOf(entry, home.ledger.get(field)?.get(entry.seq) ?? []);
      if (difference !== undefined) this.#wrong.push(`${field} ${entry.seq} ${difference}`);
      if (entry.channel === "readings") this.#takeReadings(entry, home);
    }
    this.#seen = witness.entries.length;
  }

  /** A window is told once, whatever number it came under. */
  #takeReadings({ device, body }: StreamEntry, { isSetBack }: WorldHome): void {
    const { readings }: { readings: readonly Reading[] } = JSON.parse(body);
    this.#readings += readings.length;
    for (const { metric, t, window } of readings) {
      const told = `${device} ${metric} ${t} ${window}`;
      if (this.#windows.has(told) && !isSetBack) this.#wrong.push(`${told} is told twice`);
      this.#windows.add(told);
    }
  }

  #honest(): WorldHome[] {
    return this.#evidence.homes.filter(({ isSetBack }) => !isSetBack);
  }

  /** Of the boxes whose word can be taken. */
  async #standings(): Promise<Standing[]> {
    const { cells, keys } = this.#evidence;
    const all = this.#honest().map(async (home): Promise<Standing[]> => {
      const marks = await cells.getAll(keys.marks(keys.of(home.box)));
      return [...home.disk()].map(([field, disk]) => ({
        home,
        field,
        disk,
        mark: parseMark(marks[field] ?? null),
        stored: this.#stored.get(field) ?? new Map(),
      }));
    });
    return (await Promise.all(all)).flat();
  }
}

function holesIn({ upTo, ranges }: Mark): number {
  return (ranges.at(-1)?.[1] ?? upTo) - upTo - size(ranges);
}

function standingComplaints({ field, disk, mark, stored }: Standing): Complaint[] {
  const unknown = nowhere(disk, mark);
  return [
    ...unless(unknown.length === 0, () => `${field} ${unknown.join(" ")} is nowhere`),
    ...unless(
      mark.stored === stored.size,
      () => `${field} counts ${mark.stored} as stored, ${stored.size} are`,
    ),
    ...unless(
      mark.sent <= disk.given,
      () => `${field} is at ${mark.sent} for the cloud, its box gave out ${disk.given}`,
    ),
    ...[...stored.keys()]
      .filter((seq) => !isReceived(mark, seq))
      .map((seq) => `${field} ${seq} is stored and not received`),
  ];
}

/** Numbers that neither the box nor the cloud has, and that nobody knows to be lost. */
function nowhere(disk: CounterOnDisk, mark: Mark): number[] {
  const waiting = new Set(disk.waiting);
  const found: number[] = [];
  for (let seq = mark.upTo + 1; seq <= disk.given; seq += 1) {
    if (isReceived(mark, seq) || waiting.has(seq) || contains(disk.dropped, seq)) continue;
    found.push(seq);
  }
  return found;
}

function restComplaints({ field, disk, mark, home }: Standing): Complaint[] {
  const { stored, refused, duplicate, lost } = mark;
  const isErring = home.plan.sin !== null || Math.abs(home.plan.skew) > errs;
  return [
    ...unless(inFlight(mark) === 0, () => `${field} has ${inFlight(mark)} in flight`),
    ...unless(mark.sent === disk.given, () => `${field}: ${mark.sent} sent, ${disk.given} given`),
    ...unless(
      stored + refused + duplicate + lost === disk.given,
      () => `${field}: ${stored} + ${refused} + ${duplicate} + ${lost} is not ${disk.given}`,
    ),
    ...unless(refused === 0 || isErring, () => `${field}: ${refused} refused of an honest box`),
    ...unless(disk.waiting.length === 0, () => `${field}: ${disk.waiting.length} still wait`),
    ...unless(disk.dropped.length === 0, () => `${field}: losses that nobody was told of`),
  ];
}

/** A clock that is further off than this makes a door refuse what it dates. */
const errs = 110_000;

/** What a box says became of its messages. */
function homeComplaints(home: WorldHome, standings: readonly Standing[]): Complaint[] {
  const { appended, received, refused, dropped } = home.tally();
  const given = standings.reduce((sum, { disk }) => sum + disk.given, 0);
  const lost = standings.reduce((sum, { mark }) => sum + mark.lost, 0);
  return [
    ...unless(appended === given, () => `${home.box} took ${appended}, numbered ${given}`),
    ...unless(
      appended === received + refused + dropped,
      () => `${home.box}: ${appended} is not ${received} + ${refused} + ${dropped}`,
    ),
    ...unless(lost <= dropped, () => `${home.box} dropped ${dropped}, the cloud lost ${lost}`),
  ];
}

function unless(holds: boolean, complaint: () => Complaint): Complaint[] {
  return holds ? [] : [complaint()];
}
