/** A home for live tests: a folder with a configuration, a key, a bonded wristband at a socket, and what lies on its disk. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { createSeal, newSealKey } from "#platform/seal.ts";
import { openSoundSql } from "#platform/sql/salvage.ts";
import { decodeEvent, decodeReadings } from "#wire/codec.ts";

import { bandEpoch, meanTime, type SocketBand } from "./band/socket-band.ts";
import { Facts, openJson } from "./facts.ts";
import type { BoxConfig } from "./host/config.ts";
import { keepingQueries } from "./keeping-queries.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openOutbox } from "./outbox.ts";
import { waitingReadings } from "./readings-flow.ts";
import { box, device } from "./uplink-scene.ts";

/** See the file. */
export interface LiveHome {
  readonly config: string;
  readonly socket: string;
  /** What lies on its disk in any form: times of means, and ids of falls. */
  stored(world: { clock: Clock; random: Random }): { means: number[]; falls: string[] };
}

/** The box's program in one file in `folder`, which starts faster than many. */
export async function bundleProgram(folder: string): Promise<string> {
  const built = await Bun.build({
    ...{ entrypoints: [join(import.meta.dir, "main.ts")], target: "bun" },
    external: ["x11", "usocket", "serialport"],
  });
  const [bundle] = built.outputs;
  assert(bundle !== undefined, "the program is bundled");
  const program = join(folder, "box.js");
  await Bun.write(program, bundle);
  return program;
}

/** What a home may be told otherwise. */
type Told = Partial<Omit<BoxConfig, "state" | "radio">> & { readonly wristband?: string };

/** Makes a home in `folder`; one without a cloud unless it is told of one. */
export function makeLiveHome(folder: string, told: Told = {}): LiveHome {
  const state = join(folder, "state");
  const socket = join(folder, "band.sock");
  const config = join(folder, "box.json");
  mkdirSync(state, { recursive: true });
  const key = newSealKey();
  const { wristband: serial = device, ...changes } = told;
  const usual = { tenant: "demo", box, broker: "mqtt://127.0.0.1:1", log: "error" };
  writeFileSync(config, JSON.stringify({ ...usual, state, radio: `unix:${socket}`, ...changes }));
  writeFileSync(join(state, "seal.key"), key, { mode: 0o600 });
  const seal = createSeal(key);
  const database = join(state, "outbox.sqlite");
  const { sql } = openSoundSql(database, outboxSchema);
  const keeping = { sql, box: changes.box ?? box, seal };
  new Facts(keeping).write("bond", { serial, address: socket });
  sql.close();
  return { config, socket, stored: (world) => readHome(database, { ...world, key }) };
}

/** What a wristband saw acknowledged and the disk does not have, and what the disk has twice. */
export function faultsOf(
  band: SocketBand,
  stored: ReturnType<LiveHome["stored"]>,
): { lost: string[]; twice: string[] } {
  const means = new Set(stored.means);
  const falls = new Set(stored.falls);
  const { routine, emergency } = band.acknowledged;
  const idOf = (number: number): string => `${device}-${bandEpoch.toString(36)}-${number}`;
  const lostMeans = [...routine].filter((number) => !means.has(meanTime(band.start, number)));
  const lostFalls = [...emergency].filter((number) => !falls.has(idOf(number)));
  return {
    lost: [...lostMeans.map((number) => `mean ${number}`), ...lostFalls.map(idOf)],
    twice: [
      ...stored.means.filter((t, index) => stored.means.indexOf(t) !== index).map(String),
      ...stored.falls.filter((id, index) => stored.falls.indexOf(id) !== index),
    ],
  };
}

function readHome(
  database: string,
  { clock, random, key }: { clock: Clock; random: Random; key: string },
): { means: number[]; falls: string[] } {
  const { sql, salvaged } = openSoundSql(database, outboxSchema);
  assert(salvaged === undefined, "a kill damages no file");
  const seal = createSeal(key);
  const limits = { messages: 1e6, bytes: 1e9 };
  const outbox = openOutbox({ sql, box, clock, random, limits, seal });
  const of = (rank: "vital" | "emergency") => outbox.next({ rank, after: 0, limit: 1e6 });
  const sent = of("vital").flatMap(({ payload }) => {
    const pack = decodeReadings(payload, { device, receivedAt: clock.now() });
    return pack.kind === "parsed" ? pack.value.readings.map(({ t }) => t) : [];
  });
  const rows = sql.all(keepingQueries.gathered, box, device, "heart-rate", 1e6);
  const waiting = waitingReadings(
    rows.map((row) => ({ id: 0, at: clock.now(), value: openJson(seal, row["payload"]) })),
  );
  const falls = of("emergency").flatMap(({ payload }) => {
    const event = decodeEvent(payload);
    return event.kind === "parsed" ? [event.value.id] : [];
  });
  sql.close();
  return { means: [...sent, ...waiting.map(({ reading }) => reading.t)], falls };
}
