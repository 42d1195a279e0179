/** Names and values of an object on the bus, without their wrapping: anybody may have written them. */
import { Variant } from "dbus-next";

/** See the file. */
export type Properties = Readonly<Record<string, unknown>>;

/** Names and plain values of what the bus says; none when it is no such thing. */
export function readProperties(said: unknown): Properties {
  if (typeof said !== "object" || said === null) return {};
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  return value instanceof Variant ? value.value : value;
}
