/**
 * `bun run api-key`: makes, revokes and lists the API keys with which programs speak through the compatibility faces.
 *
 * Works on a state that runs and on one that does not. Ends with 0 when done, 1 when there is no such key, 2 when the
 * command line is wrong, 3 when the state cannot be used.
 */
import { parseArgs } from "node:util";

import { type ApiKeys, openApiKeys } from "#api/access/api-keys.ts";
import { isRole, type Role, roles } from "#api/access/roles.ts";
import { realClock } from "#platform/clock/real.ts";
import { createLog, stderrSink } from "#platform/log.ts";
import { realRandom } from "#platform/random/real.ts";
import { isTrouble } from "#platform/trouble.ts";
import { parseTenant, type Tenant } from "#wire/identity.ts";

import { attachState } from "./state.ts";

const usage = `bun run api-key --tenant T --role ROLE     makes a key and shows its secret, once (${roles.join(", ")})
bun run api-key --tenant T --revoke ID      revokes one, at once and for good
bun run api-key --tenant T --list           lists all of a tenant
  --state DIR   folder of the state, running or not (var)`;

const log = createLog("api-key", { level: "warn", sink: stderrSink });

interface KeyOptions {
  readonly state: string;
  readonly tenant: Tenant;
  readonly wish: { readonly role: Role } | { readonly revoke: string } | "list";
}

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    console.error(usage);
    return 2;
  }
  try {
    const state = await attachState(options.state, { log });
    try {
      const ports = { clock: realClock, random: realRandom };
      return await obey(await openApiKeys(state.tokensDir, { ...state, ...ports }), options);
    } finally {
      await state.close();
    }
  } catch (error) {
    if (!isTrouble(error)) throw error;
    console.error(error.message);
    return 3;
  }
}

function readOptions(args: readonly string[]): KeyOptions | undefined {
  const text = { type: "string" } as const;
  const table = {
    state: { ...text, default: "var" },
    tenant: text,
    role: text,
    revoke: text,
    list: { type: "boolean", default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: table, strict: true });
    const { state, role, revoke, list } = values;
    const tenant = parseTenant(values.tenant ?? "");
    const wishes = [role !== undefined, revoke !== undefined, list].filter(Boolean);
    if (tenant === undefined || wishes.length !== 1) return undefined;
    if (list) return { state, tenant, wish: "list" };
    if (revoke !== undefined) return { state, tenant, wish: { revoke } };
    return isRole(role) ? { state, tenant, wish: { role } } : undefined;
  } catch {
    return undefined;
  }
}

async function obey(apiKeys: ApiKeys, { tenant, wish }: KeyOptions): Promise<number> {
  if (wish === "list") {
    for (const { id, role, by, revokedAt } of await apiKeys.list(tenant)) {
      console.log(`${id}  ${role.padEnd(8)} ${by}${revokedAt === null ? "" : "  revoked"}`);
    }
    return 0;
  }
  if ("revoke" in wish) {
    const revoked = await apiKeys.revoke(tenant, wish.revoke);
    console.log(revoked === undefined ? "there is no such key" : `${wish.revoke} is revoked`);
    return revoked === undefined ? 1 : 0;
  }
  const { id, secret } = await apiKeys.create({ tenant, role: wish.role, by: "u:console" });
  console.log(`id      ${id}\nsecret  ${secret}`);
  return 0;
}
