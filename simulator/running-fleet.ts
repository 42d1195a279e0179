/**
 * The homes of one process: made from a roster and a seed, connected one after another, living on one timer.
 */
import { createEmergencyPost } from "#devices/box/emergency-post.ts";
import type { Broker } from "#platform/broker/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Https } from "#platform/https/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { Sql } from "#platform/sql/port.ts";
import { type ProfileName, profiles } from "#wire/cadence.ts";
import { fnv1a32 } from "#wire/partition.ts";

import { Driver } from "./driver.ts";
import type { FaultPlan } from "./faults.ts";
import type { Fidelity } from "./fidelity.ts";
import { Home } from "./home.ts";
import type { Life } from "./life.ts";
import { Opening } from "./opening.ts";
import { chance } from "./physiology/chance.ts";
import { channels } from "./physiology/channels.ts";
import { type Recorded, recordedResident } from "./recordings.ts";
import type { Roster, RosterHome } from "./roster.ts";
import type { Sin } from "./sins.ts";
import { seededResident } from "./wearers/seeded.ts";
import type { Resident } from "./wearers/wearer.ts";

/** What the homes of a fleet are. */
export interface FleetPlan {
  readonly fidelity: Fidelity;
  readonly roster: Roster;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly life: Life;
  readonly speed: number;
  readonly profile: ProfileName;
  /** What goes wrong around the home of that seed, and what it does wrong. */
  readonly faultsOf: (seed: number) => FaultPlan;
  readonly sinOf: (seed: number) => Sin | undefined;
  /** Who lives in the homes, each at the fidelity of its recording; seeded bodies when there are none. */
  readonly recordings: readonly Recorded[];
}

/** The world around a fleet. */
export interface FleetPorts {
  readonly broker: Broker;
  /** The emergency door as each box reaches it, with its own certificate. */
  readonly httpsOf: (home: RosterHome) => Https;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How a fleet stands; counts of homes and of messages. */
export interface FleetStatus {
  /** Of its homes, such as `means`. */
  readonly fidelity: string;
  readonly homes: number;
  readonly connected: number;
  /** Since this process began. */
  readonly sent: number;
  readonly received: number;
  readonly refused: number;
  readonly dropped: number;
  /** Still owned by the boxes. */
  readonly waiting: number;
  /** They live in the world's time. */
  readonly met: boolean;
  /** How far in the past they live, ms. */
  readonly behind: number;
}

/** Homes that live. */
export class RunningFleet {
  readonly #homes: readonly Home[];
  readonly #driver: Driver;
  readonly #opening: Opening;
  readonly #clock: Clock;
  #life: Life;
  #isClosed = false;

  private constructor(plan: FleetPlan, ports: FleetPorts) {
    const { clock, random } = ports;
    const begun = clock.now();
    const pace = { begun, since: Math.max(0, begun - plan.life.until), speed: plan.speed };
    this.#clock = clock;
    this.#life = plan.life;
    this.#homes = plan.roster.homes.map((home, position) =>
      openHome({ home, position, plan, ports }),
    );
    this.#driver = Driver.open({ homes: this.#homes, clock, pace });
    this.#opening = Opening.open(this.#homes, { clock, random });
  }

  /** Makes the homes, and lets them live on from where they were. */
  static open(plan: FleetPlan, ports: FleetPorts): RunningFleet {
    return new RunningFleet(plan, ports);
  }

  /** How it stands now; walks over all homes. */
  status(): FleetStatus {
    const tallies = this.#homes.map((home) => home.tally());
    const sum = (count: (tally: (typeof tallies)[number]) => number): number =>
      tallies.reduce((total, tally) => total + count(tally), 0);
    return {
      fidelity: [...new Set(this.#homes.map(({ fidelity }) => fidelity))].join(" + "),
      homes: this.#homes.length,
      connected: this.#homes.filter(({ connected }) => connected).length,
      sent: sum(({ appended }) => appended),
      received: sum(({ received }) => received),
      refused: sum(({ refused }) => refused),
      dropped: sum(({ dropped }) => dropped),
      waiting: sum(({ waiting }) => waiting),
      met: this.#driver.met,
      behind: this.#driver.met ? 0 : this.#clock.now() - this.#driver.lived,
    };
  }

  /** How many numbers their boxes have given out in all their life, earlier runs included. */
  given(): number {
    return this.#homes.reduce((total, home) => total + home.given(), 0);
  }

  /** What another run needs to go on from here. */
  life(): Life {
    if (this.#isClosed) return this.#life;
    return { ...this.#life, until: Math.max(this.#life.until, this.#driver.lived) };
  }

  /** All homes say farewell, some hundreds at a time. */
  async close(): Promise<void> {
    this.#life = this.life();
    this.#isClosed = true;
    this.#opening.close();
    this.#driver.close();
    for (let first = 0; first < this.#homes.length; first += farewells) {
      const leaving = this.#homes.slice(first, first + farewells);
      await Promise.all(leaving.map((home) => home.close()));
    }
  }
}

/** How many homes say farewell at once. */
const farewells = 500;

function openHome(given: {
  home: RosterHome;
  position: number;
  plan: FleetPlan;
  ports: FleetPorts;
}): Home {
  const { home, position, plan, ports } = given;
  const { life, profile, roster, ca } = plan;
  const { box, cert, key } = home;
  const seed = fnv1a32(`${life.seed}:${box}`);
  return new Home(
    {
      ...home,
      ...{ seed, profile },
      ...residentOf(plan, position, seed),
      faults: plan.faultsOf(seed),
      sin: plan.sinOf(seed),
      start: Math.floor(life.until - (life.until === life.start ? headStart(seed, profile) : 0)),
    },
    {
      ...ports,
      address: { url: roster.mqtt, tls: { ca, cert, key } },
      postEmergency: createEmergencyPost(ports.httpsOf(home), roster.door),
    },
  );
}

/** New homes have begun at different times, so that they do not all speak in the same second. */
function headStart(seed: number, profile: ProfileName): number {
  return chance(seed, channels.phase, 0) * profiles[profile].heartRate.batch;
}

function residentOf(plan: FleetPlan, position: number, seed: number): Resident {
  const { recordings, fidelity } = plan;
  const recorded = recordings[position % Math.max(1, recordings.length)];
  return recorded === undefined ? seededResident(fidelity, seed) : recordedResident(recorded, seed);
}
