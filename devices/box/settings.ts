/**
 * What the cloud may set on a box, leaf by leaf, across restarts.
 *
 * A leaf that is not here is refused by its name; null brings back what holds without it.
 * @source DESIGN §4 `down/desired`; catalogue BX-20, PE-11
 */
import { cadence, isProfile, type ProfileName } from "#wire/cadence.ts";
import type { Serial } from "#wire/identity.ts";
import type { Json, JsonObject } from "#wire/messages.ts";
import { fits, guarded, type Shape, textOf, whole } from "#wire/shape.ts";

import { homeZone, isZone } from "./display/zone.ts";
import type { Facts } from "./facts.ts";
import type { Consequence } from "./journal.ts";
import type { PartLeaf } from "./leaves.ts";
import type { ContactStore, HomeContacts } from "./modem/contacts.ts";
import type { Applied } from "./orders/wishes.ts";
import { contactsShape } from "./record-service.ts";

/** What settings need. */
interface SettingsPorts {
  readonly facts: Facts;
  readonly contacts: ContactStore;
  /** Until the cloud wishes another one. */
  readonly profile: ProfileName;
}

const profile: Shape<ProfileName> = guarded("a profile", isProfile);
const zone: Shape<string> = guarded("a time zone", isZone);
const percent = whole(0, 100);
const alias = textOf(64);
/** Leaves that are kept as they are, and what they may be. */
const kept: Readonly<Record<string, Shape<Json>>> = {
  "config/profile": profile,
  "config/zone": zone,
  "config/thresholds/battery": percent,
};

/** See above. Throws the database's Trouble. */
export class Settings {
  readonly #ports: SettingsPorts;
  /** What was read of the disk, or written there. */
  readonly #known = new Map<string, unknown>();

  constructor(ports: SettingsPorts) {
    this.#ports = ports;
  }

  /** Where the home's clocks stand, such as `Europe/Paris`. */
  get zone(): string {
    return this.#read("config/zone", zone) ?? homeZone;
  }

  /** Percent; from there down the people of the home are warned of a battery. */
  get batteryLow(): number {
    return this.#read("config/thresholds/battery", percent) ?? cadence.battery.lowPercent;
  }

  /** By whose cadences the readings of a device go: its own as it said, else the box's. */
  profileOf(device?: Serial): ProfileName {
    const own = device && this.#read(`profile/${device}`, profile);
    return own ?? this.#read("config/profile", profile) ?? this.#ports.profile;
  }

  /** As the box reports it: whom it would tell stands in no report. */
  get config(): JsonObject {
    const config = { profile: this.profileOf(), zone: this.zone };
    return { ...config, thresholds: { battery: this.batteryLow } };
  }

  /** A device works by this profile from now on. */
  note(device: Serial, name: ProfileName): Consequence {
    const path = `profile/${device}`;
    return this.#read(path, profile) === name ? {} : this.#write(path, name);
  }

  /** A leaf of another device is so now: what that means here. */
  applied(device: Serial, { path, value }: PartLeaf): Consequence {
    return path === "config/profile" && isProfile(value) ? this.note(device, value) : {};
  }

  /** What a leaf comes to that the cloud wishes for this box. */
  apply({ path, value }: PartLeaf): Applied {
    const shape = Object.hasOwn(kept, path) ? kept[path] : undefined;
    if (shape === undefined) return this.#applyContacts(path, value);
    if (value !== null && !fits(shape, value)) return invalid;
    return { kind: "applied", consequence: this.#write(path, value) };
  }

  #applyContacts(path: string, wished: Json): Applied {
    const { contacts: store } = this.#ports;
    const now = (): HomeContacts => store.read() ?? { alias: "", contacts: [] };
    if (path === "config/alias") {
      const name = wished ?? "";
      return fits(alias, name) ? written(() => store.write({ ...now(), alias: name })) : invalid;
    }
    if (path === "config/contacts") {
      const contacts = wished ?? [];
      return fits(contactsShape, contacts)
        ? written(() => store.write({ ...now(), contacts }))
        : invalid;
    }
    return { kind: "rejected", code: "unknown_leaf" };
  }

  #read<T>(path: string, shape: Shape<T>): T | undefined {
    if (!this.#known.has(path)) this.#known.set(path, this.#ports.facts.read(path));
    const value = this.#known.get(path);
    return fits(shape, value) ? value : undefined;
  }

  #write(path: string, value: Json): Consequence {
    const { facts } = this.#ports;
    return {
      write: () => (value === null ? facts.forget(path) : facts.write(path, value)),
      act: () => this.#known.set(path, value),
    };
  }
}

const invalid: Applied = { kind: "rejected", code: "invalid_value" };

function written(write: () => void): Applied {
  return { kind: "applied", consequence: { write } };
}
