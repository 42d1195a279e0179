/** `bun run world`: lives worlds, one seed after the other, and ends with `N passed, N failed`. */
import { cpus } from "node:os";
import process from "node:process";

import { realClock } from "#platform/clock/real.ts";
import { Millis } from "#wire/units.ts";

import { drawPlan } from "./draw.ts";
import { fidelity } from "./home.ts";
import { parseOptions, usage, type WorldOptions } from "./options.ts";
import { tellFailure, tellPass, tellPlan } from "./telling.ts";
import { live } from "./world.ts";

/** How seldom a line is printed where it cannot be replaced, ms. */
const seldom = 10_000;

const parsed = parseOptions(process.argv.slice(2));
if (parsed.kind === "refused") {
  process.stderr.write(`${parsed.why}\n\n${usage}\n`);
  process.exit(2);
}
await run(parsed.options);

async function run({ seeds, from, verbose, json }: WorldOptions): Promise<never> {
  const unhandled: unknown[] = [];
  process.on("unhandledRejection", (error) => unhandled.push(error));
  const failed: number[] = [];
  const begun = realClock.monotonic();
  const show = createDisplay();
  for (let seed = from; seed < from + seeds; seed += 1) {
    const done = seed - from;
    show(`seed ${seed}: ${done - failed.length} passed, ${failed.length} failed of ${seeds}`);
    const plan = drawPlan(seed);
    if (verbose) say(tellPlan(plan));
    const verdict = await live(plan);
    // What nobody handled is told by the host a turn later.
    await realClock.sleep(Millis(0));
    const complaints = [...verdict.complaints, ...unhandled.splice(0).map(tellError)];
    if (complaints.length > 0) {
      failed.push(seed);
      say(tellFailure(plan, { ...verdict, complaints }));
    } else if (verbose) say(tellPass(verdict));
  }
  const seconds = (realClock.monotonic() - begun) / 1000;
  const passed = seeds - failed.length;
  show("", true);
  if (json) process.stdout.write(`${JSON.stringify(reportOf({ seeds, failed, seconds }))}\n`);
  const last = `${passed} passed, ${failed.length} failed\n`;
  (json ? process.stderr : process.stdout).write(last);
  process.exit(failed.length === 0 ? 0 : 1);
}

function say(text: string): void {
  process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[2K" : ""}${text}\n`);
}

function tellError(error: unknown): string {
  return `unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** One line that lives on a terminal; elsewhere a line now and then. */
function createDisplay(): (line: string, isLast?: boolean) => void {
  const isTerminal = process.stderr.isTTY;
  let shownAt = realClock.monotonic();
  return (line, isLast = false) => {
    const now = realClock.monotonic();
    if (isTerminal) process.stderr.write(`\r\u001b[2K${line}`);
    else if (!isLast && now - shownAt >= seldom) {
      shownAt = now;
      process.stderr.write(`${line}\n`);
    }
  };
}

/** The figures in the words of the plan, beside the seeds that failed. */
function reportOf(what: { seeds: number; failed: readonly number[]; seconds: number }): object {
  const { seeds, failed, seconds } = what;
  const git = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]);
  const figure = { baseline: null, ratio: null, boundBy: "" };
  const passed = seeds - failed.length;
  const each = Number((seconds / seeds).toFixed(3));
  return {
    commit: git.stdout.toString().trim(),
    cpu: `${cpus()[0]?.model ?? "unknown"} × ${cpus().length}`,
    rows: [
      {
        ...figure,
        ...{ id: "world", value: passed, unit: "seeds", target: `= ${seeds}` },
        met: failed.length === 0,
      },
      {
        ...figure,
        ...{ id: "world-seed", value: each, unit: "s", target: "≤ 0.2", met: each <= 0.2 },
      },
    ],
    fidelity,
    failed,
  };
}
