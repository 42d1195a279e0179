/** Custody under test: a registry in memory, twins that show it, and homes X-1 with B-1, X-2 with B-2; more in stock. */
import { assert } from "#platform/assert.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createMemoryRedis } from "#platform/redis/memory.ts";
import { createTwinWriter, type TwinWriter } from "#twins/desired/writer.ts";
import type { Twin } from "#twins/document.ts";
import { type Fleet, openFleet } from "#twins/fleet.ts";
import { keysFor } from "#twins/keys.ts";
import { type OpenRegistry, openRegistry } from "#twins/registry.ts";
import { device, start } from "#twins/specimens.ts";
import { createTwinStore, type TwinStore } from "#twins/store.ts";
import { parseBox, parseTenant, type Serial } from "#wire/identity.ts";
import { Hours, later, Seconds } from "#wire/units.ts";

import { createCustody, type Custody, type CustodyOrder } from "./custody.ts";
import { openCustodyMirror } from "./mirror.ts";

/** What a test holds. */
export interface CustodyScene {
  readonly clock: VirtualClock;
  readonly registry: OpenRegistry;
  readonly twins: TwinStore;
  readonly writer: TwinWriter;
  readonly fleet: Fleet;
  readonly custody: Custody;
  readonly order: CustodyOrder;
  /** Somebody of another tenant. */
  readonly foreign: CustodyOrder;
  readonly twin: (serial: string) => Promise<Twin>;
  /** A process that has twins show what the registry holds. */
  readonly follow: () => { readonly close: () => Promise<void> };
  readonly close: () => Promise<void>;
}

/** The device of that serial. */
export function serial(text: string): Serial {
  return device(text).serial;
}

/** Opens one. */
export async function openCustodyScene(): Promise<CustodyScene> {
  const clock = createVirtualClock({ start });
  const redis = createMemoryRedis(clock);
  const keys = keysFor(4);
  const registry = await openRegistry({ path: ":memory:", ...redis, keys, clock, log: silent });
  const twins = createTwinStore({ ...redis, keys, clock });
  const tenant = device("X-1").tenant;
  const lyon = parseTenant("lyon");
  assert(lyon !== undefined, "lyon is a tenant");
  for (const name of ["1", "2"]) {
    const box = parseBox(`X-${name}`);
    assert(box !== undefined, "a box");
    await registry.enrol({
      tenant,
      box,
      behind: [serial(`B-${name}`)],
      fingerprint: name.padStart(64, "0"),
      expiresAt: later(start, Hours(24)),
    });
  }
  for (const text of ["B-3", "B-4", "X-3", "T-1"]) await registry.stock(serial(text), tenant);
  await registry.stock(serial("B-9"), lyon);
  for (const known of registry.all()) await twins.create(known);
  const fleet = openFleet({ ...redis, keys, clock, log: silent, twins });
  const writer = createTwinWriter({ store: twins, ...redis, keys, clock, written: fleet.wrote });
  await clock.advance({ by: Seconds(1) });
  const author = { by: "u:alice", why: "because" };
  return {
    clock,
    registry,
    twins,
    writer,
    fleet,
    custody: createCustody({ registry, writer }),
    order: { tenant, author },
    foreign: { tenant: lyon, author },
    twin: async (text) => {
      const twin = await twins.read(serial(text));
      assert(twin !== null, `${text} has a twin`);
      return twin;
    },
    follow: () => openCustodyMirror({ registry, writer, fleet, clock, log: silent }),
    close: async () => {
      registry.close();
      const closing = fleet.close();
      await clock.advance({ by: Seconds(3) });
      await closing;
    },
  };
}
