/**
 * One connection to the system's bus, for as long as one thing is done with the radio.
 *
 * The library keeps listeners of all that it has ever looked at, and never answers once the bus is gone: so
 * nothing here outlives what it was opened for, and nothing is waited for without an end.
 * @source spec/firmware.md §5: node-ble 1.13.0 on dbus-next 0.10.2
 */
import { Message, type MessageBus, MessageType, Variant } from "dbus-next";
import { type Bluetooth, createBluetooth, type Device } from "node-ble";

import type { Clock } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { type Duration, Millis, Seconds } from "#wire/units.ts";

import { type Properties, readProperties } from "./properties.ts";
import { radioTrouble } from "./trouble.ts";

/** A method of the adapter, with the signature of its arguments. */
export interface AdapterCall {
  readonly member: "SetDiscoveryFilter" | "StartDiscovery" | "StopDiscovery" | "RemoveDevice";
  readonly signature?: string;
  readonly body?: unknown[];
}

/** What BlueZ says of an object: these of its properties are so now; without any, it is gone. */
export interface Said {
  readonly path: string;
  readonly properties: Properties | undefined;
}

/** How long an answer may take, and what it is when it takes longer. */
export interface Patience {
  readonly within?: Duration;
  readonly late?: "radio-unreachable" | "band-unreachable";
}

const bluez = "org.bluez";
const root = "/org/bluez";
const busItself = "org.freedesktop.DBus";
const objects = "org.freedesktop.DBus.ObjectManager";
const properties = "org.freedesktop.DBus.Properties";
const adapterType = "org.bluez.Adapter1";
const deviceType = "org.bluez.Device1";
/** What BlueZ answers by itself, without asking anybody on the air. */
const answerWithin = Seconds(5);
/** What a device answers: it is sought, connected, and says what it offers. */
export const deviceWithin = Seconds(20);
const lookEvery = Millis(100);

/** A session with the first adapter that is on. Throws Trouble `radio-unreachable` when none is. */
export async function openSession(clock: Clock): Promise<RadioSession> {
  try {
    const session = new RadioSession(clock, createBluetooth());
    await session.open();
    return session;
  } catch (error) {
    throw radioTrouble(error);
  }
}

/** Does something in a session of its own. */
export async function duringSession<T>(
  clock: Clock,
  act: (session: RadioSession) => Promise<T>,
): Promise<T> {
  const session = await openSession(clock);
  try {
    return await act(session);
  } catch (error) {
    throw radioTrouble(error);
  } finally {
    session.close();
  }
}

/** See {@link openSession}. */
export class RadioSession {
  readonly #clock: Clock;
  readonly #connection: ReturnType<typeof createBluetooth>;
  readonly #bus: MessageBus;
  /** What is asked now: each is told when the session ends. A promise of the end would keep them all. */
  readonly #asked = new Set<(why: Trouble) => void>();
  #ended: Trouble | undefined;
  #adapter = "";

  constructor(clock: Clock, connection: ReturnType<typeof createBluetooth>) {
    this.#clock = clock;
    this.#connection = connection;
    this.#bus = busOf(connection.bluetooth);
  }

  /** Finds the adapter; called once. */
  async open(): Promise<void> {
    this.#bus.on("error", (error) => this.close(radioTrouble(error)));
    this.#bus.on("message", (message) => this.#watch(message));
    try {
      await this.#match(`sender='${busItself}',member='NameOwnerChanged',arg0='${bluez}'`);
      this.#adapter = await this.#findAdapter();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Calls back once when nothing can be asked any more: it was closed, or BlueZ or the bus has gone. */
  onEnd(run: () => void): void {
    if (this.#ended === undefined) this.#asked.add(run);
    else run();
  }

  /** An answer, in time; fails when the session ends before. */
  async ask<T>(answer: Promise<T>, { within, late }: Patience = {}): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const code = late ?? "radio-unreachable";
    const timer = this.#clock.after(within ?? answerWithin, "BlueZ answers", () =>
      reject(new Trouble(code, { retry: "safe", detail: "no answer" })),
    );
    if (this.#ended === undefined) this.#asked.add(reject);
    else reject(this.#ended);
    try {
      return await Promise.race([answer, over]);
    } finally {
      timer.cancel();
      this.#asked.delete(reject);
    }
  }

  /** Waits until something is so, for as long as a device may take; then it is `band-unreachable`. */
  async until(holds: () => Promise<boolean>, detail: string): Promise<void> {
    const deadline = this.#clock.monotonic() + deviceWithin;
    while (!(await holds())) {
      if (this.#clock.monotonic() > deadline) {
        throw new Trouble("band-unreachable", { retry: "safe", detail });
      }
      await this.ask(this.#clock.sleep(lookEvery));
    }
  }

  /** Calls the adapter. */
  async call({ member, signature = "", body = [] }: AdapterCall): Promise<void> {
    const where = { destination: bluez, path: this.#path(), interface: adapterType };
    await this.#send({ ...where, member, signature, body });
  }

  /** Listens for devices with any of these services, until the session ends. */
  async discover(services: readonly string[]): Promise<void> {
    const filter = { Transport: new Variant("s", "le"), UUIDs: new Variant("as", [...services]) };
    await this.call({ member: "SetDiscoveryFilter", signature: "a{sv}", body: [filter] });
    await this.call({ member: "StartDiscovery" });
  }

  /** Whether the adapter is listening. */
  isDiscovering(): Promise<boolean> {
    return this.#isSo(this.#path(), adapterType, "Discovering");
  }

  /** Whether a device is what its property says. */
  isDevice(address: string, state: "Connected" | "Paired" | "ServicesResolved"): Promise<boolean> {
    return this.#isSo(this.pathOf(address), deviceType, state);
  }

  /** A device that BlueZ has heard or is bonded with. Throws when it knows none at that address. */
  device(address: string): Promise<Device> {
    return this.ask(
      this.#connection.bluetooth
        .getAdapter(this.#adapter)
        .then((adapter) => adapter.getDevice(address)),
    );
  }

  /** Whether BlueZ has heard a device of late, or is bonded with it. */
  async knows(address: string): Promise<boolean> {
    return (await this.devices()).some(({ path }) => path === this.pathOf(address));
  }

  /** Where a device stands on the bus. */
  pathOf(address: string): string {
    return this.#path(`/dev_${address.toUpperCase().replaceAll(":", "_")}`);
  }

  /** The adapter's devices as they are. */
  async devices(): Promise<readonly Said[]> {
    const where = { destination: bluez, path: "/", interface: objects };
    const { body } = await this.#send({ ...where, member: "GetManagedObjects" });
    const all = Object.entries(readProperties(body[0]));
    return all.flatMap(([path, types]) => this.#saidOf(path, types) ?? []);
  }

  /** Hands on what BlueZ says of the adapter's devices, until the session ends. */
  async follow(take: (said: Said) => void): Promise<void> {
    this.#bus.on("message", (message) => {
      const said = message.type === MessageType.SIGNAL ? this.#read(message) : undefined;
      if (said !== undefined) take(said);
    });
    for (const type of [objects, properties]) {
      await this.#match(`sender='${bluez}',interface='${type}'`);
    }
  }

  /** Ends the session; what is still asked fails for that reason. */
  close(why = new Trouble("radio-unreachable", { retry: "safe", detail: "closed" })): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#connection.destroy();
    for (const tell of this.#asked) tell(why);
  }

  async #findAdapter(): Promise<string> {
    const { bluetooth } = this.#connection;
    for (const name of await this.ask(bluetooth.adapters())) {
      const adapter = await this.ask(bluetooth.getAdapter(name));
      if (await this.ask(adapter.isPowered())) return name;
    }
    throw new Trouble("radio-unreachable", { retry: "safe", detail: "no adapter that is on" });
  }

  /** Asks the bus for signals. */
  async #match(rule: string): Promise<void> {
    const where = { destination: busItself, path: "/org/freedesktop/DBus", interface: busItself };
    const body = [`type='signal',${rule}`];
    await this.#send({ ...where, member: "AddMatch", signature: "s", body });
  }

  /** A BlueZ that has gone takes all with it that was asked of it, and tells nobody. */
  #watch({ member, body }: Message): void {
    if (member === "NameOwnerChanged" && body[0] === bluez && body[2] === "") {
      this.close(new Trouble("radio-unreachable", { retry: "safe", detail: "BlueZ has gone" }));
    }
  }

  async #isSo(path: string, type: string, name: string): Promise<boolean> {
    const where = { destination: bluez, path, interface: properties, member: "Get" };
    const { body } = await this.#send({ ...where, signature: "ss", body: [type, name] });
    return readProperties({ value: body[0] })["value"] === true;
  }

  async #send(call: ConstructorParameters<typeof Message>[0]): Promise<Message> {
    const answer = await this.ask(this.#bus.call(new Message(call)));
    // Only a message that wants no answer has none.
    return answer ?? new Message({ body: [] });
  }

  #read({ interface: type, member, path, body }: Message): Said | undefined {
    if (type === properties && body[0] === deviceType) {
      const lost = Array.isArray(body[2]) ? body[2].map((name) => [String(name), undefined]) : [];
      const changed = { ...readProperties(body[1]), ...Object.fromEntries(lost) };
      return this.#isOurs(path) ? { path, properties: changed } : undefined;
    }
    if (type !== objects || typeof body[0] !== "string") return undefined;
    if (member === "InterfacesAdded") return this.#saidOf(body[0], body[1]);
    return this.#isOurs(body[0]) ? { path: body[0], properties: undefined } : undefined;
  }

  #saidOf(path: string, types: unknown): Said | undefined {
    const { [deviceType]: described } = readProperties(types);
    if (described === undefined || !this.#isOurs(path)) return undefined;
    return { path, properties: readProperties(described) };
  }

  #isOurs(path: string): boolean {
    return path.startsWith(this.#path("/dev_")) && path.split("/").length === 5;
  }

  #path(below = ""): string {
    return `${root}/${this.#adapter}${below}`;
  }
}

/** The connection behind the library, which does not show it: without a listener, its errors end the program. */
function busOf(bluetooth: Bluetooth): MessageBus {
  const bus: unknown = Reflect.get(bluetooth, "dbus");
  if (isBus(bus)) return bus;
  throw new TypeError("node-ble keeps its bus elsewhere than in version 1.13.0");
}

function isBus(bus: unknown): bus is MessageBus {
  return typeof bus === "object" && bus !== null && "call" in bus && "send" in bus && "on" in bus;
}
