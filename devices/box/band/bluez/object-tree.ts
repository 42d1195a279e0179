/**
 * Objects on a bus, each with types, properties and methods, as D-Bus's object manager shows them: what a fake
 * BlueZ is made of.
 * @source D-Bus specification, "Standard Interfaces"
 */
import { DBusError, Message, type MessageBus, MessageType, type Variant } from "dbus-next";

/** A call that has come. */
export interface Called {
  readonly path: string;
  /** The caller's connection. */
  readonly sender: string;
  readonly body: readonly unknown[];
}

/** A method that answers nothing; it refuses by throwing a DBusError. */
export interface Method {
  /** The signatures of its arguments. */
  readonly takes: readonly string[];
  readonly run: (called: Called) => void | Promise<void>;
}

/** Methods by type and name. */
export type Methods = Readonly<Record<string, Readonly<Record<string, Method>>>>;

type Values = Readonly<Record<string, Variant>>;
type Types = Readonly<Record<string, Values>>;

const objects = "org.freedesktop.DBus.ObjectManager";
const properties = "org.freedesktop.DBus.Properties";
const introspectable = "org.freedesktop.DBus.Introspectable";
/** Of the properties' own interface, what a client looks for. */
const propertiesXml = `<interface name="${properties}">
  ${methodXml("Get", ["s", "s"], "v")} ${methodXml("GetAll", ["s"], "a{sv}")}
  <signal name="PropertiesChanged"><arg type="s"/><arg type="a{sv}"/><arg type="as"/></signal>
</interface>`;

/** See the file. */
export class ObjectTree {
  readonly #bus: MessageBus;
  readonly #methods: Methods;
  readonly #objects = new Map<string, Types>();
  #isClosed = false;

  constructor(bus: MessageBus, methods: Methods) {
    this.#bus = bus;
    this.#methods = methods;
    bus.addMethodHandler((message: Message) => this.#hear(message));
  }

  /** Puts an object there, or gives it one more type, and says so. */
  put(path: string, type: string, values: Values): void {
    this.#objects.set(path, { ...this.#objects.get(path), [type]: values });
    this.#signal("/", [objects, "InterfacesAdded", "oa{sa{sv}}"], [path, { [type]: values }]);
  }

  /** Changes values, and says so; without any, the object must be there all the same. */
  change(path: string, type: string, values: Values): void {
    const types = this.#objects.get(path);
    if (types === undefined) return;
    this.#objects.set(path, { ...types, [type]: { ...types[type], ...values } });
    this.#signal(path, [properties, "PropertiesChanged", "sa{sv}as"], [type, values, []]);
  }

  /** Takes away an object and all below it, and says so. */
  drop(path: string): void {
    const gone = [...this.#objects.keys()].filter((at) => at === path || at.startsWith(`${path}/`));
    for (const at of gone.toReversed()) {
      const types = Object.keys(this.#objects.get(at) ?? {});
      this.#objects.delete(at);
      this.#signal("/", [objects, "InterfacesRemoved", "oas"], [at, types]);
    }
  }

  /** Ends the bus; what is answered later is answered to nobody. */
  close(): void {
    this.#isClosed = true;
    this.#bus.disconnect();
  }

  /** A value as it is. */
  value(path: string, type: string, name: string): unknown {
    return this.#objects.get(path)?.[type]?.[name]?.value;
  }

  #hear(message: Message): boolean {
    if (message.type !== MessageType.METHOD_CALL) return false;
    void this.#answer(message).catch((error: unknown) => this.#refuse(message, error));
    return true;
  }

  async #answer(message: Message): Promise<void> {
    const { interface: type, member, path, sender, body } = message;
    const said = this.#standard(message);
    if (said !== undefined) {
      this.#send(Message.newMethodReturn(message, ...said));
      return;
    }
    const method = this.#objects.get(path)?.[type] && this.#methods[type]?.[member];
    if (method === undefined) throw new DBusError(`${introspectable}.UnknownObject`, path);
    await method.run({ path, sender, body });
    this.#send(Message.newMethodReturn(message, "", []));
  }

  /** What every object answers by itself: the signature of an answer, and its body. */
  #standard({ interface: type, member, path, body }: Message): [string, unknown[]] | undefined {
    const types = this.#objects.get(path);
    if (type === introspectable) return ["s", [this.#describe(path)]];
    if (member === "GetManagedObjects")
      return ["a{oa{sa{sv}}}", [Object.fromEntries(this.#objects)]];
    const values = type === properties ? types?.[String(body[0])] : undefined;
    if (values === undefined) return undefined;
    if (member === "GetAll") return ["a{sv}", [values]];
    const value = values[String(body[1])];
    return member === "Get" && value !== undefined ? ["v", [value]] : undefined;
  }

  #refuse(message: Message, error: unknown): void {
    const refusal = error instanceof DBusError ? error : new DBusError("fake.Bug", String(error));
    const answer = Message.newMethodReturn(message, "s", [refusal.text]);
    answer.type = MessageType.ERROR;
    answer.errorName = refusal.type;
    this.#send(answer);
  }

  #send(message: Message): void {
    if (!this.#isClosed) this.#bus.send(message);
  }

  #describe(path: string): string {
    const below = [...this.#objects.keys()].filter((at) => at.startsWith(`${path}/`));
    const names = new Set(below.map((at) => at.slice(path.length + 1).split("/")[0]));
    const nodes = [...names].map((name) => `<node name="${name}"/>`);
    const types = Object.keys(this.#objects.get(path) ?? {}).map((type) => this.#typeXml(type));
    return `<node>${propertiesXml}${types.join("")}${nodes.join("")}</node>`;
  }

  #typeXml(type: string): string {
    const methods = Object.entries(this.#methods[type] ?? {});
    const described = methods.map(([name, { takes }]) => methodXml(name, takes));
    return `<interface name="${type}">${described.join("")}</interface>`;
  }

  #signal(path: string, [type, name, signature]: [string, string, string], body: unknown[]): void {
    this.#send(Message.newSignal(path, type, name, signature, body));
  }
}

function methodXml(name: string, takes: readonly string[], gives?: string): string {
  const given = gives === undefined ? "" : `<arg direction="out" type="${gives}"/>`;
  const taken = takes.map((type) => `<arg direction="in" type="${type}"/>`);
  return `<method name="${name}">${taken.join("")}${given}</method>`;
}
