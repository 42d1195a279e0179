/**
 * `bun run wristband:build`: the wristband's program as an app for Bangle.js 2, in `devices/wristband/dist/vigie`.
 *
 * Refuses what the watch would not run, and what is too large for it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { appFiles, bundleApp } from "#devices/wristband/espruino/bundle/app-files.ts";
import { budget, codeVars, overBudget } from "#devices/wristband/espruino/bundle/budget.ts";
import { complaintsOf } from "#devices/wristband/espruino/bundle/gate.ts";

const folder = join(import.meta.dir, "../devices/wristband/dist/vigie");

console.log("building the wristband's app for Bangle.js 2");
const bundles = await bundleApp();
const files = appFiles(bundles);
const sizes = { app: bytesOf("app.js"), boot: bytesOf("boot.js") };
const faults = [
  ...[...complaintsOf(bundles.app), ...complaintsOf(bundles.boot)].map(
    ({ rule, near }) => `${rule}: …${near.replaceAll(/\s+/g, " ")}…`,
  ),
  ...overBudget(sizes),
];
for (const fault of faults) console.error(`the watch would not run this: ${fault}`);
if (faults.length > 0) process.exit(1);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, name), content);
  console.log(`${String(bytesOf(name)).padStart(7)} bytes  ${name}`);
}
console.log(
  `app.js ${sizes.app} of ${budget.appBytes} bytes, boot.js ${sizes.boot} of ${budget.bootBytes}; ` +
    `at most ${codeVars(sizes.app)} of ${budget.vars} blocks when the code is held in memory`,
);
console.log(`written to ${folder}`);

function bytesOf(name: string): number {
  const content = files[name];
  return content === undefined ? 0 : Buffer.byteLength(content);
}
