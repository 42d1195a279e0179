/**
 * A check as a list of steps: each runs one command, shows a line of progress, and is counted.
 *
 * Test runners are counted by the tests they ran (JUnit), every other step as one.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One command; `counts` says whether it is a test runner that writes JUnit to a file. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly counts?: "tests";
}

/** How many of what ran held. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs the steps in order, all of them even when one fails, and answers the sums. */
export async function runSteps(steps: readonly Step[]): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const started = performance.now();
    const tally = await runStep(step);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const verdict = tally.failed === 0 ? "ok" : "FAILED";
    console.log(
      `${verdict.padEnd(6)} ${step.name} · ${tally.passed} passed, ${tally.failed} failed` +
        `${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ""} · ${seconds} s`,
    );
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  return total;
}

/** Prints the closing line and ends with 1 if anything failed or nothing ran. */
export function close(total: Tally): never {
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
}

async function runStep(step: Step): Promise<Tally> {
  console.log(`……     ${step.name}`);
  const folder = mkdtempSync(join(tmpdir(), "vigie-step-"));
  const report = join(folder, "junit.xml");
  const extra = step.counts === "tests" ? ["--reporter=junit", `--reporter-outfile=${report}`] : [];
  const child = Bun.spawn([...step.command, ...extra], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  const code = await child.exited;
  const tally = step.counts === "tests" ? readReport(report) : undefined;
  rmSync(folder, { recursive: true, force: true });
  if (tally === undefined)
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

/** The totals of a JUnit file's root element; undefined when the runner died before writing it. */
export function readReport(path: string): Tally | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const root = /<testsuites[^>]*>/.exec(text)?.[0] ?? "";
  const number = (name: string): number =>
    Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return { passed: number("tests") - failed - skipped, failed, skipped };
}
