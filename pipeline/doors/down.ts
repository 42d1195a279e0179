/**
 * What goes down to devices besides receipts: the desired leaves that are outstanding, whole, and the open commands.
 *
 * Nothing of it is held here or in a broker. When a box begins to listen, the twins and commands of everything behind it
 * are read and told, whether or not that device was ever heard: a wristband that comes back on a box that stays is like
 * any other (spec twins 3, items 10 and 19). After that a notice, or time, asks for another look. Looks are coalesced per
 * device and made a handful at a time, one read under way, so that a whole region may come back at once. The way up costs
 * nothing here: no message that goes up reads anything for this.
 *
 * What nobody answers is said again, a few times per connection and ever less often; the next connection says it in any
 * case. A command is written down as sent before it is, so that one that was called back was told to nobody.
 *
 * @source DESIGN §3, §4; catalogue TW-03
 */
import type { Cells } from "#platform/cells/port.ts";
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import { isTrouble } from "#platform/trouble.ts";
import type { CommandRecord } from "#twins/commands/command.ts";
import { decodeBook } from "#twins/commands/encoding.ts";
import type { CommandStore } from "#twins/commands/store.ts";
import type { Twin } from "#twins/document.ts";
import { decodeTwin } from "#twins/encoding.ts";
import type { Keys } from "#twins/keys.ts";
import type { Registry } from "#twins/registry-port.ts";
import { canonical } from "#wire/canonical.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { Desired } from "#wire/messages.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { nothingSaid, type Plan, planOf, type Said } from "./down-plan.ts";

/** A connection, as what goes down sees it. */
export interface Ear {
  /** Whether the box has subscribed, and the connection has not ended. */
  readonly listens: boolean;
  /** Says it; `acknowledged` is called once the box's end of the connection has it. */
  say(utterance: Utterance, acknowledged?: () => void): void;
}

/** Something said to a device of the home. */
export interface Utterance {
  readonly device: Serial;
  readonly leaf: "desired" | `command/${string}`;
  readonly payload: string;
}

/** What it stands on. */
export interface DownDeps {
  readonly cells: Pick<Cells, "getAllOf">;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly commands: Pick<CommandStore, "send" | "deliver">;
  /** The connection of a box, if this door has it. */
  readonly ear: (box: BoxSerial) => Ear | undefined;
  /** The twin of a device behind a listening box has been read. */
  readonly known: (twin: Twin) => void;
  /** Something was said; what. */
  readonly count: (what: "desired" | "command") => void;
}

/** Devices looked at in one read. */
const handful = 64;
/** Until what nobody answered is said again, and how often in one connection; each time after twice as long. */
const repeatAfter = Seconds(30);
const repeatsMost = 5;

/** What one connection has been told about a device, and when to tell it again. */
interface Telling {
  readonly ear: Ear;
  readonly said: Said;
  readonly repeats: number;
  /** On the monotonic clock; undefined when nothing is awaited, or it was said often enough. */
  readonly againAt: number | undefined;
}

/** See the file. */
export class Down {
  readonly #deps: DownDeps;
  /** Who is to be looked at, and whether what was said is to be said again. */
  readonly #due = new Map<Serial, boolean>();
  readonly #tellings = new Map<Serial, Telling>();
  /** Commands that boxes have acknowledged, to be written down together. */
  readonly #acknowledged = new Map<Serial, Set<string>>();
  #looking = false;
  #closed = false;

  constructor(deps: DownDeps) {
    this.#deps = deps;
  }

  /** A box has begun to listen: everything behind it is told what is outstanding. */
  listen(box: BoxSerial): void {
    for (const { serial } of this.#deps.registry.behind(box)) this.look(serial);
  }

  /** There may be something new to tell a device. */
  look(device: Serial, { again = false } = {}): void {
    if (this.#earOf(device) === undefined) return;
    this.#due.set(device, again || this.#due.get(device) === true);
    this.#wake();
  }

  /** What time alone brings: what is to be said again, and what the store did not let through before. */
  sweep(): void {
    const now = this.#deps.clock.monotonic();
    for (const [device, { ear, againAt }] of this.#tellings) {
      if (!ear.listens) this.#tellings.delete(device);
      else if (againAt !== undefined && againAt <= now) this.look(device, { again: true });
    }
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#due.clear();
  }

  #earOf(device: Serial): Ear | undefined {
    const found = this.#deps.registry.device(device);
    if (found === undefined || found.box === null || found.revokedAt !== null) return undefined;
    const ear = this.#deps.ear(found.box);
    return ear?.listens === true ? ear : undefined;
  }

  #wake(): void {
    if (this.#looking || this.#due.size === 0) return;
    this.#looking = true;
    void this.#lookAll();
  }

  /** One read after another, until nobody is due, or the store is away: then the next sweep goes on. */
  async #lookAll(): Promise<void> {
    // Whoever is asked for in this turn shares the first read.
    await Promise.resolve();
    try {
      while (this.#due.size > 0 && !this.#closed) await this.#lookAtSome();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#deps.log.warn("nothing can be told to devices", { code: error.code });
    } finally {
      this.#looking = false;
    }
  }

  async #lookAtSome(): Promise<void> {
    const some = [...this.#due].slice(0, handful);
    for (const [device] of some) this.#due.delete(device);
    try {
      await this.#lookAt(some);
    } catch (error) {
      for (const [device, again] of some) this.#due.set(device, again);
      throw error;
    }
  }

  async #lookAt(some: readonly (readonly [Serial, boolean])[]): Promise<void> {
    const { cells, keys } = this.#deps;
    const hashes = await cells.getAllOf(
      some.flatMap(([device]) => [keys.twin(device), keys.commands(device)]),
    );
    const tellings = some.map(async ([device, again], at) => {
      const [twin = {}, commands = {}] = hashes.slice(2 * at, 2 * at + 2);
      try {
        await this.#tell(device, { twin, commands, again });
      } catch (error) {
        // What no code wrote must not keep the others from being told.
        if (!isTrouble(error) || error.retry !== "never") throw error;
        this.#deps.log.error("nothing can be told to a device", { device, code: error.code });
      }
    });
    await Promise.all(tellings);
  }

  async #tell(
    device: Serial,
    found: {
      readonly twin: Readonly<Record<string, string>>;
      readonly commands: Readonly<Record<string, string>>;
      readonly again: boolean;
    },
  ): Promise<void> {
    const twin = decodeTwin(device, found.twin);
    const ear = this.#earOf(device);
    if (twin === null || twin.retiredAt !== null || ear === undefined) return;
    this.#deps.known(twin);
    const held = this.#tellingOf(device, ear);
    const book = decodeBook(found.commands);
    const told = { said: held.said, again: found.again };
    const plan = planOf({ twin, book }, told, this.#deps.clock.now());
    const commands = await this.#sendable(device, plan.commands);
    const repeats = found.again ? held.repeats + 1 : held.repeats;
    this.#note(device, { ear, plan, repeats: plan.isNews ? 0 : repeats });
    if (plan.desired !== undefined) this.#say(device, ear, plan.desired);
    for (const command of commands) this.#order(device, ear, command);
  }

  #tellingOf(device: Serial, ear: Ear): Telling {
    const held = this.#tellings.get(device);
    if (held?.ear === ear) return held;
    return { ear, said: nothingSaid, repeats: 0, againAt: undefined };
  }

  #say(device: Serial, ear: Ear, desired: Desired): void {
    ear.say({ device, leaf: "desired", payload: canonical(desired) });
    this.#deps.count("desired");
  }

  #order(device: Serial, ear: Ear, { id, name, args, deadline }: CommandRecord): void {
    const payload = canonical({ id, name, args, deadline });
    ear.say({ device, leaf: `command/${id}`, payload }, () => this.#deliver(device, id));
    this.#deps.count("command");
  }

  /** Those that may be told: a command that is told for the first time is written down as sent before. */
  async #sendable(
    device: Serial,
    commands: readonly CommandRecord[],
  ): Promise<readonly CommandRecord[]> {
    if (commands.every(({ sentAt }) => sentAt !== undefined)) return commands;
    return this.#deps.commands.send(
      device,
      commands.map(({ id }) => id),
    );
  }

  #note(device: Serial, told: { ear: Ear; plan: Plan; repeats: number }): void {
    const { ear, plan, repeats } = told;
    const isAwaited = plan.waits && repeats < repeatsMost;
    const after = Millis(repeatAfter * 2 ** repeats);
    const againAt = isAwaited ? this.#deps.clock.monotonic() + after : undefined;
    this.#tellings.set(device, { ear, said: plan.said, repeats, againAt });
  }

  /** The box has it. Commands that are acknowledged in one turn are written down in one go. */
  #deliver(device: Serial, id: string): void {
    if (this.#acknowledged.size === 0) queueMicrotask(() => this.#writeDelivered());
    const ids = this.#acknowledged.get(device) ?? new Set();
    this.#acknowledged.set(device, ids.add(id));
  }

  #writeDelivered(): void {
    const all = [...this.#acknowledged];
    this.#acknowledged.clear();
    for (const [device, ids] of all) {
      this.#deps.commands.deliver(device, [...ids]).catch((error: unknown) => {
        // It stays `queued` in the book until the box, or its next acknowledgement, says more.
        if (!isTrouble(error)) throw error;
      });
    }
  }
}
