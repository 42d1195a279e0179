/**
 * An API over a memory Redis and a virtual clock, for tests: two tenants, a few homes, a token per role.
 */
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMetrics } from "#platform/metrics.ts";
import { createMemoryRedis, type MemoryRedis } from "#platform/redis/memory.ts";
import { type Keys, keysFor } from "#twins/keys.ts";
import type { RegisteredDevice, Registry } from "#twins/registry-port.ts";
import { device, entryOf, start } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { fold } from "#twins/twin.ts";
import { assert } from "#platform/assert.ts";
import { parseTenant, type Tenant } from "#wire/identity.ts";
import { Millis } from "#wire/units.ts";
