/**
 * `bun run enrol`: gives a home its certificate, rows and twins; revokes a device; lists them all.
 *
 * Works on a state that runs and on one that does not. Ends with 0 when done, 1 when the registry refuses, 2 when the
 * command line is wrong, 3 when the state cannot be used.
 */
import { resolve } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { openAuthority } from "#platform/pki.ts";
import { isTrouble } from "#platform/trouble.ts";
import { createEnrolment } from "#twins/enrolment.ts";
import type { RegisteredDevice } from "#twins/registry-port.ts";
import { type OpenRegistry, openRegistry } from "#twins/registry.ts";
import { createTwinStore } from "#twins/store.ts";

import { writeBoxFiles } from "./box-files.ts";
import { type EnrolOptions, readEnrolOptions, usage } from "./enrol-options.ts";
import { attachState, type State } from "./state.ts";

const log = createLog("enrol", { level: "warn", sink: stderrSink });

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  let options: EnrolOptions;
  try {
    options = readEnrolOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  try {
    return await onState(options);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    console.error(error.message);
    return 3;
  }
}

async function onState(options: EnrolOptions): Promise<number> {
  const state = await attachState(options.state, { log });
  try {
    const { streams, keys, registryPath: path } = state;
    const registry = await openRegistry({ path, streams, keys, clock: realClock, log });
    try {
      return await obey(options, { state, registry });
    } finally {
      registry.close();
    }
  } finally {
    await state.close();
  }
}

async function obey(
  options: EnrolOptions,
  { state, registry }: { state: State; registry: OpenRegistry },
): Promise<number> {
  if (options.kind === "list") return list(registry.all());
  const authority = await openAuthority(state.pkiDir);
  const twins = createTwinStore({ ...state, clock: realClock });
  const enrolment = createEnrolment({ registry, authority, twins, clock: realClock });
  if (options.kind === "revoke") {
    const answer = await enrolment.revoke(options.serial);
    return answer.kind === "refused" ? refuse(answer.why) : say(`${options.serial} is revoked`);
  }
  const home = await enrolment.enrol(options);
  if (home.kind === "refused") return refuse(home.why);
  await writeBoxFiles(options.out, { credentials: home.credentials, ca: authority.ca });
  const serials = home.devices.map(({ serial }) => serial).join(" and ");
  return say(`${serials} of ${options.tenant} enrolled; certificates in ${resolve(options.out)}`);
}

function say(line: string): number {
  console.log(line);
  return 0;
}

function refuse(why: string): number {
  console.error(why);
  return 1;
}

/** One line per device: serial, tenant, the box it hangs on, since when enrolled, whether revoked. */
function list(devices: Iterable<RegisteredDevice>): number {
  const place = ({ tenant, box, serial }: RegisteredDevice): string =>
    [tenant, box ?? "", box === serial ? "" : serial].join(" ");
  const sorted = [...devices].toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  for (const { serial, tenant, box, enrolledAt, revokedAt } of sorted) {
    const dates = `enrolled ${day(enrolledAt)}`;
    const end = revokedAt === null ? "" : `, revoked ${day(revokedAt)}`;
    console.log(
      `${serial.padEnd(26)} ${tenant.padEnd(12)} ${(box ?? "–").padEnd(26)} ${dates}${end}`,
    );
  }
  return 0;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
