/**
 * An API over a memory Redis and a virtual clock, for tests: two tenants with a home each, and a token for every role.
 */
import { assert } from "#platform/assert.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { createSeal, newSealKey } from "#platform/seal.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import { type OpenRegistry, openRegistry } from "#twins/registry.ts";
import { start } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import type { StreamEntry } from "#wire/entry.ts";
import { parseBox, parseSerial, parseTenant, type Tenant } from "#wire/identity.ts";
import { Hours, later, Millis } from "#wire/units.ts";

import { type ApiKeys, createApiKeys } from "./access/api-keys.ts";
import type { Role } from "./access/roles.ts";
import { createTokenKey, createTokens, type Tokens } from "./access/tokens.ts";
import { type Api, createApi } from "./app.ts";
import { openTrialRecording } from "./history/trial-recording.ts";
import type { Faces } from "./programs.ts";

/** The tenant of X-1, B-1, X-2 and B-2; `lyon` has X-9 and B-9. */
export const nice = tenantNamed("nice");
export const lyon = tenantNamed("lyon");

/** What a test holds. */
export interface Trial {
  /** Every route that is mounted. */
  readonly routes: readonly string[];
  readonly clock: VirtualClock;
  readonly redis: MemoryRedis;
  readonly keys: Keys;
  readonly twins: TwinStore;
  readonly registry: OpenRegistry;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  /** A GET as that role (none: without a token). */
  readonly get: (path: string, role?: Role, headers?: Record<string, string>) => Promise<Response>;
  /** Any request, as it is. */
  readonly ask: (
    path: string,
    init?: RequestInit,
    scheme?: "http:" | "https:",
  ) => Promise<Response>;
  /** Has the twin of the entry's device take it in, and the index read it. */
  readonly tell: (entry: StreamEntry) => Promise<void>;
  /** Ends the API and opens another over the same Redis. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** An API that has read its twins. */
export async function openTrial(
  options: { partitions?: number; faces?: Faces } = {},
): Promise<Trial> {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(options.partitions ?? 4);
  const twins = createTwinStore({ ...redis, keys, clock });
  const registry = await openRegistry({ path: ":memory:", ...redis, keys, clock, log: silent });
  await enrolHomes(registry, twins);
  const tokens = await createTokens(await createTokenKey(), clock);
  const random = createSeededRandom("keys");
  const apiKeys = createApiKeys(createSeal(newSealKey()), { ...redis, keys, clock, random });
  const faces = options.faces ?? { aws: true, ditto: true };
  const recording = openTrialRecording(redis.streams, keys);
  const open = (): Api => {
    const ports = { clock, log: silent, metrics: createMetrics() };
    const kept = { keys, registry, history: recording.book };
    return createApi({ ...redis, ...kept, ...ports, tokens, pages, apiKeys, faces });
  };
  let api = open();
  await clock.advance({ by: Millis(1) });

  const ask = async (path: string, init: RequestInit = {}, scheme = "http:"): Promise<Response> => {
    if (/history|diff|[?&]at=/.test(path)) await recording.record();
    return api.app.handle(new Request(`${scheme}//localhost${path}`, init));
  };
  const close = async (): Promise<void> => {
    const closing = api.close();
    await clock.advance({ by: Millis(2000) });
    await closing;
  };
  return {
    clock,
    redis,
    keys,
    twins,
    registry,
    tokens,
    apiKeys,
    ask,
    close: async () => {
      registry.close();
      await close();
    },
    routes: api.app.routes.map(({ method, path }) => `${method} ${path}`),
    restart: async () => {
      await close();
      api = open();
      await clock.advance({ by: Millis(1) });
    },
    get: async (path, role, headers = {}) => {
      const token = role && (await tokens.issue({ tenant: nice, role }));
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return ask(path, { headers: { ...authorization, ...headers } });
    },
    tell: async (entry) => {
      const before = await twins.read(entry.device);
      assert(before !== null, `${entry.device} has a twin`);
      const { twin: after, changed } = fold(before, entry);
      await twins.commit([{ before, after, changed }]);
      await clock.advance({ by: Millis(1) });
    },
  };
}

const homes = [
  { name: "1", tenant: nice },
  { name: "2", tenant: nice },
  { name: "9", tenant: lyon },
];

async function enrolHomes(registry: OpenRegistry, twins: TwinStore): Promise<void> {
  await registry.enrolMany(homes.map(homeOf));
  for (const device of registry.all()) await twins.create(device);
}

function homeOf({ name, tenant }: (typeof homes)[number]): Parameters<OpenRegistry["enrol"]>[0] {
  const [box, band] = [parseBox(`X-${name}`), parseSerial(`B-${name}`)];
  assert(box !== undefined && band !== undefined, "a home has a box and a wristband");
  const certificate = { fingerprint: name.padStart(64, "0"), expiresAt: later(start, Hours(24)) };
  return { tenant, box, behind: [band], ...certificate };
}

function pages(request: Request): Response | undefined {
  return new URL(request.url).pathname === "/" ? new Response("<!doctype html>") : undefined;
}

function tenantNamed(name: string): Tenant {
  const tenant = parseTenant(name);
  assert(tenant !== undefined, `${name} is a tenant`);
  return tenant;
}
