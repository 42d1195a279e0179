/**
 * The box's executable. Started plainly it watches; what it watches is itself again, with `--program`: the box.
 *
 * `vigie-box --config /etc/vigie/box.json`
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { realBroker } from "#platform/broker/real.ts";
import { startPipedChild } from "#platform/children.ts";
import { realClock } from "#platform/clock/real.ts";
import { openHttps } from "#platform/https/real.ts";
import { createLog, type Log, stderrSink } from "#platform/log.ts";
import { realRandom } from "#platform/random/real.ts";
import { createSeal, newSealKey } from "#platform/seal.ts";
import { keepSecret } from "#platform/secret-file.ts";
import { openSoundSql } from "#platform/sql/salvage.ts";

import { openHomeSensors } from "./band/bluez/home-sensors.ts";
import { openBlueZRadio } from "./band/bluez/radio.ts";
import type { BandRadio } from "./band/port.ts";
import { openSocketRadio } from "./band/socket-radio.ts";
import { openBox } from "./box.ts";
import { screenText } from "./display/screen.ts";
import { createEmergencyPost } from "./emergency-post.ts";
import { type BoxConfig, readConfig } from "./host/config.ts";
import { type HostFiles, watchNetwork, watchPower, watchTime } from "./host/watched.ts";
import { openSerialLine } from "./modem/serial.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { openPanel } from "./panel/johnny-five.ts";
import type { BoxDeps, Screen } from "./ports.ts";
import { createRecordService } from "./record-service.ts";
import { openWatchdog, sayEvery } from "./watchdog/watchdog.ts";

const firmware = { version: "1.7.0", slot: "A" } as const;

/** Runs what the arguments ask for. */
async function main(args: readonly string[]): Promise<void> {
  const [flag, path = ""] = args.filter((argument) => argument !== "--program");
  if (flag !== "--config") fail("vigie-box --config FILE");
  const read = readConfig(readFileSync(path));
  if (read.kind === "refused") fail(`${path}: ${read.why}`);
  const { config } = read;
  const log = createLog("box", { level: config.log ?? "info", sink: stderrSink });
  if (args.includes("--program")) await runBox(config, { log, folder: dirname(resolve(path)) });
  else watchBox(args, log);
}

/** Runs this program again, as the box, for ever. */
function watchBox(args: readonly string[], log: Log): void {
  // Compiled, the program is the executable itself.
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const program = isCompiled ? [process.execPath] : [process.execPath, Bun.main];
  const dog = openWatchdog({
    ...{ name: "box", clock: realClock, random: realRandom, log },
    start: (alive) =>
      startPipedChild([...program, "--program", ...args], {
        ...{ clock: realClock, receive: alive, heard: true },
      }),
  });
  const stop = (): void => void dog.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function runBox(config: BoxConfig, own: { log: Log; folder: string }): Promise<void> {
  const { log, folder } = own;
  const at = (path: string): string => resolve(folder, path);
  const state = at(config.state);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const key = await keepSecret(join(state, "seal.key"), async () => newSealKey());
  const { sql, salvaged } = openSoundSql(join(state, "outbox.sqlite"), outboxSchema);
  if (salvaged !== undefined) log.error("outbox was salvaged", { rows: salvaged.rows });
  const end = (code: number): void => void close().finally(() => process.exit(code));
  const box = openBox({
    ...{ firmware, sql, log, clock: realClock, random: realRandom },
    ...{ tenant: config.tenant, box: config.box, profile: config.profile ?? "seed" },
    seal: createSeal(key),
    ...cloudOf(config, at),
    ...homeOf(config, log),
    // What is damaged is salvaged at the next start, which the watchdog makes.
    failed: () => end(1),
    restart: () => end(0),
  });
  const close = async (): Promise<void> => {
    await box.close();
    sql.close();
  };
  box.connect();
  realClock.every(sayEvery, "alive", () => process.stdout.write("."));
  process.once("SIGTERM", () => end(0));
  // Whoever watches is gone: another one will start another box.
  process.stdin.once("end", () => end(0)).resume();
}

/** The ways to the cloud. */
function cloudOf(config: BoxConfig, at: (path: string) => string) {
  const { broker: url, tls: paths, door, record } = config;
  if (paths === undefined) return { broker: realBroker, address: { url } };
  const text = (path: string): string => readFileSync(at(path), "utf8");
  const tls = { ca: text(paths.ca), cert: text(paths.cert), key: text(paths.key) };
  const https = openHttps(tls);
  return {
    broker: realBroker,
    address: { url, tls },
    ...(door !== undefined && { postEmergency: createEmergencyPost(https, door) }),
    ...(record !== undefined && { record: createRecordService(https, record) }),
  };
}

/** What the home has of what a box can use. */
function homeOf(config: BoxConfig, log: Log): Partial<BoxDeps> {
  const { modem, panel, sensors, power, time, screen } = config;
  const clock = realClock;
  const own = { clock, log };
  const known = new Map(sensors?.map(({ address, serial }) => [address, serial]));
  return {
    radio: radioOf(config.radio ?? "bluez", log),
    network: watchNetwork(clock, hostFiles),
    ...(known.size > 0 && { sensors: openHomeSensors({ ...own, known }) }),
    ...(modem && { modem: openSerialLine({ ...own, ...modem }) }),
    ...(panel && { panel: openPanel({ ...own, line: openSerialLine({ ...own, ...panel }) }) }),
    ...(power !== undefined && { power: watchPower(clock, hostFiles, power) }),
    ...(time !== undefined && { time: watchTime(clock, hostFiles, time) }),
    ...(screen !== undefined && { screen: createFileScreen(screen) }),
  };
}

function radioOf(name: string, log: Log): BandRadio {
  const [, path] = /^unix:(.+)$/.exec(name) ?? [];
  return path === undefined ? openBlueZRadio({ clock: realClock, log }) : openSocketRadio(path);
}

const hostFiles: HostFiles = {
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
};

/** Written whole: whoever drives the paper never reads half a screen. */
function createFileScreen(path: string): Screen {
  return {
    draw: (model) => {
      try {
        writeFileSync(`${path}.next`, screenText(model));
        renameSync(`${path}.next`, path);
      } catch {
        // A box whose screen is broken goes on.
      }
    },
  };
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

await main(process.argv.slice(2));
