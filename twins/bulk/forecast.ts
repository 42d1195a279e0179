/**
 * A dry run: what a bulk change would do to each of its devices, without doing it.
 *
 * Every twin is read and edited as it would be, so that the forecast is what would happen if nothing changed meanwhile.
 */
import type { Twin } from "#twins/document.ts";
import { type LeafClass, ruleOf } from "#twins/model.ts";
import type { TwinStore } from "#twins/store.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json } from "#wire/messages.ts";
import type { Instant } from "#wire/units.ts";

import type { BulkPlan } from "./change.ts";
import { applyTo, excessOfEdited } from "./edit.ts";

/** What would become of the devices. */
export interface Forecast {
  /** Devices that would change, were so already, and could not be written. */
  readonly changed: number;
  readonly unchanged: number;
  readonly impossible: number;
  /** A few of the first. */
  readonly samples: readonly Sample[];
  /** Open changes that want the same leaves of the same devices. */
  readonly conflicts: readonly Conflict[];
  readonly blast: Blast;
}

/** One twin, before and after. */
export interface Sample {
  readonly device: Serial;
  readonly leaves: readonly { readonly path: string; readonly from: Json; readonly to: Json }[];
}

/** Another change in the way. */
export interface Conflict {
  readonly change: string;
  readonly paths: readonly string[];
  /** How many devices both want. */
  readonly devices: number;
  /** A few of them. */
  readonly samples: readonly Serial[];
}

/** How much would be hit if it went wrong, by the class of the leaves. */
export type Blast = Readonly<Partial<Record<LeafClass, BlastOfClass>>>;

/** Devices and homes with a leaf of that class that would change; shares are of the tenant's, 0 to 1. */
export interface BlastOfClass {
  readonly leaves: readonly string[];
  readonly devices: number;
  readonly deviceShare: number;
  readonly homes: number;
  readonly homeShare: number;
}

/** The tenant's whole fleet. */
export interface FleetSize {
  readonly devices: number;
  readonly homes: number;
}

/** How many examples are given. */
export const samplesMost = 10;

/** Twins read at a time. */
const handful = 1000;

/** What `plan` would do to `members` at `now`. */
export async function forecast(
  twins: Pick<TwinStore, "readMany">,
  about: {
    readonly plan: BulkPlan;
    readonly members: readonly Serial[];
    readonly fleet: FleetSize;
    readonly now: Instant;
  },
): Promise<Omit<Forecast, "conflicts">> {
  const { plan, members, fleet, now } = about;
  const count = { changed: 0, unchanged: 0, impossible: 0 };
  const samples: Sample[] = [];
  const blast = new BlastCount();
  for (let from = 0; from < members.length; from += handful) {
    for (const twin of await twins.readMany(members.slice(from, from + handful))) {
      const outcome = outcomeOf(twin, plan, now);
      count[outcome.kind] += 1;
      if (outcome.kind !== "changed") continue;
      const { device, leaves } = outcome.sample;
      if (samples.length < samplesMost) samples.push(outcome.sample);
      blast.add(device, outcome.home, leaves);
    }
  }
  return { ...count, samples, blast: blast.total(fleet) };
}

type Outcome =
  | { readonly kind: "changed"; readonly sample: Sample; readonly home: string }
  | { readonly kind: "unchanged" | "impossible" };

function outcomeOf(twin: Twin | null, plan: BulkPlan, now: Instant): Outcome {
  if (twin === null || twin.retiredAt !== null || twin.tenant !== plan.tenant) {
    return { kind: "impossible" };
  }
  const { twin: after, former } = applyTo(twin, plan, now);
  if (after === twin) return { kind: "unchanged" };
  if (excessOfEdited(twin, after) !== undefined) return { kind: "impossible" };
  const leaves = former.map(({ leaf, value: from }) => {
    const { path = "", value: to = null } = plan.leaves[leaf] ?? {};
    return { path, from, to };
  });
  return { kind: "changed", sample: { device: twin.id, leaves }, home: twin.links.box ?? twin.id };
}

/** The class of a leaf of a change, whatever kind of device has it. */
export function classOf(path: string): LeafClass {
  const leaf = path.slice("desired/".length);
  if (!path.startsWith("desired/")) return "technical";
  return ruleOf("wristband", leaf)?.class ?? ruleOf("box", leaf)?.class ?? "technical";
}

/** Counts devices and homes as they come. */
class BlastCount {
  readonly #classes = new Map<
    LeafClass,
    { leaves: Set<string>; devices: Set<Serial>; homes: Set<string> }
  >();

  add(device: Serial, home: string, leaves: Sample["leaves"]): void {
    for (const { path } of leaves) {
      const name = classOf(path);
      const count = this.#classes.get(name) ?? {
        leaves: new Set(),
        devices: new Set(),
        homes: new Set(),
      };
      this.#classes.set(name, count);
      count.leaves.add(path);
      count.devices.add(device);
      count.homes.add(home);
    }
  }

  total(fleet: FleetSize): Blast {
    const blast: Partial<Record<LeafClass, BlastOfClass>> = {};
    for (const [name, { leaves, devices, homes }] of this.#classes) {
      blast[name] = {
        leaves: [...leaves].toSorted(),
        devices: devices.size,
        deviceShare: share(devices.size, fleet.devices),
        homes: homes.size,
        homeShare: share(homes.size, fleet.homes),
      };
    }
    return blast;
  }
}

function share(some: number, all: number): number {
  return all === 0 ? 0 : Math.min(1, some / all);
}
