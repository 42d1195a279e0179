/**
 * What the cuffs, meters and scales of a home say: kept as they say it, and sent as what it comes to.
 *
 * A measure that failed is somebody's business in the home; that a value is beyond what the meter can say is the cloud's too.
 * @source catalogue MD-01 to MD-05, PE-11
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Serial } from "#wire/identity.ts";
import { Hours, type Instant, Minutes } from "#wire/units.ts";

import { eventDraft, readingsDraft } from "../draft.ts";
import type { FlowRule, Gathering } from "../gathering.ts";
import type { Journal } from "../journal.ts";
import type { HomeMeasure } from "../ports.ts";
import { parseBloodPressure } from "../sensors/blood-pressure.ts";
import { readMeasure } from "../sensors/characteristics.ts";
import type { Zone } from "../sensors/daily-weight.ts";
import { instantOf } from "../sensors/date-time.ts";
import { parseGlucoseContext } from "../sensors/glucose-context.ts";
import { glucoseInstant, parseGlucose } from "../sensors/glucose.ts";
import { wantsRepeat } from "../sensors/pressure-series.ts";
import { type Sensed, sensed, type SensorFault } from "../sensors/sensed.ts";
import { parseWeight } from "../sensors/weight.ts";
import { glucoseRule } from "./glucose-flow.ts";
import { measureJson } from "./kept-measure.ts";
import { lastSeries, pressureRule } from "./pressure-flow.ts";

/** What sensing needs. */
interface SensingPorts {
  readonly clock: Clock;
  readonly gathering: Gathering;
  readonly journal: Journal;
  readonly zone: Zone;
  /** A measure failed and is to be repeated, or one has come. */
  readonly failed: (isFailed: boolean) => void;
}

/** What waits for others: in which flow, and when it was made by the sensor's own clock, if it has one. */
interface Reader {
  readonly flow: "pressure" | "glucose" | "weight";
  readonly read: (bytes: Uint8Array, zoneMinutes: number) => Sensed<Instant | undefined>;
}

const readers: Readonly<Record<"bloodPressure" | "glucose" | "glucoseContext" | "weight", Reader>> =
  {
    bloodPressure: {
      flow: "pressure",
      read: (bytes, zone) =>
        timed(parseBloodPressure(bytes), ({ at }) => at && instantOf(at, zone)),
    },
    glucose: {
      flow: "glucose",
      read: (bytes, zone) => timed(parseGlucose(bytes), (one) => glucoseInstant(one, zone)),
    },
    glucoseContext: {
      flow: "glucose",
      read: (bytes) => timed(parseGlucoseContext(bytes), () => undefined),
    },
    weight: {
      flow: "weight",
      read: (bytes, zone) => timed(parseWeight(bytes), ({ at }) => at && instantOf(at, zone)),
    },
  };

/** The rule of a flow of sensors; undefined for any other flow. */
export function sensorRule(flow: string, weight: () => FlowRule): FlowRule | undefined {
  if (flow === "pressure") return pressureRule;
  if (flow === "glucose") return glucoseRule;
  return flow === "weight" ? weight() : undefined;
}

/** A sensor's own time is believed when the cloud would take it. */
const believed = { past: Hours(72), future: Minutes(2) };
/** What says something of the person, or needs somebody to come: an event, besides the warning. */
const reported: ReadonlySet<SensorFault> = new Set(["above_range", "below_range", "device_fault"]);

/** See above. */
export class Sensing {
  readonly #ports: SensingPorts;

  constructor(ports: SensingPorts) {
    this.#ports = ports;
  }

  /** Takes one value of one characteristic. */
  take({ device, sensor, bytes }: HomeMeasure): void {
    const { clock, zone } = this.#ports;
    const now = clock.now();
    if (sensor === "heartRate" || sensor === "oximetry" || sensor === "temperature") {
      this.#send(device, readMeasure(sensor, bytes, now));
      return;
    }
    const { flow, read } = readers[sensor];
    const isContext = sensor === "glucoseContext";
    this.#gather(device, { flow, bytes, isContext, read: read(bytes, zone(now)) });
    if (sensor === "bloodPressure") this.#askAgain(device);
  }

  #gather(
    device: Serial,
    came: {
      readonly flow: Reader["flow"];
      readonly bytes: Uint8Array;
      readonly read: Sensed<Instant | undefined>;
      readonly isContext: boolean;
    },
  ): void {
    const { gathering, journal, failed } = this.#ports;
    const { flow, bytes, read, isContext } = came;
    if (read.kind === "refused") {
      this.#refuse(device, read.fault);
      return;
    }
    if (!isContext) failed(false);
    const kept = { ...this.#believe(read.value), bytes, isContext };
    journal.commit(gathering.gather(device, flow, [measureJson(kept)]));
  }

  #send(device: Serial, read: ReturnType<typeof readMeasure>): void {
    const { journal, failed } = this.#ports;
    if (read.kind === "refused") {
      this.#refuse(device, read.fault);
      return;
    }
    failed(false);
    if (read.value.length === 0) return;
    journal.commit({ drafts: [readingsDraft({ device, readings: read.value })] });
  }

  /** MD-03: a cuff that moved is to be used once more. */
  #askAgain(device: Serial): void {
    const { gathering, failed } = this.#ports;
    if (wantsRepeat(lastSeries(gathering.read(device, "pressure")))) failed(true);
  }

  #refuse(device: Serial, fault: SensorFault): void {
    const { clock, journal, failed } = this.#ports;
    // A control solution was measured, and went well.
    if (fault === "not_a_person") return;
    failed(true);
    if (!reported.has(fault)) return;
    const t = clock.now();
    const id = `${device}-${fault.replaceAll("_", "-")}-${t.toString(36)}`;
    journal.commit({
      drafts: [eventDraft({ id, kind: "device_error", device, t, detail: fault })],
    });
  }

  /** The sensor's own time, unless it cannot be: then now, with the mark that says so. */
  #believe(at: Instant | undefined): { readonly t: Instant; readonly corrected: boolean } {
    const now = this.#ports.clock.now();
    if (at === undefined) return { t: now, corrected: false };
    const isPossible = at >= now - believed.past && at <= now + believed.future;
    return isPossible ? { t: at, corrected: false } : { t: now, corrected: true };
  }
}

/** When what was sensed was made. */
function timed<T>(
  read: Sensed<T>,
  instant: (measure: T) => Instant | undefined,
): Sensed<Instant | undefined> {
  return read.kind === "refused" ? read : sensed(instant(read.value));
}
