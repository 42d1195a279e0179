/**
 * The same script in three interpreters: Bun's, Debian's duktape, and, where there is one, Espruino itself.
 *
 * Bun runs the bundle as it was written, the others the lowered one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";

import { type Bundle, bundle } from "../bundle/pipeline.ts";
import { feedingOf, type Trace } from "./trace.ts";

/** What is run: the watch that is given, and the app. */
export interface Program {
  readonly host: Bundle;
  readonly app: Bundle;
}

/** The watch that is given, as a bundle. */
export function bundleHost(): Promise<Bundle> {
  return bundle(fileURLToPath(new URL("host.ts", import.meta.url)));
}

/** What a run printed, line by line. */
export type Said = readonly string[];

/** Lines of ours begin with this: an interpreter may have a banner. */
const mark = "said ";

/** Makes names global, and prints; ES5. */
const preamble = `
var top = typeof global === "undefined" ? this : global;
if (typeof global === "undefined") top.global = top;
function give(all) { for (var name in all) top[name] = all[name]; }
function say(line) { print("${mark}" + line); }
`;

/** What Espruino has and duktape lacks. */
const lacking = `
Object.values = function (of) { return Object.keys(of).map(function (key) { return of[key]; }); };
Object.entries = function (of) { return Object.keys(of).map(function (key) { return [key, of[key]]; }); };
Array.prototype.find = function (test) { return this.filter(test)[0]; };
Array.prototype.findIndex = function (test) { return this.map(test).indexOf(true); };
Array.prototype.includes = function (value) { return this.indexOf(value) >= 0; };
`;

/** A run of the bundle as it was written, in Bun. */
export function runInBun({ host, app }: Program, trace: Trace): Said {
  const said: string[] = [];
  const print = (line: string): void => {
    said.push(line);
  };
  const script = `${preamble}${readStorage}${host.modern}\n${app.modern}\n${feedingOf(trace)}`;
  runInNewContext(script, { print });
  return ours(said);
}

/** The pipeline has the watch's storage required. */
const readStorage = `Object.defineProperty(top, "Storage", { get: function () { return require("Storage"); } });\n`;

/** A run of the lowered bundle in duktape, which must be on the PATH. */
export function runInDuktape(program: Program, trace: Trace): Promise<Said> {
  return runScript(["duk"], lacking + loweredScript(program, trace));
}

/** A run of the lowered bundle in the Espruino at this path. */
export function runInEspruino(path: string, program: Program, trace: Trace): Promise<Said> {
  return runScript([path], loweredScript(program, trace));
}

/** Blocks of memory that the app takes when it has started, on the Espruino at this path. */
export async function measureVars(path: string, { host, app }: Program): Promise<number> {
  const usage = `process.memory().usage`;
  const script = `${preamble}${host.lowered}\nvar before = ${usage};\n${app.lowered}\nsay(${usage} - before);`;
  return Number((await runScript([path], script))[0]);
}

function loweredScript({ host, app }: Program, trace: Trace): string {
  return `${preamble}${host.lowered}\n${app.lowered}\n${feedingOf(trace)}`;
}

async function runScript(command: readonly string[], script: string): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-parity-"));
  const file = join(folder, "run.js");
  writeFileSync(file, script);
  try {
    const child = Bun.spawn([...command, file], { stdin: "ignore", stderr: "pipe" });
    const printed = await new Response(child.stdout).text();
    const error = await new Response(child.stderr).text();
    if ((await child.exited) !== 0)
      throw new Error(`${command.join(" ")}: ${error}${printed.slice(-500)}`);
    return ours(printed.split(/\r?\n/));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our lines; one that reports a mistake is ours too. */
function ours(lines: readonly string[]): Said {
  const mistake = lines.find((line) => line.startsWith("Uncaught"));
  if (mistake !== undefined) throw new Error(mistake);
  return lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
}
