/**
 * The registry over SQL: a roster in memory that follows what any process writes.
 *
 * A change is one SQL transaction, then one entry in `vigie:control`. The rows are the truth and number their changes;
 * the entry only wakes the followers, who then ask for what is newer than they know. They ask without being woken too,
 * so that a writer that dies in between, or a Redis that was away, delays a change and loses none.
 * @source DESIGN wire, identity
 */
import { assert } from "#platform/assert.ts";
import type { Clock } from "#platform/clock/port.ts";
import { type Database, openDatabase } from "#platform/database.ts";
import type { Log } from "#platform/log.ts";
import type { Streams } from "#platform/stream/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { BoxSerial, Serial, Tenant } from "#wire/identity.ts";
import { Seconds } from "#wire/units.ts";

import type { CustodyStatements } from "./custody/statements.ts";
import type { Keys } from "./keys.ts";
import type { RegisteredDevice, Registry } from "./registry-port.ts";
import {
  type Custody,
  type HomeRecord,
  openRegistryRows,
  type RegistryRefusal,
  type RegistryRows,
  type RowChange,
} from "./registry-rows.ts";
import { createRoster, type Roster } from "./roster.ts";

export type { HomeRecord, RegistryRefusal } from "./registry-rows.ts";

/** What a registry needs. */
export interface RegistryOptions {
  /** The SQLite file; `:memory:` for one of its own. */
  readonly path: string;
  readonly streams: Streams;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
}

/** A home after enrolment: its devices as they now are, the box first. */
type EnrolmentAnswer =
  { readonly kind: "enrolled"; readonly devices: readonly RegisteredDevice[] } | RegistryRefusal;

/** A device after a link or a revocation. */
export type ChangeAnswer =
  { readonly kind: "changed"; readonly device: RegisteredDevice } | RegistryRefusal;

/** A registry that can be changed. Changes are durable, and known here, when they resolve; elsewhere within 2 s. */
export interface OpenRegistry extends Registry {
  enrol(home: HomeRecord): Promise<EnrolmentAnswer>;
  /** Each home on its own: one that is refused leaves the others alone. */
  enrolMany(homes: readonly HomeRecord[]): Promise<EnrolmentAnswer[]>;
  /** Takes a device that nobody enrolled yet for a tenant, so that no other can. Harmless when repeated. */
  stock(serial: Serial, tenant: Tenant): Promise<ChangeAnswer>;
  /** Moves a device to a box of its tenant, or to none. */
  link(device: Serial, box: BoxSerial | null): Promise<ChangeAnswer>;
  /** For good. What hung on a revoked box hangs on nothing. Harmless when repeated. */
  revoke(serial: Serial): Promise<ChangeAnswer>;
  /** Every box the device has hung on, oldest first. */
  custody(serial: Serial): readonly Custody[];
  /** Changes rows in one transaction; what it answers undone by a throw, or refused, leaves nothing. */
  change<T>(work: (rows: RowChange) => T): Promise<T>;
  /** For whom devices were and whether they were fit, to be read. */
  readonly keeping: CustodyStatements;
  close(): void;
}

/** Homes written in one transaction. */
const homesPerTransaction = 256;
/** How long a follower waits to be woken before it asks anyway. */
const patience = Seconds(2);
/** Control entries kept: they only wake, so a few are plenty. */
const controlMax = 1000;

/** Opens the registry, creating its tables when they do not exist, and follows it until closed. */
export async function openRegistry(options: RegistryOptions): Promise<OpenRegistry> {
  const { streams, keys } = options;
  const after = await streams.last(keys.control());
  const database = openDatabase(options.path, `${import.meta.dir}/migrations`);
  const registry = new FollowedRegistry(options, database);
  registry.refresh();
  void registry.follow(after);
  return registry;
}

class FollowedRegistry implements OpenRegistry {
  readonly #options: RegistryOptions;
  readonly #database: Database;
  readonly #rows: RegistryRows;
  readonly keeping: CustodyStatements;
  readonly #roster: Roster = createRoster();
  #version = -1;
  #closed = false;

  constructor(options: RegistryOptions, database: Database) {
    this.#options = options;
    this.#database = database;
    this.#rows = openRegistryRows(database);
    this.keeping = this.#rows.keeping;
  }

  device: Registry["device"] = (serial) => this.#roster.device(serial);
  byFingerprint: Registry["byFingerprint"] = (text) => this.#roster.byFingerprint(text);
  behind: Registry["behind"] = (box) => this.#roster.behind(box);
  all: Registry["all"] = () => this.#roster.all();
  watch: Registry["watch"] = (listener) => this.#roster.watch(listener);
  change = async <T>(work: (rows: RowChange) => T): Promise<T> => {
    const before = this.#version;
    const result = this.#rows.change(this.#options.clock.now(), work);
    this.refresh();
    if (this.#version > before) await this.#wakeOthers();
    return result;
  };
  custody = (serial: Serial): readonly Custody[] => this.#rows.custody(serial);

  async enrol(home: HomeRecord): Promise<EnrolmentAnswer> {
    const refusal = await this.change((rows) => rows.enrol(home));
    return refusal ?? this.#enrolled(home);
  }

  async enrolMany(homes: readonly HomeRecord[]): Promise<EnrolmentAnswer[]> {
    const answers: EnrolmentAnswer[] = [];
    for (let first = 0; first < homes.length; first += homesPerTransaction) {
      const some = homes.slice(first, first + homesPerTransaction);
      const refusals = await this.change((rows) => some.map((home) => rows.enrol(home)));
      answers.push(...some.map((home, i) => refusals[i] ?? this.#enrolled(home)));
    }
    return answers;
  }

  async stock(serial: Serial, tenant: Tenant): Promise<ChangeAnswer> {
    const refusal = await this.change((rows) => rows.stock(serial, tenant));
    return refusal ?? { kind: "changed", device: this.#known(serial) };
  }

  async link(device: Serial, box: BoxSerial | null): Promise<ChangeAnswer> {
    const refusal = await this.change((rows) => rows.link(device, box));
    return refusal ?? { kind: "changed", device: this.#known(device) };
  }

  async revoke(serial: Serial): Promise<ChangeAnswer> {
    const refusal = await this.change((rows) => rows.revoke(serial));
    return refusal ?? { kind: "changed", device: this.#known(serial) };
  }

  /** Takes over whatever was committed, by any process, since the last time. */
  refresh(): void {
    const changed = this.#rows.since(this.#version);
    for (const { device } of changed) this.#roster.put(device);
    this.#version = changed.at(-1)?.version ?? this.#version;
  }

  async follow(after: string): Promise<void> {
    let position = after;
    while (!this.#closed) {
      try {
        position = await this.#woken(position);
        if (!this.#closed) this.refresh();
      } catch (error) {
        if (this.#closed) return;
        if (!isTrouble(error)) throw error;
        this.#options.log.warn("cannot follow the registry", { code: error.code });
        await this.#options.clock.sleep(patience);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#database.close();
  }

  async #woken(after: string): Promise<string> {
    const { streams, keys } = this.#options;
    const positions = new Map([[keys.control(), after]]);
    const batches = await streams.read(positions, { limit: controlMax, blockMs: patience });
    return batches[0]?.entries.at(-1)?.id ?? after;
  }

  /** What is committed stays so when this fails: the others will find it by themselves. */
  async #wakeOthers(): Promise<void> {
    const { streams, keys, log } = this.#options;
    try {
      const fields = { version: String(this.#version) };
      await streams.append(keys.control(), fields, { atMost: controlMax });
    } catch (error) {
      if (!isTrouble(error)) throw error;
      log.warn("a registry change goes unannounced", { code: error.code });
    }
  }

  #enrolled({ box, behind }: HomeRecord): EnrolmentAnswer {
    return { kind: "enrolled", devices: [box, ...behind].map((serial) => this.#known(serial)) };
  }

  #known(serial: Serial): RegisteredDevice {
    const device = this.#roster.device(serial);
    assert(device !== undefined, "what was just written is known");
    return device;
  }
}
