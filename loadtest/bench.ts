/** `bun run bench [ids]`: measures, prints a table, writes `var/bench.json`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

import { type Report, type Row, tableOf } from "./report.ts";
import { measureFastForward } from "./rows/fast-forward.ts";
import { measureConnect, measureFirstTwin } from "./rows/fleet.ts";
import { measureDoorPath, measureMessagePath } from "./rows/paths.ts";
import { measureTwinFanout, measureTwinQuery } from "./rows/queries.ts";
import { measureMemoryPerTwin, measureTwinGet, measureTwinPatch } from "./rows/twins.ts";

/** Each measurement with the rows it gives. */
const measurements: readonly { ids: readonly string[]; run: () => Promise<readonly Row[]> }[] = [
  { ids: ["first-twin"], run: async () => [await measureFirstTwin()] },
  { ids: ["door-path"], run: async () => [await measureDoorPath()] },
  { ids: ["message-path"], run: async () => [await measureMessagePath()] },
  { ids: ["memory-per-twin"], run: async () => [await measureMemoryPerTwin()] },
  { ids: ["twin-get"], run: async () => [await measureTwinGet()] },
  { ids: ["twin-patch"], run: async () => [await measureTwinPatch()] },
  { ids: ["twin-query"], run: async () => [await measureTwinQuery()] },
  { ids: ["twin-fanout"], run: async () => [await measureTwinFanout()] },
  { ids: ["fast-forward", "fast-forward-beats", "memory-per-home"], run: measureFastForward },
  { ids: ["connect-mtls", "memory-per-box"], run: measureConnect },
];

const wanted = process.argv.slice(2);
const known = measurements.flatMap(({ ids }) => ids);
const unknown = wanted.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  console.error(`no such figure: ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const { ids, run } of measurements) {
  if (wanted.length > 0 && !ids.some((id) => wanted.includes(id))) continue;
  console.error(`measuring ${ids.join(", ")} …`);
  rows.push(...(await run()));
}
const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
const cpu = `${cpus()[0]?.model ?? "unknown"} × ${cpus().length}`;
const report: Report = { commit, cpu, rows };
console.log(tableOf(report));
mkdirSync("var", { recursive: true });
writeFileSync("var/bench.json", `${JSON.stringify(report, null, 2)}\n`);
process.exit(0);
