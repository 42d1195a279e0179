/**
 * Weights wait until the person has left the scale. What goes is the calmest of the day so far, if it is not the one that
 * went before: the last that goes is the day's.
 *
 * @source catalogue MD-05
 */
import type { Serial } from "#wire/identity.ts";
import { Hours, type Instant, Minutes } from "#wire/units.ts";

import { readingsDraft } from "../draft.ts";
import type { Facts } from "../facts.ts";
import type { FlowRule } from "../gathering.ts";
import { dailyWeights, type Zone } from "../sensors/daily-weight.ts";
import { parseWeight, weightReadings } from "../sensors/weight.ts";
import { marked, readKept } from "./kept-measure.ts";

/** As long as weighings are one moment. */
const quiet = Minutes(10);

/** What the rule needs to know of its home. */
interface WeightSetup {
  readonly facts: Facts;
  readonly zone: Zone;
  readonly now: () => Instant;
}

/** When the weights of a scale go. */
export function weightRule({ facts, zone, now }: WeightSetup): FlowRule {
  const dayOf = (t: Instant): number => Math.floor((t + zone(t) * Minutes(1)) / Hours(24));
  return {
    count: Infinity,
    age: Hours(1),
    quiet,
    close: (device, gathered) => {
      const kept = readKept(gathered, { isContext: false, parse: parseWeight });
      const weighings = kept.map(({ t, measure }) => ({ t, value: measure.value }));
      const went = facts.read(factName(device));
      const fresh = dailyWeights(weighings, zone).filter(({ t }) => t !== went);
      const readings = kept
        .filter(({ t }) => fresh.some((weighing) => weighing.t === t))
        .flatMap(({ t, measure, corrected }) =>
          weightReadings(measure, t).map((one) => marked(one, corrected && "clock_corrected")),
        );
      const last = fresh.at(-1);
      const today = dayOf(now());
      return {
        drafts: readings.length === 0 ? [] : [readingsDraft({ device, readings })],
        write: () => last && facts.write(factName(device), last.t),
        stays: kept.filter(({ t }) => dayOf(t) === today).map((one) => one.gathered),
      };
    },
  };
}

function factName(device: Serial): string {
  return `weighed/${device}`;
}
