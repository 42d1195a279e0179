/**
 * The rules that no tool knows, as pure functions from a tree of texts to complaints; `tidy.test.ts` runs them.
 */
import { Glob } from "bun";

/** Path from the root, with its text. */
export type Tree = ReadonlyMap<string, string>;

const root = new URL("..", import.meta.url).pathname;
const read = "**/*.{ts,tsx,md,lua,json,sql}";

/** Every file of the tree that people write. */
export async function readTree(): Promise<Tree> {
  const tree = new Map<string, string>();
  for await (const path of new Glob(read).scan({ cwd: root, dot: false })) {
    if (/(^|\/)(node_modules|var)\//.test(path)) continue;
    tree.set(path, await Bun.file(root + path).text());
  }
  return tree;
}

/** Which parts each part may import (STYLE arrows); itself always. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  platform: ["wire"],
  devices: ["wire", "platform"],
  twins: ["wire", "platform"],
  pipeline: ["wire", "platform", "twins"],
  api: ["wire", "platform", "twins"],
  console: ["api"],
  simulator: ["wire", "platform", "devices"],
  loadtest: ["wire", "platform", "devices", "twins", "pipeline", "api", "simulator"],
};
const free =
  /^(main\.ts|devices\/box\/main\.ts|scripts\/|loadtest\/|simulator\/world\/)|\.live\.ts$/;
/** Files that may reach a real adapter besides those that may import everything. */
const worldly = /^(simulator\/fleet|platform\/)/;

const importOf = /(?:from|import)\s*\(?\s*"([^"]+)"/g;

/** Imports that cross parts against the arrows, or reach a `real.ts` from the inside. */
export function wrongArrows(tree: Tree): string[] {
  const wrong: string[] = [];
  for (const [path, text] of sources(tree)) {
    if (free.test(path)) continue;
    for (const [, target] of text.matchAll(importOf)) {
      const complaint = judgeImport(path, target ?? "");
      if (complaint !== undefined) wrong.push(`${path}: ${complaint}`);
    }
  }
  return wrong;
}

function judgeImport(path: string, target: string): string | undefined {
  const part = path.split("/")[0] ?? "";
  if (target.startsWith("../")) {
    const resolved = new URL(target, `file:///${path}`).pathname.slice(1);
    if (!resolved.startsWith(`${part}/`)) return `reaches another part by path: ${target}`;
  }
  if (/(^|\/)real\.ts$/.test(target) && !worldly.test(path)) return `imports the real ${target}`;
  if (!target.startsWith("#")) return undefined;
  const other = target.slice(1).split("/")[0] ?? "";
  const allowed = other === part || (arrows[part] ?? []).includes(other);
  return allowed ? undefined : `may not import ${target}`;
}

const banned = /(^|\/)(utils|helpers|common|misc|types|index|manager|service|handler)\.tsx?$/;

/** Names that say nothing. */
export function bannedNames(tree: Tree): string[] {
  return [...tree.keys()].filter((path) => banned.test(path));
}

/** Left-over notes to oneself. */
export function leftovers(tree: Tree): string[] {
  const note = new RegExp(
    `\\b(${["FIX", "TO"].map((x) => `${x}${x === "FIX" ? "ME" : "DO"}`).join("|")})\\b`,
  );
  return [...sources(tree)].filter(([, text]) => note.test(text)).map(([path]) => path);
}

/** Parts whose README is missing or has not exactly one title. */
export function partsWithoutReadme(tree: Tree): string[] {
  return Object.keys(arrows).filter((part) => {
    const text = tree.get(`${part}/README.md`);
    if (text === undefined) return [...tree.keys()].some((path) => path.startsWith(`${part}/`));
    return (withoutFences(text).match(/^# /gm) ?? []).length !== 1;
  });
}

/** Relative links in Markdown that lead nowhere. */
export async function brokenLinks(tree: Tree): Promise<string[]> {
  const broken: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith(".md")) continue;
    for (const [, target] of withoutFences(text).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue;
      const resolved = new URL(target, `file:///${path}`).pathname.slice(1);
      const file = Bun.file(root + resolved);
      if (!(await file.exists()) && !isFolder(tree, resolved)) broken.push(`${path}: ${target}`);
    }
  }
  return broken;
}

function isFolder(tree: Tree, path: string): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  return [...tree.keys()].some((key) => key.startsWith(prefix));
}

const healthWord = /heart|spo2|vital|bpm|pulse|glucose|systolic|phone|patient/i;
const logCall = /\blog\.(?:debug|info|warn|error)\(([^;]*?)\);/gs;

/** Log calls that carry a word of the body, a phone or a patient. */
export function healthInLogs(tree: Tree): string[] {
  const found: string[] = [];
  for (const [path, text] of sources(tree)) {
    for (const [, call] of text.matchAll(logCall)) {
      if (healthWord.test(call ?? "")) found.push(`${path}: ${(call ?? "").slice(0, 60)}`);
    }
  }
  return found;
}

/** Redis keys spelt outside `twins/keys.ts`. */
export function strayKeys(tree: Tree): string[] {
  return [...sources(tree)]
    .filter(([path]) => path !== "twins/keys.ts" && !/\.(test|live)\.ts$/.test(path))
    .filter(([, text]) => /["'`]vigie:/.test(text.replaceAll(/^\s*(?:\*|\/[/*]).*$/gm, "")))
    .map(([path]) => path);
}

/** Hazards marked controlled that no test names, and hazards a test names that the table lacks. */
export function uncontrolledHazards(tree: Tree): string[] {
  const table = tree.get("docs/hazards.md") ?? "";
  const rows = [...table.matchAll(/^\| (H-\d\d) \|(.*)$/gm)];
  const tests = [...tree].filter(([path]) => /\.(test|live)\.ts$/.test(path));
  const names = tests.map(([, text]) => text).join("\n");
  const controlled = rows.filter(([, , rest]) => (rest ?? "").includes("controlled"));
  return controlled
    .map(([, id]) => id ?? "")
    .filter((id) => !new RegExp(`(?:test|it|describe)[^\\n]*\\n?[^\\n]*${id}\\b`).test(names));
}

/** FMEA rows whose RPN is not severity × occurrence × detection. */
export function wrongRiskNumbers(table: string): string[] {
  const rows = table.matchAll(/^\| (H-\d\d) \|.*?\| (\d+) × (\d+) × (\d+) = (\d+) \|/gm);
  return [...rows]
    .filter(([, , s, o, d, rpn]) => Number(s) * Number(o) * Number(d) !== Number(rpn))
    .map(([, id]) => id ?? "");
}

/** Fixture folders whose README does not say source, rate, unit and licence. */
export function silentFixtures(tree: Tree): string[] {
  const folders = new Set(
    [...tree.keys()].flatMap((path) => /^(.*\/fixtures)\//.exec(path)?.[1] ?? []),
  );
  return [...folders].filter((folder) => {
    const text = (tree.get(`${folder}/README.md`) ?? "").toLowerCase();
    return !["source", "rate", "unit", "licence"].every((word) => text.includes(word));
  });
}

function* sources(tree: Tree): Iterable<[string, string]> {
  for (const [path, text] of tree) {
    if (/\.tsx?$/.test(path) && !path.startsWith("scripts/tidy")) yield [path, text];
  }
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, "");
}
