/**
 * What all parts of a box share: where it keeps things, what is set on it, and what it shows.
 */
import type { Clock } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { noSeal } from "#platform/seal.ts";
import type { Trouble } from "#platform/trouble.ts";
import type { BoxSerial } from "#wire/identity.ts";

import { Deeds } from "./deeds.ts";
import { Front } from "./display/front.ts";
import { Facts, type Keeping } from "./facts.ts";
import { Journal } from "./journal.ts";
import { outboxLimits } from "./limits.ts";
import type { OutboxLimits } from "./limits.ts";
import type { ContactStore } from "./modem/contacts.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { Panel } from "./panel/port.ts";
import type { BoxDeps } from "./ports.ts";
import { createContactStore } from "./record-service.ts";
import { Settings } from "./settings.ts";

/** See above. */
export interface Core {
  readonly box: BoxSerial;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly panel?: Panel;
  readonly keeping: Keeping;
  readonly limits: OutboxLimits;
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly facts: Facts;
  readonly deeds: (kind: string) => Deeds;
  readonly contacts: ContactStore;
  readonly settings: Settings;
  readonly front: Front;
}

/** What the rest of the box does when something happens here. */
interface CoreHooks {
  /** Messages were appended. */
  readonly appended: () => void;
  /** How the disk did at the last attempt. */
  readonly disk: (trouble: Trouble | undefined) => void;
}

/** The core of a box. Throws the database's Trouble. */
export function createCore(deps: BoxDeps, { appended, disk }: CoreHooks): Core {
  const { box, clock, random, log, panel, profile, sql, seal = noSeal } = deps;
  const keeping: Keeping = { sql, box, seal };
  const limits = deps.limits ?? outboxLimits(profile);
  const outbox = openOutbox({ ...deps, limits });
  const facts = new Facts(keeping);
  const contacts = createContactStore(facts);
  const settings = new Settings({ facts, contacts, profile });
  const overflowed = (): void => log.error("outbox is full of emergencies", { box });
  return {
    ...{ box, clock, random, log, keeping, limits, outbox, facts, contacts, settings },
    ...(panel && { panel }),
    journal: new Journal({ outbox, log, appended, disk, overflowed }),
    deeds: (kind) => new Deeds({ ...keeping, clock }, kind),
    front: new Front({ ...deps, zone: () => settings.zone }),
  };
}
