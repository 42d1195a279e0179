/**
 * What a newcomer is given: a fleet of homes, one pair of devices for experiments, and a token for each role; written to
 * `demo.json` and, for the fleet process, to a roster with the certificates of its homes.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Tokens } from "#api/access/tokens.ts";
import { assert } from "#platform/assert.ts";
import { parseRoster, type RosterHome } from "#simulator/roster.ts";
import type { EnrolledHome, Enrolment, HomeRequest } from "#twins/enrolment.ts";
import { parseBox, parseSerial, parseTenant } from "#wire/identity.ts";

import { writeBoxFiles } from "./box-files.ts";

/** Where the running system is reached. */
export interface Addresses {
  readonly api: string;
  readonly mqtt: string;
  readonly door: string;
  /** Absolute path of the authority's certificate. */
  readonly ca: string;
}

const roles = ["fleet", "support", "doctor", "nurse", "patient", "relative", "admin"] as const;

/** Tenant of everything in the demonstration. */
export const demoTenant = known(parseTenant("demo"));

/** The home of number `k` ≥ 0 in the series `letter`. */
export function homeOf(
  letter: string,
  k: number,
): HomeRequest & { wristband: RosterHome["wristband"] } {
  const number = String(k + 1).padStart(5, "0");
  return {
    tenant: demoTenant,
    box: known(parseBox(`X-${letter}${number}`)),
    wristband: known(parseSerial(`B-${letter}${number}`)),
  };
}

/** Enrols the pair for experiments; answers its block of `demo.json`. */
export async function enrolPair(
  enrolment: Enrolment,
  { dir, ca }: { dir: string; ca: string },
): Promise<object> {
  const box = known(parseBox("X-DEMO1"));
  const wristband = known(parseSerial("B-DEMO1"));
  const home = await enrolment.enrol({ tenant: demoTenant, box, wristband });
  assert(home.kind === "enrolled", "the pair for experiments can be enrolled");
  const { cert, key } = await writeBoxFiles(join(dir, "boxes", box), {
    credentials: home.credentials,
    ca,
  });
  return { serial: box, wristband, tenant: demoTenant, cert, key };
}

/**
 * Writes the roster of `count` homes to `path`, enrolling those that an earlier one does not hold; `letter` names the
 * series of serials.
 */
export async function writeRoster(
  enrolment: Enrolment,
  roster: { path: string; letter: string; count: number; addresses: Addresses },
): Promise<void> {
  const homes = await keptHomes(roster.path);
  const missing = Array.from({ length: roster.count }, (_, k) => homeOf(roster.letter, k)).slice(
    homes.length,
  );
  const answers = await enrolment.enrolMany(missing);
  for (const [i, answer] of answers.entries()) {
    const request = missing[i];
    if (answer.kind === "enrolled" && request !== undefined)
      homes.push(rosterHome(request, answer));
  }
  const { mqtt, door, ca } = roster.addresses;
  const text = JSON.stringify({ mqtt, door, ca, tenant: demoTenant, homes });
  await mkdir(dirname(roster.path), { recursive: true, mode: 0o700 });
  await writeFile(roster.path, text, { mode: 0o600 });
}

/** Writes `demo.json`; `tokens` is absent when a listener can be reached from outside, and then so are the users. */
export async function writeDemo(
  path: string,
  demo: { addresses: Addresses; box: object; tokens: Tokens | undefined },
): Promise<void> {
  const { addresses, box, tokens } = demo;
  const users = tokens === undefined ? {} : await issueAll(tokens);
  const text = `${JSON.stringify({ ...addresses, box, users }, null, 2)}\n`;
  await writeFile(path, text, { mode: 0o600 });
}

async function issueAll(tokens: Tokens): Promise<Record<string, { token: string }>> {
  const issued = roles.map(
    async (role) => [role, { token: await tokens.issue({ tenant: demoTenant, role }) }] as const,
  );
  return Object.fromEntries(await Promise.all(issued));
}

async function keptHomes(path: string): Promise<RosterHome[]> {
  try {
    return [...parseRoster(await readFile(path, "utf8")).homes];
  } catch {
    return [];
  }
}

function rosterHome(
  request: HomeRequest & { wristband: RosterHome["wristband"] },
  { credentials }: EnrolledHome,
): RosterHome {
  const { box, wristband, tenant } = request;
  return { box, wristband, tenant, cert: credentials.cert, key: credentials.key };
}

function known<T>(value: T | undefined): T {
  assert(value !== undefined, "the demonstration's names have the right shape");
  return value;
}
