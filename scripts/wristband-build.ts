/**
 * `bun run wristband:build`: the wristband's program as an app for Bangle.js 2, in `devices/wristband/dist/vigie`.
 *
 * Refuses what the watch would not run, and what is too large for it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { appFiles, bundleApp } from "#devices/wristband/espruino/bundle/app-files.ts";
import { budget, estimateVars, overBudget } from "#devices/wristband/espruino/bundle/budget.ts";
import { complaintsOf } from "#devices/wristband/espruino/bundle/gate.ts";

const folder = join(import.meta.dir, "../devices/wristband/dist/vigie");

console.log("building the wristband's app for Bangle.js 2");
const bundles = await bundleApp();
const files = appFiles(bundles);
const scripts = { app: String(files["app.js"]), boot: String(files["boot.js"]) };
const faults = [
  ...[...complaintsOf(bundles.app), ...complaintsOf(bundles.boot)].map(
    ({ rule, near }) => `${rule}: …${near.replaceAll(/\s+/g, " ")}…`,
  ),
  ...overBudget(scripts),
];
for (const fault of faults) console.error(`the watch would not run this: ${fault}`);
if (faults.length > 0) process.exit(1);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, name), content);
  console.log(`${String(Buffer.byteLength(content)).padStart(7)} bytes  ${name}`);
}
console.log(
  `app.js ${scripts.app.length} of ${budget.appBytes} bytes, boot.js ${scripts.boot.length} of ` +
    `${budget.bootBytes}; about ${estimateVars(scripts.app)} of ${budget.vars} blocks of memory once started`,
);
console.log(`written to ${folder}`);
