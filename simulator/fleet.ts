/**
 * `bun run fleet`: homes of a roster over real connections, until told to end.
 *
 * Ends on SIGTERM, SIGINT and, with `--with-parent`, when standard input ends. What it must remember lies in `DIR/fleet/`:
 * the outboxes and how far the homes have lived, a file of each per process, named by its first home.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { realBroker } from "#platform/broker/real.ts";
import { realClock } from "#platform/clock/real.ts";
import { openHttps } from "#platform/https/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { realRandom } from "#platform/random/real.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { openSql } from "#platform/sql/real.ts";
import { Seconds } from "#wire/units.ts";

import { faultless, faultsOf } from "./faults.ts";
import { type Life, parseLife, takeUp } from "./life.ts";
import { type FleetOptions, parseOptions, usage } from "./options.ts";
import { progressLine } from "./progress.ts";
import { readRecordings, type Recorded } from "./recordings.ts";
import { parseRoster, type Roster } from "./roster.ts";
import { RunningFleet } from "./running-fleet.ts";
import { sinOf } from "./sins.ts";

/** The files of one fleet process; none when its outboxes are in memory and nothing outlives it. */
interface Memory {
  readonly outboxes: string;
  readonly life: string;
}

const parsed = parseOptions(process.argv.slice(2));
if (parsed.kind === "refused") leave(parsed.why, usage);
else await run(parsed.options);

async function run(options: FleetOptions): Promise<void> {
  const told = toldToEnd(options);
  const memory = options.outbox === "disk" ? openFolder(options) : undefined;
  const sql = openOutboxes(memory);
  const fleet = await openFleet(options, { sql, life: readLife(memory) });
  const show = createDisplay();
  const ticking = realClock.every(Seconds(1), "progress", () => {
    show(progressLine(fleet.status()));
    writeLife(memory, fleet.life());
  });
  await told;
  ticking.cancel();
  await fleet.close();
  writeLife(memory, fleet.life());
  show(progressLine(fleet.status()), "\n");
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...fleet.status(), given: fleet.given() })}\n`);
  }
  sql.close();
  process.exit(0);
}

async function openFleet(
  options: FleetOptions,
  before: { sql: Sql; life: Life | undefined },
): Promise<RunningFleet> {
  const roster = readRoster(options);
  const ca = readFileSync(roster.ca, "utf8");
  const { calm, fidelity = "means" } = options;
  return RunningFleet.open(
    {
      ...options,
      roster,
      ca,
      life: takeUp(before.life, { ...options, now: realClock.now() }),
      faultsOf: calm ? () => faultless : faultsOf,
      sinOf: calm ? () => undefined : sinOf,
      fidelity,
      recordings: await readSignals(options, roster.homes.length),
    },
    {
      broker: realBroker,
      httpsOf: ({ cert, key }) => openHttps({ ca, cert, key }),
      sql: before.sql,
      clock: realClock,
      random: realRandom,
      log: createLog("fleet", { level: "error", sink: stderrSink }),
    },
  );
}

/** The recordings of `--signals`. */
async function readSignals({ signals, fidelity }: FleetOptions, most: number): Promise<Recorded[]> {
  if (signals === undefined) return [];
  const recordings = existsSync(signals) ? await readRecordings(signals, { most, fidelity }) : [];
  const wanted = fidelity === undefined ? "" : ` for fidelity ${fidelity}`;
  if (recordings.length === 0) leave(`there are no recordings${wanted} in ${signals}`);
  return recordings;
}

/** The slice of the roster that this process holds. */
function readRoster({ state, first, homes }: FleetOptions): Roster {
  const path = join(state, "fleet.json");
  const roster = parseRoster(readFileSync(path, "utf8"));
  const slice = roster.homes.slice(first, first + homes);
  if (slice.length === 0) leave(`${path} has no home from number ${first} on`);
  return { ...roster, homes: slice };
}

function openFolder({ state, first }: FleetOptions): Memory {
  const folder = join(state, "fleet");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    outboxes: join(folder, `outbox-${first}.db`),
    life: join(folder, `life-${first}.json`),
  };
}

/**
 * One file for the outboxes of all homes. Unlike a box's own it is not synced at each commit: it survives `kill -9` of this
 * process, not the loss of this machine's power. Ten thousand boxes have ten thousand disks; here they share one.
 */
function openOutboxes(memory: Memory | undefined): Sql {
  const sql = memory === undefined ? openMemorySql() : openSql(memory.outboxes);
  sql.run("PRAGMA synchronous = NORMAL");
  migrate(sql, outboxSchema);
  return sql;
}

function readLife(memory: Memory | undefined): Life | undefined {
  if (memory === undefined) return undefined;
  try {
    return parseLife(readFileSync(memory.life, "utf8"));
  } catch {
    // Never lived.
    return undefined;
  }
}

/** What has been lived is in the outboxes by now: each write there is on the disk when it returns. */
function writeLife(memory: Memory | undefined, life: Life): void {
  if (memory === undefined) return;
  writeFileSync(`${memory.life}.new`, JSON.stringify(life));
  renameSync(`${memory.life}.new`, memory.life);
}

/** Resolves when this process is to end. */
function toldToEnd({ withParent }: FleetOptions): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
    if (!withParent) return;
    process.stdin.on("end", resolve);
    process.stdin.on("close", resolve);
    process.stdin.resume();
  });
}

/** A line that lives on a terminal; elsewhere a line each time that it says something new. */
function createDisplay(): (line: string, end?: string) => void {
  const isTerminal = process.stderr.isTTY;
  let shown = "";
  return (line, end = "") => {
    if (isTerminal) process.stderr.write(`\r\u001b[2K${line}${end}`);
    else if (line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
  };
}

function leave(...sentences: readonly string[]): never {
  process.stderr.write(`${sentences.join("\n\n")}\n`);
  process.exit(2);
}
