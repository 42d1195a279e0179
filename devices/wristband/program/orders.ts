/**
 * Commands: each has exactly one effect, however often it comes, across restarts too.
 *
 * An id is written down before anything is done for it. Whoever comes again is told how it stands. What
 * a restart interrupted is said to have failed, but for the restart itself.
 * @source DESIGN §5 (exactly one effect per id)
 */
import type { CommandBody } from "#wire/bodies/down.ts";
import type { BandAnswer } from "#wire/bodies/up-body.ts";
import { decodeUp, encodeUp } from "#wire/bodies/up.ts";

import { type Act, actOf, type ActRoom, type Outcome, outcome } from "./acts.ts";
import type { Core } from "./core.ts";
import type { SaidAnswer } from "./speech.ts";

export interface Orders {
  take(command: CommandBody, now: number): void;
  /** Ends what makes the wristband be found: somebody has found it. */
  found(now: number): boolean;
}

/** Ids that are remembered. */
export const ordersKept = 16;
/** Acts that may go on at once. */
const actsMost = 4;
const restarting = "restarting";

/** An act that goes on. */
interface Running {
  readonly id: string;
  readonly name: string;
  readonly act: Act;
  readonly until: number;
}

/** The commands of this wristband, those before the last restart included. */
export function openOrders(core: Core, room: Pick<ActRoom, "gain">): Orders {
  const { ports, scheduler, settings, speech, timekeeper } = core;
  const records = openRecords(core);
  let running: Running[] = [];

  const settle = (now: number, answer: SaidAnswer): void => {
    records.put(answer);
    speech.answer(now, answer);
  };
  const end = (now: number, { id }: Running, ended: Outcome): void => {
    running = running.filter((other) => other.id !== id);
    settle(now, { id, ...ended });
  };
  const begin = (now: number, command: CommandBody): void => {
    const { id, name } = command;
    if (name === "restart") {
      settle(now, { id, state: "accepted", code: restarting, result: [] });
      farewell.wake(now + settings.update.farewellMs);
      return;
    }
    // Written down first: an effect that nobody remembers would come again.
    records.put({ id, state: "accepted", code: "", result: [] });
    const act = actOf({ ...core, ...room }, command, now);
    if (typeof act === "string") {
      settle(now, { id, state: "rejected", code: act, result: [] });
      return;
    }
    speech.answer(now, { id, state: "accepted", code: "", result: [] });
    running.push({ id, name, act, until: now + act.lastsMs });
    turn.wake(0);
  };
  const farewell = scheduler.add({
    name: "restart",
    periodMs: 0,
    run: () => {
      ports.restart();
      return false;
    },
  });
  const turn = scheduler.add({
    name: "orders",
    periodMs: 0,
    run: (now) => {
      running.forEach((one) => {
        const ended = one.act.look(now) ?? (now >= one.until ? one.act.over() : undefined);
        if (ended !== undefined) end(now, one, ended);
      });
      if (running.length > 0) turn.wake(now + 1000);
      return false;
    },
  });
  return {
    take: (command, now) => {
      const known = records.get(command.id);
      const wall = timekeeper.wall(now);
      const reject = (code: string): void =>
        settle(now, { id: command.id, state: "rejected", code, result: [] });
      if (known !== undefined) speech.answer(now, known);
      else if (wall !== undefined && wall > command.deadline) reject("too_late");
      else if (running.length === actsMost) reject("busy");
      else begin(now, command);
    },
    found: (now) => {
      const sought = running.filter(({ name }) => name === "locate" || name === "identify");
      sought.forEach((one) => end(now, one, one.act.over()));
      return sought.length > 0;
    },
  };
}

interface Records {
  get(id: string): SaidAnswer | undefined;
  put(answer: SaidAnswer): void;
}

/** The last ids and how they stand, in as many places of the store, the oldest overwritten first. */
function openRecords({ ports, speech }: Core): Records {
  const { store } = ports;
  const records: (SaidAnswer | undefined)[] = [];
  for (let place = 0; place < ordersKept; place += 1)
    records.push(parse(store.read(nameOf(place))));
  let next = nextOf(store.read(cursor));

  const write = (place: number, answer: SaidAnswer): void => {
    records[place] = answer;
    const t = { ms: 0, clock: "start" } as const;
    store.write(nameOf(place), encodeUp({ kind: "answer", t, ...answer }));
  };
  const placeOf = (id: string): number => {
    let found = -1;
    records.forEach((record, place) => {
      if (record?.id === id) found = place;
    });
    return found;
  };
  records.forEach((record, place) => {
    if (record?.state !== "accepted") return;
    const { state, code } = interrupted(record);
    const answer = { ...record, state, code };
    write(place, answer);
    speech.answer(0, answer);
  });
  return {
    get: (id) => records[placeOf(id)],
    put: (answer) => {
      const known = placeOf(answer.id);
      if (known >= 0) {
        write(known, answer);
        return;
      }
      const place = next;
      next = (next + 1) % ordersKept;
      store.write(cursor, new Uint8Array([next]));
      write(place, answer);
    },
  };
}

const cursor = "order";

function nameOf(place: number): string {
  return `order${place}`;
}

function nextOf(kept: Uint8Array | undefined): number {
  return (kept?.[0] ?? 0) % ordersKept;
}

/** What has become of an act that a restart has ended. */
function interrupted(record: SaidAnswer): { readonly state: BandAnswer; readonly code: string } {
  const { state, code } =
    record.code === restarting ? outcome("done", "restarted") : outcome("failed", "interrupted");
  return { state, code };
}

function parse(kept: Uint8Array | undefined): SaidAnswer | undefined {
  const body = kept && decodeUp(kept);
  if (body?.kind !== "answer") return undefined;
  const { id, state, code, result } = body;
  return { id, state, code, result };
}
