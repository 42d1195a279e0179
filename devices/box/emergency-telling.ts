/**
 * Emergencies told by SMS, and remembered: what was not told when the box died is told when it is back.
 *
 * @source catalogue BX-07; spec/clinical.md F18
 */
import type { Clock } from "#platform/clock/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { isObject } from "#wire/json.ts";
import type { DeviceEvent } from "#wire/messages.ts";
import { Hours } from "#wire/units.ts";

import type { Deed, Deeds } from "./deeds.ts";
import { isEmergency } from "./draft.ts";
import type { Consequence } from "./journal.ts";
import type { Emergency, EmergencySms } from "./modem/emergency-sms.ts";

/** What telling needs. */
interface TellingPorts {
  readonly sms: EmergencySms;
  /** Of kind `emergency`. */
  readonly deeds: Deeds;
  readonly clock: Clock;
  /** Whether somebody is being told. */
  readonly telling: (isTelling: boolean) => void;
}

/** An emergency that is older says nothing of now; as long as the modem tries, too. */
const tellWithin = Hours(1);

/** See above. */
export class EmergencyTelling {
  readonly #ports: TellingPorts;
  #open = 0;

  constructor(ports: TellingPorts) {
    this.#ports = ports;
  }

  /** Tells what was not told before. Throws the database's Trouble. */
  open(): void {
    const { deeds, clock } = this.#ports;
    for (const deed of deeds.open()) {
      const emergency = emergencyOf(deed);
      const isLate = clock.now() - deed.at > tellWithin;
      if (isLate || emergency === undefined) deeds.write(deed.name, { done: true });
      else void this.#tell(emergency);
    }
  }

  /** What an emergency comes to; nothing when it was told before. */
  tell({ id, kind }: Pick<DeviceEvent, "id" | "kind">): Consequence {
    const { deeds } = this.#ports;
    if (!isEmergency(kind) || deeds.find(id) !== undefined) return {};
    return {
      write: () => deeds.write(id, { done: false, note: { kind } }),
      act: () => void this.#tell({ id, kind }),
    };
  }

  async #tell(emergency: Emergency): Promise<void> {
    const { sms, deeds, telling } = this.#ports;
    this.#open += 1;
    telling(true);
    await sms.tell(emergency);
    this.#open -= 1;
    if (this.#open === 0) telling(false);
    try {
      deeds.write(emergency.id, { done: true });
    } catch (error) {
      // Told again after a restart, then: better twice than never.
      if (!isTrouble(error)) throw error;
    }
  }
}

function emergencyOf({ name, note }: Deed): Emergency | undefined {
  const kind = isObject(note) ? note["kind"] : undefined;
  return isEmergency(kind) ? { id: name, kind } : undefined;
}
