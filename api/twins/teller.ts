/**
 * Tells one reader the changes of the twins that pass a filter, for as long as they listen.
 *
 * First whatever they missed, then `ready`, then every change as it comes; a reader who is slow gets the latest of each
 * twin; where changes cannot be told any more, a `gap` says so and a snapshot of every twin follows. One loop writes, and
 * only when the reader has room; all else only leaves it work.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { Sighting } from "#twins/circles.ts";
import type { Clearance } from "#twins/columns.ts";
import type { Change } from "#twins/document.ts";
import { isAging, passes } from "#twins/filter.ts";
import type { FleetTable } from "#twins/fleet-table.ts";
import type { Fleet } from "#twins/fleet.ts";
import type { Keys } from "#twins/keys.ts";
import { type PageEnd, pageOf } from "#twins/page.ts";
import { furthest, type Positions, startPositions } from "#twins/positions.ts";
import type { Tenant } from "#wire/identity.ts";
import { between, type Instant, Minutes, Seconds } from "#wire/units.ts";

import { agedSince } from "./aged.ts";
import type { GapFrame } from "./contract.ts";
import { createFeed, type Telling } from "./feed.ts";
import * as frames from "./frames.ts";
import type { Outlet } from "./outlet.ts";
import { type Loss, missedChanges } from "./replay.ts";
import { rowText } from "./row.ts";
import type { Edition, Scope } from "./scope.ts";

/** What tellers share. */
export interface TellerDeps {
  readonly fleet: Fleet;
  readonly streams: Pick<Streams, "range" | "first" | "length">;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

/** Who listens, and to what. */
export interface Listener {
  readonly tenant: Tenant;
  readonly clearance: Clearance;
  readonly scope: Scope;
  /** What the change of a twin that stays is called. */
  readonly still: "change" | "update";
  readonly format: frames.Format;
  /** The last id they saw, as they gave it back. */
  readonly lastId: string | undefined;
  readonly wantsSnapshot: boolean;
  /** When their token expires, and the telling ends. */
  readonly until: Instant;
}

const heartbeatEvery = Seconds(15);
/** A reader who takes nothing for so long is gone. */
const patience = Minutes(2);
/** Twins that may wait to be told of; beyond, a snapshot costs less. */
const waitingMost = 10_000;
const snapshotRows = 200;
const catchUp = Seconds(2);
const pause = Seconds(0.2);

type GapReason = GapFrame["reason"];

/** Starts telling into an outlet; resolves when the telling has ended, by whichever side. */
export async function tellChanges(
  deps: TellerDeps,
  listener: Listener,
  outlet: Outlet,
): Promise<void> {
  await new Teller(deps, listener, outlet).run();
}

class Teller {
  readonly #deps: TellerDeps;
  readonly #listener: Listener;
  readonly #outlet: Outlet;
  /** Changes not told yet. */
  readonly #feed = createFeed(waitingMost, () => this.#lose("slow_reader"));
  /** What a reader who has seen the last frame knows. */
  #positions: Positions;
  #edition: Edition;
  /** Why changes are missing, until a snapshot has made up for them. */
  #gap: GapReason | undefined;
  #isBeatDue = false;
  #wake: () => void = () => undefined;
  #unwatch: () => void = () => undefined;

  constructor(deps: TellerDeps, listener: Listener, outlet: Outlet) {
    this.#deps = deps;
    this.#listener = listener;
    this.#outlet = outlet;
    this.#positions = startPositions(deps.keys.partitions);
    this.#edition = listener.scope.edition() ?? { number: 0, filter: undefined };
  }

  async run(): Promise<void> {
    const { fleet, clock, log } = this.#deps;
    const { scope, format, until } = this.#listener;
    // From here on the feed gets every change, and none before: both happen at one instant.
    const start = fleet.positions();
    this.#watch();
    const forget = scope.watch(() => this.#turnTo(scope.edition()));
    const beat = this.#beat();
    void this.#outlet.ended.then(() => this.#wake());
    const left = between(clock.now(), until);
    const expiry = clock.after(left, "stream token", () => this.#outlet.close("expired"));
    try {
      this.#outlet.send(format.opening);
      await this.#begin(start);
      while (await this.#outlet.room()) await this.#turn();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      log.warn("stream ended", { code: error.code }); // the reader comes back with their last id
    } finally {
      this.#unwatch();
      forget();
      beat.cancel();
      expiry.cancel();
      this.#outlet.close("over");
    }
  }

  #watch(): void {
    const { tenant, clearance } = this.#listener;
    this.#unwatch = this.#deps.fleet.watch({
      tenant,
      filter: this.#edition.filter,
      see: (sighting) => {
        if (frames.isNews(sighting, clearance)) this.#feed.add(sighting);
        this.#wake();
      },
      lose: () => this.#lose("rebuilt"),
    });
  }

  /** The filter has become another one: all that passes it is told anew. Without one there is no more to tell. */
  #turnTo(edition: Edition | undefined): void {
    if (edition === undefined) return this.#outlet.close("over");
    this.#unwatch();
    this.#edition = edition;
    this.#watch();
    this.#lose("group_changed");
  }

  /** Wakes the loop up for heartbeats, and ends it when the reader takes nothing any more. */
  #beat(): Timer {
    const { clock } = this.#deps;
    let tookAt = clock.monotonic();
    return clock.every(heartbeatEvery, "stream heartbeat", () => {
      this.#isBeatDue = true;
      this.#wake();
      if (this.#outlet.hasRoom()) tookAt = clock.monotonic();
      else if (clock.monotonic() - tookAt > patience) this.#outlet.close("deaf");
    });
  }

  #lose(reason: GapReason): void {
    this.#gap = reason;
    this.#feed.clear();
    this.#wake();
  }

  /** Brings the reader from where they say they are to `start`. */
  async #begin(start: Positions): Promise<void> {
    const { fleet, keys } = this.#deps;
    const { lastId, wantsSnapshot } = this.#listener;
    if (lastId === undefined) {
      if (wantsSnapshot) return this.#bridge();
      this.#positions = start;
      return this.#sendReady(false);
    }
    const from = frames.readStanding(lastId, keys.partitions);
    if (from === undefined || !(await fleet.reach(from.positions, catchUp))) {
      return this.#lose("unknown_cursor");
    }
    if (from.edition !== this.#edition.number) return this.#lose("group_changed");
    this.#positions = from.positions;
    const loss = await this.#replay(start);
    if (loss !== undefined) return this.#lose(loss);
    if (!(await this.#replayAges(from.positions))) return undefined;
    this.#positions = furthest(start, from.positions);
    return this.#sendReady(true);
  }

  /** Tells what was missed up to `to`, one by one; answers why when that is not possible. */
  async #replay(to: Positions): Promise<Loss | undefined> {
    const gone = new Set<string>();
    for await (const read of missedChanges(this.#deps, { from: this.#positions, to })) {
      if (typeof read === "string") return read;
      const { change, reached } = read;
      const isOwn = change.tenant === this.#listener.tenant;
      const told = isOwn && !gone.has(change.id) ? this.#missed(change) : undefined;
      if (told !== undefined && !(await this.#isHeard())) return undefined;
      this.#positions = reached;
      if (told === undefined) continue;
      this.#sendChange(told, 1);
      if (!told.passes) gone.add(change.id);
    }
    return undefined;
  }

  /**
   * What a missed change is told as, if it is news. Whether the twin passed before cannot be known any more; to tell once
   * that it does not now is enough.
   */
  #missed(change: Change): frames.Told | undefined {
    const isIn = this.#passes(change.id);
    const isNews = frames.isNews({ change, passed: isIn, passes: isIn }, this.#listener.clearance);
    // A reading that the reader may not see makes the twin younger all the same.
    if (!isNews && !isAging(this.#edition.filter)) return undefined;
    return { change, passed: change.kind !== "created", passes: isIn };
  }

  /** Tells who entered or left by age alone since the reader left; false when they have left again. */
  async #replayAges(from: Positions): Promise<boolean> {
    const { fleet } = this.#deps;
    const { filter } = this.#edition;
    const place = { tenant: this.#listener.tenant, filter, from };
    for (const told of agedSince(fleet, place)) {
      if (!(await this.#isHeard())) return false;
      this.#sendChange(told, 1);
    }
    return this.#isHeard();
  }

  /** Waits for room; false when nobody listens any more, or changes were lost meanwhile. */
  async #isHeard(): Promise<boolean> {
    return (await this.#outlet.room()) && this.#gap === undefined;
  }

  #passes(id: string): boolean {
    const { filter } = this.#edition;
    const table = this.#table();
    const row = table.row(id);
    if (row === undefined || filter === undefined) return row !== undefined;
    return passes(filter, (column) => table.get(row, column), this.#deps.fleet.now());
  }

  /** One piece of work, while there is room for it. */
  async #turn(): Promise<void> {
    if (this.#gap !== undefined) return this.#bridge();
    const telling = this.#feed.take();
    if (telling !== undefined) return this.#tell(telling);
    if (this.#isBeatDue) {
      this.#isBeatDue = false;
      // Nothing waits, so all that the fleet has read is told or does not concern the reader.
      this.#positions = this.#deps.fleet.positions();
      return this.#outlet.send(this.#listener.format.heartbeat(this.#id()));
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Tells what waited. Where changes are merged, only the last frame moves the position on. */
  async #tell({ changes, isMerged }: Telling): Promise<void> {
    for (const [at, { sighting, count }] of changes.entries()) {
      // Asked first without waiting: that is nearly always enough, and a thousand readers ask.
      if (!this.#outlet.hasRoom() && !(await this.#isHeard())) return;
      if (this.#gap !== undefined) return;
      if (!isMerged || at === changes.length - 1) this.#positions = sighting.reached;
      if (isMerged) this.#sendChange(sighting, count);
      else this.#outlet.send(this.#sharedFrame(sighting));
    }
  }

  /** Says that changes are missing, and makes up for them with every twin that passes. */
  async #bridge(): Promise<void> {
    const { fleet, clock } = this.#deps;
    const reason = this.#gap;
    this.#gap = undefined;
    if (reason !== undefined) {
      this.#send("gap", frames.gapData({ at: clock.now(), reason }));
    }
    while (!fleet.isBuilt()) {
      if (!(await this.#outlet.room())) return;
      await clock.sleep(pause);
    }
    this.#feed.clear();
    const start = fleet.positions();
    if (!(await this.#sendSnapshot())) return;
    this.#positions = start;
    this.#sendReady(false);
  }

  /** Until it is whole, its frames carry the old position: who is cut off in the middle gets all of it again. */
  async #sendSnapshot(): Promise<boolean> {
    const { clearance } = this.#listener;
    let after: PageEnd | undefined;
    let first = true;
    do {
      if (!(await this.#isHeard())) return false;
      const table = this.#table();
      const { filter } = this.#edition;
      const now = this.#deps.fleet.now();
      const page = pageOf(table, { filter, sort: [], limit: snapshotRows, after, now });
      const rows = page.rows.map((row) => rowText(table, row, clearance));
      after = page.end;
      this.#send("snapshot", frames.snapshotData(rows, { first, last: after === undefined }));
      first = false;
    } while (after !== undefined);
    return this.#isHeard();
  }

  #sendReady(resumed: boolean): void {
    const at = this.#deps.clock.now();
    this.#send("ready", frames.readyData({ at, resumed, position: this.#id() }));
  }

  #sendChange(told: frames.Told, count: number): void {
    const { clearance, still } = this.#listener;
    const data = frames.changeData(told, count, { table: this.#table(), clearance });
    this.#send(frames.changeName(told, still), data);
  }

  /** The frame of a change as it was seen, which is the same for all who see it as this reader does. */
  #sharedFrame(sighting: Sighting): string {
    const { clearance, still, format } = this.#listener;
    const audience = `${clearance} ${still} ${format.name} ${this.#edition.number}`;
    return frames.shared(sighting, audience, () => {
      const data = frames.changeData(sighting, 1, { table: this.#table(), clearance });
      return this.#frame(frames.changeName(sighting, still), data);
    });
  }

  #send(name: frames.FrameName, data: string): void {
    this.#outlet.send(this.#frame(name, data));
  }

  #frame(name: frames.FrameName, data: string): string {
    return this.#listener.format.frame(name, data, this.#id());
  }

  #id(): string {
    return frames.writeStanding({ edition: this.#edition.number, positions: this.#positions });
  }

  /** Not kept: the fleet makes a new one when it is read anew. */
  #table(): FleetTable {
    return this.#deps.fleet.table(this.#listener.tenant);
  }
}
