/** The scene that the home's tests play: one home with all that it is made of, and a cloud, on one clock. */
import { EmulatedModem } from "#devices/box/modem/emulated.ts";
import { outboxSchema } from "#devices/box/outbox-schema.ts";
import { assert } from "#platform/assert.ts";
import { createMemoryNetwork, type MemoryNetwork } from "#platform/broker/memory.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import { parseBox, parseSerial, parseTenant } from "#wire/identity.ts";
import type { Reading } from "#wire/messages.ts";
import type { Metric } from "#wire/metrics.ts";
import { type Duration, Instant, Seconds } from "#wire/units.ts";

import { fullBattery } from "./battery.ts";
import { faultless } from "./faults.ts";
import { Home, type HomePorts, type HomeSetup } from "./home.ts";
import type { Body } from "./physiology/body.ts";
import type { RosterHome } from "./roster.ts";
import { TrialCloud } from "./trial-cloud.ts";
import { meansWearer } from "./wearers/means.ts";

/** When every scene begins: 2 March 2026, 9:00. */
export const begun = Instant(1_772_442_000_000);

/** So many homes, without certificates. */
export function homes(count: number): RosterHome[] {
  return Array.from({ length: count }, (_, index) => {
    const [box, wristband] = [parseBox(`X-${index}`), parseSerial(`B-${index}`)];
    const tenant = parseTenant("demo");
    assert(box !== undefined && wristband !== undefined && tenant !== undefined, "names are right");
    return { box, wristband, tenant, cert: "", key: "" };
  });
}

/** A body that never takes the wristband off and never falls. */
export const steady: Body = {
  wear: () => "worn",
  heartRate: () => ({ value: 70, quality: 95 }),
  spo2: () => ({ value: 96, quality: 95 }),
  steps: () => 10,
  fall: () => undefined,
};

/** What a test may choose. */
export interface SceneChoices {
  readonly setup?: Partial<HomeSetup>;
  readonly ports?: Partial<HomePorts>;
  /** It has a past, which the test drives it through. */
  readonly isPast?: boolean;
}

/** See the file. */
export class HomeScene {
  readonly clock: VirtualClock = createVirtualClock({ start: begun });
  readonly cloud = new TrialCloud();
  readonly network: MemoryNetwork;
  readonly modem = new EmulatedModem(this.clock);
  readonly home: Home;

  constructor({ setup, ports, isPast = false }: SceneChoices = {}) {
    const { clock, cloud, modem } = this;
    const random = createSeededRandom("home scene");
    this.network = createMemoryNetwork({ clock, random: random.fork("network") });
    this.network.listen(cloud.accept);
    const sql = openMemorySql();
    migrate(sql, outboxSchema);
    const [names] = homes(1);
    assert(names !== undefined, "there is one home");
    this.home = new Home(
      {
        ...names,
        ...{ seed: 5, profile: "seed", start: begun, faults: faultless, sin: undefined },
        ...{ fidelity: "means", body: steady, wearer: meansWearer },
        battery: { ...fullBattery(1), drain: 0 },
        ...setup,
      },
      {
        ...{ clock, random, sql, log: silent, modem: () => modem },
        broker: this.network.broker,
        address: { url: "mqtt://cloud" },
        ...ports,
      },
    );
    if (!isPast) this.meet();
  }

  /** Its time and the world's are one from now on. */
  meet(): void {
    this.home.open();
    this.home.meet();
  }

  pass(by: Duration): Promise<void> {
    return this.clock.advance({ by });
  }

  /** The line to the cloud is pulled out, or in again. */
  cutLine(isCut: boolean): void {
    this.network.setReachable(!isCut);
    if (isCut) this.network.cut();
  }

  /** Until nothing more is said of what has been. */
  async settle(): Promise<void> {
    await this.pass(Seconds(60));
  }

  /** What the cloud has of a metric, oldest first. */
  readings(metric: Metric): Reading[] {
    return [...this.cloud.readings.values()]
      .filter((reading) => reading.metric === metric)
      .toSorted((a, b) => a.t - b.t);
  }
}
