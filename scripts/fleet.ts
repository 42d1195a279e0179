/**
 * `bun run fleet --homes N [--state DIR] …`: more homes for a running system, beside those that the start command made.
 *
 * Enrols the homes that do not exist yet, as a series of their own, and lets them live in this process.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { openAuthority } from "#platform/pki.ts";
import { parseOptions, usage } from "#simulator/options.ts";
import { createEnrolment } from "#twins/enrolment.ts";
import { openRegistry } from "#twins/registry.ts";
import { createTwinStore } from "#twins/store.ts";

import { type Addresses, writeRoster } from "./demonstration.ts";
import { attachState } from "./state.ts";

const log = createLog("fleet", { level: "warn", sink: stderrSink });
const given = process.argv.slice(2);
const defaults = [
  ...(given.includes("--state") ? [] : ["--state", "var"]),
  ...(given.includes("--homes") ? [] : ["--homes", "50"]),
];
const args = [...defaults, ...given];
const parsed = parseOptions(args);
if (parsed.kind === "refused") leave(`${parsed.why}\n\n${usage}`);

const { state: dir, first, homes } = parsed.options;
const folder = join(dir, "more");
await enrolHomes({ folder, count: first + homes, addresses: readAddresses(dir) });
process.argv = [...process.argv.slice(0, 2), ...args.with(args.indexOf("--state") + 1, folder)];
await import("#simulator/fleet.ts");

function readAddresses(state: string): Addresses {
  try {
    const addresses: Addresses = JSON.parse(readFileSync(join(state, "demo.json"), "utf8"));
    return addresses;
  } catch {
    return leave(`nothing has run on ${state}: begin with npx bun@1 start --state ${state}`);
  }
}

async function enrolHomes(wanted: {
  folder: string;
  count: number;
  addresses: Addresses;
}): Promise<void> {
  const state = await attachState(dir, { log });
  const { streams, keys, registryPath: path } = state;
  const registry = await openRegistry({ path, streams, keys, clock: realClock, log });
  const authority = await openAuthority(state.pkiDir, realClock);
  const twins = createTwinStore({ ...state, clock: realClock });
  const enrolment = createEnrolment({ registry, authority, twins, clock: realClock });
  const roster = { path: join(wanted.folder, "fleet.json"), letter: "H" };
  await writeRoster(enrolment, { ...wanted, ...roster });
  registry.close();
  await state.close();
}

function leave(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
