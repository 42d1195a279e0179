/**
 * A BlueZ in memory on a private bus: one adapter, and the devices that are near it, which the test moves,
 * drops and forges. It has the real one's objects, names and refusals; nothing of it is on the air.
 * @source BlueZ doc/org.bluez.{Adapter,Device,GattService,GattCharacteristic}.rst
 */
import { DBusError, Message, type MessageBus, MessageType, sessionBus, Variant } from "dbus-next";

import type { Clock, Timer } from "#platform/clock/port.ts";
import { Millis } from "#wire/units.ts";

import { type Called, type Method, ObjectTree } from "./object-tree.ts";

/** A service of a device, and its characteristics with what may be done with each. */
export interface FakeService {
  readonly uuid: string;
  readonly characteristics: Readonly<Record<string, "notify" | "indicate" | "write">>;
}

/** A device on the air, in the test's hand. */
export interface Peripheral {
  readonly address: string;
  readonly name: string;
  readonly services: readonly FakeService[];
  /** Manufacturer's data by the number of a company. */
  manufacturer: Readonly<Record<number, Uint8Array>>;
  near: boolean;
  /** Whether it lets itself be bonded with, or BlueZ's word for why not. */
  bonding: "accepted" | "AuthenticationFailed" | "AuthenticationRejected";
  /** Whether it has the key of its bond: one that was reset has not, nor has a forger at its address. */
  holdsKey: boolean;
  /** Something was written to one of its characteristics. */
  written(characteristic: string, bytes: Uint8Array): void;
  /** How many of its characteristics are listened to now. */
  heard(characteristics: number): void;
}

const root = "/org/bluez";
const adapterPath = `${root}/hci0`;
const adapterType = "org.bluez.Adapter1";
const deviceType = "org.bluez.Device1";
const serviceType = "org.bluez.GattService1";
const characteristicType = "org.bluez.GattCharacteristic1";
const advertiseEvery = Millis(50);

/** Opens one on a bus, with its adapter plugged in and on. */
export async function openFakeBlueZ(clock: Clock, busAddress: string): Promise<FakeBlueZ> {
  const bus = sessionBus({ busAddress });
  const fake = new FakeBlueZ(clock, bus);
  await fake.open();
  return fake;
}

/** See the file. */
export class FakeBlueZ {
  /** Whether the next notification is lost between the controller and the bus. */
  loses: () => boolean = () => false;
  /** Takes every call and answers none. */
  silent = false;
  readonly #clock: Clock;
  readonly #bus: MessageBus;
  readonly #tree: ObjectTree;
  readonly #air = new Map<string, Peripheral>();
  readonly #bonds = new Set<string>();
  /** Connections that have asked to listen for devices. */
  readonly #listeners = new Set<string>();
  /** Paths of characteristics that are listened to. */
  readonly #notifying = new Set<string>();
  #advertising: Timer | undefined;

  constructor(clock: Clock, bus: MessageBus) {
    this.#clock = clock;
    this.#bus = bus;
    const [none, sets, removes, writes] = [[], ["a{sv}"], ["o"], ["ay", "a{sv}"]] as const;
    this.#tree = new ObjectTree(bus, {
      [adapterType]: {
        SetDiscoveryFilter: this.#method(sets, () => undefined),
        StartDiscovery: this.#method(none, ({ sender }) => this.#listen(sender)),
        StopDiscovery: this.#method(none, ({ sender }) => this.#unlisten(sender)),
        RemoveDevice: this.#method(removes, ({ body }) => this.#remove(String(body[0]))),
      },
      [deviceType]: {
        Connect: this.#method(none, ({ path }) => this.#connect(path)),
        Disconnect: this.#method(none, ({ path }) => this.#disconnect(path)),
        Pair: this.#method(none, ({ path }) => this.#pair(path)),
        CancelPair: this.#method(none, () => undefined),
      },
      [characteristicType]: {
        StartNotify: this.#method(none, ({ path }) => this.#notify(path, true)),
        StopNotify: this.#method(none, ({ path }) => this.#notify(path, false)),
        WriteValue: this.#method(writes, ({ path, body }) => this.#write(path, body[0])),
      },
    });
  }

  /** Takes its name on the bus; called once. */
  async open(): Promise<void> {
    const where = { destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus" };
    const rule = "type='signal',member='NameOwnerChanged'";
    const addMatch = { interface: "org.freedesktop.DBus", member: "AddMatch", signature: "s" };
    this.#bus.on("message", (message) => this.#forgetCaller(message));
    await this.#bus.call(new Message({ ...where, ...addMatch, body: [rule] }));
    this.#tree.put(root, "org.bluez.AgentManager1", {});
    this.plugIn();
    await this.#bus.requestName("org.bluez", 0);
    this.#advertising = this.#clock.every(advertiseEvery, "fake air", () => this.#advertise());
  }

  /** Dies as a process does: nobody is told of anything. */
  close(): void {
    this.#advertising?.cancel();
    this.#tree.close();
  }

  /** The adapter is there, and on. */
  plugIn(): void {
    const state = { Powered: true, Discovering: false };
    const values = Object.entries(state).map(([name, on]) => [name, new Variant("b", on)] as const);
    this.#tree.put(adapterPath, adapterType, Object.fromEntries(values));
    for (const address of this.#bonds) this.#describe(address);
  }

  /** The adapter is pulled out. */
  unplug(): void {
    this.#endLinks();
    this.#listeners.clear();
    this.#tree.drop(adapterPath);
  }

  /** The adapter is switched off, or on again. */
  power(on: boolean): void {
    if (!on) this.#endLinks();
    if (!on) this.#listeners.clear();
    this.#tree.change(adapterPath, adapterType, {
      Powered: new Variant("b", on),
      Discovering: new Variant("b", this.#listeners.size > 0),
    });
  }

  /** Puts a device on the air, in place of one at the same address. */
  add(peripheral: Peripheral): void {
    this.#air.set(peripheral.address, peripheral);
  }

  /** Moves a device out of reach, or back. */
  move(address: string, near: boolean): void {
    const peripheral = this.#air.get(address);
    if (peripheral !== undefined) peripheral.near = near;
    if (!near) this.#disconnect(devicePath(address));
  }

  /** A device tells: whoever listens gets it, unless it is lost. */
  tell(address: string, characteristic: string, bytes: Uint8Array): void {
    const path = [...this.#notifying].find(
      (at) => at.startsWith(`${devicePath(address)}/`) && this.#uuid(at) === characteristic,
    );
    if (path === undefined || this.loses()) return;
    const value = new Variant("ay", Buffer.from(bytes));
    this.#tree.change(path, characteristicType, { Value: value });
  }

  /** How many connections listen for devices. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Addresses of devices that are connected. */
  get connected(): readonly string[] {
    return [...this.#air.keys()].filter((address) => this.#isSo(devicePath(address), "Connected"));
  }

  #method(takes: readonly string[], run: (called: Called) => void | Promise<void>): Method {
    const never = new Promise<void>(() => undefined);
    return { takes, run: (called) => (this.silent ? never : run(called)) };
  }

  #forgetCaller({ type, member, body }: Message): void {
    if (type !== MessageType.SIGNAL || member !== "NameOwnerChanged" || body[2] !== "") return;
    this.#unlisten(String(body[0]));
  }

  #listen(sender: string): void {
    this.#checkPower();
    this.#listeners.add(sender);
    this.#tellDiscovering();
  }

  #unlisten(sender: string): void {
    if (this.#listeners.delete(sender)) this.#tellDiscovering();
  }

  #tellDiscovering(): void {
    const on = new Variant("b", this.#listeners.size > 0);
    this.#tree.change(adapterPath, adapterType, { Discovering: on });
  }

  #advertise(): void {
    if (this.#listeners.size === 0) return;
    for (const { address, manufacturer, near } of this.#air.values()) {
      const path = devicePath(address);
      if (!near || this.#isSo(path, "Connected")) continue;
      if (this.#tree.value(path, deviceType, "Address") === undefined) this.#describe(address);
      const entries = Object.entries(manufacturer);
      const said = entries.map(([company, bytes]) => [
        company,
        new Variant("ay", Buffer.from(bytes)),
      ]);
      this.#tree.change(path, deviceType, {
        RSSI: new Variant("n", -60),
        // The real one's keys are numbers (`a{qv}`), which this library reads the same and cannot write.
        ManufacturerData: new Variant("a{sv}", Object.fromEntries(said)),
      });
    }
  }

  #describe(address: string): void {
    const { name, services } = this.#air.get(address) ?? { name: "", services: [] };
    this.#tree.put(devicePath(address), deviceType, {
      Address: new Variant("s", address),
      Name: new Variant("s", name),
      UUIDs: new Variant(
        "as",
        services.map(({ uuid }) => uuid),
      ),
      Paired: new Variant("b", this.#bonds.has(address)),
      Connected: new Variant("b", false),
      ServicesResolved: new Variant("b", false),
    });
  }

  async #pair(path: string): Promise<void> {
    this.#checkPower();
    const peripheral = this.#at(path);
    const { address, bonding, near } = peripheral;
    if (this.#bonds.has(address)) throw refusal("AlreadyExists");
    if (!near) throw refusal("ConnectionAttemptFailed");
    if (bonding !== "accepted") throw refusal(bonding);
    this.#bonds.add(address);
    peripheral.holdsKey = true;
    this.#tree.change(path, deviceType, { Paired: new Variant("b", true) });
    await this.#connect(path);
  }

  async #connect(path: string): Promise<void> {
    this.#checkPower();
    const { address, holdsKey, near, services } = this.#at(path);
    const isLetIn = holdsKey || !this.#bonds.has(address);
    if (!near || !isLetIn) throw refusal("Failed", "le-connection-abort-by-local");
    if (this.#isSo(path, "Connected")) return;
    this.#tree.change(path, deviceType, { Connected: new Variant("b", true) });
    // The answer goes out before the device has said what it offers, as from the real one.
    this.#clock.after(advertiseEvery, "fake device says what it offers", () => {
      if (!this.#isSo(path, "Connected")) return;
      services.forEach((service, index) => this.#offer(`${path}/service000${index}`, service));
      this.#tree.change(path, deviceType, { ServicesResolved: new Variant("b", true) });
    });
  }

  #offer(path: string, { uuid, characteristics }: FakeService): void {
    this.#tree.put(path, serviceType, { UUID: new Variant("s", uuid) });
    Object.entries(characteristics).forEach(([name, flag], index) => {
      this.#tree.put(`${path}/char000${index}`, characteristicType, {
        UUID: new Variant("s", name),
        Flags: new Variant("as", [flag]),
      });
    });
  }

  #disconnect(path: string): void {
    if (!this.#isSo(path, "Connected")) return;
    for (const at of this.#notifying) if (at.startsWith(`${path}/`)) this.#notifying.delete(at);
    this.#at(path).heard(0);
    const off = new Variant("b", false);
    this.#tree.change(path, deviceType, { Connected: off, ServicesResolved: off });
    for (let index = 0; index < 9; index += 1) this.#tree.drop(`${path}/service000${index}`);
  }

  #endLinks(): void {
    for (const address of this.connected) this.#disconnect(devicePath(address));
  }

  #remove(path: string): void {
    const { address } = this.#at(path);
    this.#disconnect(path);
    this.#bonds.delete(address);
    this.#tree.drop(path);
  }

  #notify(path: string, on: boolean): void {
    const flags = this.#tree.value(path, characteristicType, "Flags");
    if (String(flags) === "write") throw refusal("NotSupported");
    if (on) this.#notifying.add(path);
    else this.#notifying.delete(path);
    const device = path.split("/").slice(0, 5).join("/");
    const all = [...this.#notifying].filter((at) => at.startsWith(`${device}/`));
    this.#at(device).heard(all.length);
  }

  #write(path: string, value: unknown): void {
    const device = path.split("/").slice(0, 5).join("/");
    if (!this.#isSo(device, "Connected")) throw refusal("Failed", "Not connected");
    if (value instanceof Uint8Array) this.#at(device).written(this.#uuid(path), value);
  }

  #uuid(path: string): string {
    return String(this.#tree.value(path, characteristicType, "UUID"));
  }

  #isSo(path: string, name: "Connected" | "Powered"): boolean {
    const type = name === "Powered" ? adapterType : deviceType;
    return this.#tree.value(path, type, name) === true;
  }

  #checkPower(): void {
    if (!this.#isSo(adapterPath, "Powered")) throw refusal("NotReady");
  }

  #at(path: string): Peripheral {
    const found = [...this.#air.values()].find(({ address }) => devicePath(address) === path);
    if (found === undefined) throw refusal("DoesNotExist");
    return found;
  }
}

function devicePath(address: string): string {
  return `${adapterPath}/dev_${address.replaceAll(":", "_")}`;
}

function refusal(name: string, text = name): DBusError {
  return new DBusError(`org.bluez.Error.${name}`, text);
}
