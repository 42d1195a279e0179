/**
 * `bun run devkit --port /dev/tty…`: the development kit at the end of a cable. Its accelerometer goes through the
 * wristband's own detectors, and each reading or event is a JSON line, as replay prints them; `t` counts from the start.
 *
 * `--emulated FILE` lets an emulated kit feel a recording; `--build` builds the sketch and says how to put it on a board.
 * Ends with 0, or 1 when the kit cannot be used, or 2 when the command line is wrong.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

import { openSerialLine } from "#devices/box/modem/serial.ts";
import { readAccelerometer } from "#devices/devkit/accelerometer.ts";
import { boardLine, sketchBaud } from "#devices/devkit/board.ts";
import { feel } from "#devices/devkit/emulator/worn.ts";
import { buildSketch } from "#devices/devkit/firmware/build.ts";
import { createKit } from "#devices/devkit/kit.ts";
import { parseRecording } from "#devices/wristband/accuracy/recording.ts";
import { lineOf, replay } from "#devices/wristband/accuracy/replay.ts";
import type { Report } from "#devices/wristband/signals/report.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { isTrouble, Trouble } from "#platform/trouble.ts";

const usage = "bun run devkit --port /dev/tty… | --emulated FILE | --build";
const sketchFolder = join(import.meta.dir, "../var/sketch");

process.exit(await run(process.argv.slice(2)));

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) return complain(usage, 2);
  try {
    if (options.build === true) await build();
    else if (options.emulated !== undefined) await emulate(options.emulated);
    else if (options.port !== undefined) await listen(options.port);
    return 0;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return complain(error.message, 1);
  }
}

interface Options {
  readonly port?: string | undefined;
  readonly emulated?: string | undefined;
  readonly build?: boolean | undefined;
}

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const string = { type: "string" } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { port: string, emulated: string, build: { type: "boolean" } },
    });
    return Object.keys(values).length === 1 ? values : undefined;
  } catch {
    return undefined;
  }
}

async function build(): Promise<void> {
  const { path, program } = await buildSketch(sketchFolder);
  process.stdout.write(`${path}: ${program.length} bytes\n`);
  const board = "-p atmega328p -c arduino -P /dev/ttyACM0";
  process.stdout.write(`avrdude ${board} -U flash:w:${path}:r\n`);
}

async function emulate(file: string): Promise<void> {
  const text = await Bun.file(file)
    .text()
    .catch(() => "");
  const recording = parseRecording(text);
  if (recording.kind !== "acceleration") throw unreadable(file);
  const { program } = await buildSketch(sketchFolder);
  const samples = await feel(program, recording.samples);
  tell(replay({ kind: "acceleration", samples }));
}

function unreadable(file: string): Trouble {
  return new Trouble("recording-unreadable", { retry: "never", detail: `${file} holds no moves` });
}

/** Until the kit is pulled out, or the command is ended. */
async function listen(path: string): Promise<void> {
  const ended = Promise.withResolvers<never>();
  const changed = (fault: Trouble | undefined): void => {
    if (fault !== undefined) ended.reject(fault);
  };
  const line = openSerialLine({ path, baud: sketchBaud, clock, log: silent, changed });
  try {
    const { io } = await Promise.race([boardLine(line).open(), ended.promise]);
    const kit = createKit();
    const started = clock.monotonic();
    readAccelerometer(io, {
      felt: (acceleration) => tell(kit.push({ t: clock.monotonic() - started, ...acceleration })),
      lost: () => ended.reject(new Trouble("accelerometer-missing", { retry: "safe" })),
    });
    await ended.promise;
  } finally {
    await line.close();
  }
}

function tell(reports: readonly Report[]): void {
  for (const report of reports) process.stdout.write(`${JSON.stringify(lineOf(report))}\n`);
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}
