/**
 * API keys: for programs that cannot fetch a token, such as AWS's own. An id that says who asks, and a secret to sign with.
 *
 * Whoever checks a signature needs the secret itself, so it cannot be kept as a hash: it lies sealed in the store, and the
 * key of the seal in a file of its own, so that neither alone gives anything away.
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Random } from "#platform/random/port.ts";
import { createSeal, newSealKey, type Seal } from "#platform/seal.ts";
import { keepSecret } from "#platform/secret-file.ts";
import { Trouble } from "#platform/trouble.ts";
import type { Keys } from "#twins/keys.ts";
import { isObject } from "#twins/leaves.ts";
import { parseTenant, type Tenant } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { isRole, type Role } from "./roles.ts";

/** A key, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: Tenant;
  readonly role: Role;
  readonly createdAt: Instant;
  /** Who asked for it, by pseudonym. */
  readonly by: string;
  /** Since when it is worth nothing; null while it counts. */
  readonly revokedAt: Instant | null;
}

/** The keys of an installation. Throws Trouble of the cells. */
export interface ApiKeys {
  /** Makes one; the secret is told this once and never again. */
  create(grant: {
    readonly tenant: Tenant;
    readonly role: Role;
    readonly by: string;
  }): Promise<ApiKey & { readonly secret: string }>;
  /** The key of that id with its secret; undefined when there is none or it was revoked. */
  find(id: string): Promise<(ApiKey & { readonly secret: string }) | undefined>;
  /** All of a tenant, revoked ones too, the newest first. */
  list(tenant: Tenant): Promise<readonly ApiKey[]>;
  /** Ends one at once; undefined when the tenant has no such key. */
  revoke(tenant: Tenant, id: string): Promise<ApiKey | undefined>;
}

/** What keys are made of. */
export interface ApiKeyDeps {
  readonly cells: Pick<Cells, "get" | "getAll" | "commit">;
  readonly keys: Keys;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "letters">;
}

/** Keys of one tenant, revoked ones counted. */
const keysMost = 1_000;

/** The keys of a state; the seal's key lies in `folder` and is made when there is none. */
export async function openApiKeys(folder: string, deps: ApiKeyDeps): Promise<ApiKeys> {
  const sealKey = await keepSecret(`${folder}/api-keys.seal`, async () => newSealKey());
  return createApiKeys(createSeal(sealKey), deps);
}

/** The same under a seal at hand. */
export function createApiKeys(seal: Seal, { cells, keys, clock, random }: ApiKeyDeps): ApiKeys {
  const key = keys.apiKeys();
  const all = async (tenant: Tenant): Promise<readonly ApiKey[]> => {
    const found = Object.entries(await cells.getAll(key)).map(([id, text]) => decode(id, text));
    return found
      .filter((each) => each.tenant === tenant)
      .map(withoutSecret)
      .toSorted((a, b) => b.createdAt - a.createdAt);
  };
  return {
    async create({ tenant, role, by }) {
      if ((await all(tenant)).length >= keysMost) {
        throw new Trouble("api-keys-full", { retry: "never", detail: tenant });
      }
      const id = `VK${random.letters(18).toUpperCase()}`;
      const secret = random.letters(40);
      const created = { id, tenant, role, by, createdAt: clock.now(), revokedAt: null };
      const sealed = seal.close(new TextEncoder().encode(secret)).toBase64();
      const value = encode({ ...created, sealed });
      const checks = [{ key, field: id, expected: null }];
      await cells.commit([{ checks, writes: [{ op: "HSET", key, field: id, value }] }]);
      return { ...created, secret };
    },
    async find(id) {
      const text = /^VK[A-Z0-9]{18}$/.test(id) ? await cells.get(key, id) : null;
      if (text === null) return undefined;
      const { sealed, ...found } = decode(id, text);
      const secret = seal.open(Uint8Array.fromBase64(sealed));
      if (found.revokedAt !== null || secret === undefined) return undefined;
      return { ...found, secret: new TextDecoder().decode(secret) };
    },
    list: all,
    async revoke(tenant, id) {
      const expected = await cells.get(key, id);
      const found = expected === null ? undefined : decode(id, expected);
      if (expected === null || found?.tenant !== tenant) return undefined;
      const revoked = { ...found, revokedAt: found.revokedAt ?? clock.now() };
      const checks = [{ key, field: id, expected }];
      const value = encode(revoked);
      await cells.commit([{ checks, writes: [{ op: "HSET", key, field: id, value }] }]);
      return withoutSecret(revoked);
    },
  };
}

type Kept = ApiKey & { readonly sealed: string };

function withoutSecret({ id, tenant, role, createdAt, by, revokedAt }: Kept): ApiKey {
  return { id, tenant, role, createdAt, by, revokedAt };
}

function encode({ tenant, role, createdAt, by, revokedAt, sealed }: Kept): string {
  return JSON.stringify({ tenant, role, createdAt, by, revokedAt, sealed });
}

function decode(id: string, text: string): Kept {
  const kept: Json = JSON.parse(text);
  const { tenant: named = "", role, createdAt, by, revokedAt, sealed } = isObject(kept) ? kept : {};
  const tenant = typeof named === "string" ? parseTenant(named) : undefined;
  if (tenant === undefined || !isRole(role) || typeof createdAt !== "number") throw damaged(id);
  if (typeof by !== "string" || typeof sealed !== "string") throw damaged(id);
  const ended = typeof revokedAt === "number" ? Instant(revokedAt) : null;
  return { id, tenant, role, createdAt: Instant(createdAt), by, revokedAt: ended, sealed };
}

function damaged(id: string): Trouble {
  return new Trouble("api-key-damaged", { retry: "never", detail: id });
}
