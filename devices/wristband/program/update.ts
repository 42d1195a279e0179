/**
 * A new image: offered, made room for, loaded piece by piece, and asked for at the next start.
 *
 * idle ─ offer ─▶ clearing ─▶ loading ─▶ staged ─ install ─▶ installing ─▶ restart ─▶ installed or failed
 * Pieces come in any order within the radio's window. How far it has come is written down every few
 * KiB, so that neither a lost link nor a restart begins anew. `loading` asks the box for all from
 * `have` on; it is said only when something must be sent.
 * @source catalogue WB-15, WB-16, WB-17; spec/ota.md §4 A1–A3; spec/clinical.md F10, F11
 */
import type { ChunkBody, InstallBody, OfferBody } from "#wire/bodies/down.ts";
import type { UpdateState } from "#wire/bodies/up-body.ts";

import type { Core } from "./core.ts";
import {
  formatLoad,
  haveOf,
  type Load,
  mark,
  newLoad,
  parseLoad,
  placeOf,
  type Stage,
} from "./load.ts";

export interface Update {
  offered(offer: OfferBody, now: number): void;
  chunk(chunk: ChunkBody, now: number): void;
  install(install: InstallBody, now: number): void;
}

/** What makes this a bad moment to restart; undefined when it is a good one. */
export type Objection = () => string | undefined;

/** Pieces between two notes of how far it has come: a sector's worth. */
const noteEvery = 40;

/** The update that was under way at the last restart, or none. */
export function openUpdate(core: Core, objection: Objection): Update {
  const { ports, scheduler, settings } = core;
  const { staging } = ports;
  const progress = openProgress(core);
  const clearing = scheduler.add({
    name: "clear",
    periodMs: 0,
    run: (now) => {
      const load = progress.load();
      if (load?.stage !== "clearing") return false;
      if (!staging.clear(load.bytes)) return true;
      progress.enter(now, "loading");
      return false;
    },
  });
  const restart = scheduler.add({
    name: "install",
    periodMs: 0,
    run: () => {
      ports.restart();
      return false;
    },
  });
  const begin = (load: Load, now: number): void => {
    progress.begin(load);
    const refusal = staging.judge(load.bytes);
    if (refusal !== undefined) {
      progress.end(now, "refused", refusal);
      return;
    }
    progress.enter(now, "clearing");
    clearing.wake(0);
  };
  if (progress.load()?.stage === "clearing") clearing.wake(0);
  return {
    offered: (offer, now) => {
      if (progress.load()?.image === offer.image) progress.say(now);
      else begin(newLoad(offer), now);
    },
    chunk: (chunk, now) => {
      const load = progress.load();
      if (load?.stage !== "loading" || chunk.image !== load.image) return;
      const place = placeOf(load, chunk);
      if (place === "beyond") progress.say(now);
      if (typeof place !== "number") return;
      if (staging.write(chunk.offset, chunk.bytes) === "torn") {
        begin({ ...load, pieces: 0, ahead: 0 }, now);
        return;
      }
      mark(load, place);
      if (place === 0) progress.came(now);
    },
    install: ({ image, how }, now) => {
      const load = progress.load();
      if (load === undefined || load.image !== image) return;
      const why = objection();
      if (how === "forget") progress.end(now, "failed", "forgotten");
      else if (load.stage !== "staged" || why !== undefined) progress.say(now, why);
      else {
        staging.request(how);
        progress.enter(now, "installing");
        restart.wake(now + settings.update.farewellMs);
      }
    },
  };
}

/** The load, written down, said and shown as it comes. */
interface Progress {
  load(): Load | undefined;
  begin(load: Load): void;
  enter(now: number, stage: Stage): void;
  /** Its first missing piece has come. */
  came(now: number): void;
  say(now: number, why?: string): void;
  end(now: number, state: UpdateState, code: string): void;
}

function openProgress({ display, ports, settings, speech }: Core): Progress {
  const { store } = ports;
  let load = parseLoad(store.read(record));
  let noted = load?.pieces ?? 0;
  const note = (): void => {
    noted = load?.pieces ?? 0;
    store.write(record, formatLoad(load));
  };
  const say = (now: number, state: UpdateState, code = ""): void => {
    if (load !== undefined)
      speech.update(now, { image: load.image, state, have: haveOf(load), code });
  };
  const show = (): void => {
    if (load === undefined) display.clear("update");
    else display.show("update", "MISE A JOUR", `${tensOf(load)} %`);
  };
  const enter = (now: number, stage: Stage): void => {
    if (load === undefined) return;
    load.stage = stage;
    note();
    say(now, stage);
    show();
  };
  const end = (now: number, state: UpdateState, code: string): void => {
    say(now, state, code);
    load = undefined;
    note();
    show();
  };
  if (load?.stage === "installing") {
    const installed = load.version === settings.firmware;
    end(0, installed ? "installed" : "failed", installed ? "" : "not_started");
  } else if (load !== undefined) {
    say(0, load.stage);
    show();
  }
  return {
    load: () => load,
    begin: (begun) => {
      load = begun;
    },
    enter,
    came: (now) => {
      if (load === undefined) return;
      if (load.pieces - noted >= noteEvery) note();
      if (haveOf(load) === load.bytes) enter(now, "staged");
      else show();
    },
    say: (now, why) => {
      if (load !== undefined) say(now, load.stage, why);
    },
    end,
  };
}

const record = "update";

/** How much is there, in full tens of a percent: a display is not drawn for every piece. */
function tensOf(load: Load): number {
  return 10 * Math.floor((10 * haveOf(load)) / Math.max(1, load.bytes));
}
