/** The very first start: a tree without a single package, as it comes from a clone. */
import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startVigie } from "./running.ts";

const root = new URL("..", import.meta.url).pathname;

/** Copies what people wrote, and nothing that was installed or made. */
function copyTree(to: string): void {
  const left = new Set(["node_modules", "var", ".git"].map((name) => join(root, name)));
  cpSync(root, to, { recursive: true, filter: (from) => !left.has(from) });
}

test("the start command installs its packages and brings up the pages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vigie-fresh-"));
  const tree = join(folder, "tree");
  copyTree(tree);
  const ports = ["--port", "0", "--mqtt-port", "0", "--door-port", "0", "--plain-port", "0"];
  const script = join(tree, "scripts", "start.ts");
  const vigie = await startVigie(join(folder, "state"), [...ports, "--fleet", "none"], script);
  const page = await (await fetch(vigie.demo.api)).text();
  expect(existsSync(join(tree, "node_modules"))).toBe(true);
  expect(page).toContain('<div id="root">');
  await vigie.stop();
  rmSync(folder, { recursive: true });
}, 120_000);
