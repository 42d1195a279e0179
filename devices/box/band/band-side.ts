/**
 * Everything that a box has to do with its wristband: bonding, the link, what comes over it, and what it is told.
 */
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import type { DownBody } from "#wire/bodies/down.ts";
import type { BoxSerial, Serial } from "#wire/identity.ts";
import type { Alive, DeviceEvent } from "#wire/messages.ts";
import { Minutes } from "#wire/units.ts";

import { Deeds } from "../deeds.ts";
import type { Front } from "../display/front.ts";
import type { Facts, Keeping } from "../facts.ts";
import type { FlowRule, Gathering } from "../gathering.ts";
import type { Consequence, Journal } from "../journal.ts";
import type { Commands } from "../orders/commands.ts";
import type { Wishes } from "../orders/wishes.ts";
import type { Panel } from "../panel/port.ts";
import { batchRule } from "../readings-flow.ts";
import type { Settings } from "../settings.ts";
import { BandLink } from "./band-link.ts";
import { Bonding } from "./bonding.ts";
import { BandDating } from "./dating.ts";
import { Hearing } from "./hearing.ts";
import { openRadioInbox } from "./marks.ts";
import type { Bond } from "./pairing.ts";
import type { BandRadio } from "./port.ts";
import { undatedFlow, undatedRule } from "./undated.ts";

/** What it needs of its box. */
interface BandPorts {
  readonly box: BoxSerial;
  readonly radio: BandRadio;
  readonly panel?: Panel;
  readonly keeping: Keeping;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly gathering: Gathering;
  readonly settings: Settings;
  readonly wishes: Wishes;
  readonly commands: Commands;
  readonly front: Front;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly isTimeKnown: () => boolean;
  /** People are to be told. */
  readonly emergency: (event: Pick<DeviceEvent, "id" | "kind">) => Consequence;
  /** The bond, the link or the radio is not what it was. */
  readonly changed: () => void;
}

/** Out in the garden is no loss; ours. */
const lostAfter = Minutes(5);
/** A warning is over this far above its level, so that it is given once. */
const hysteresis = 10;

/** See above. */
export class BandSide {
  readonly #ports: BandPorts;
  readonly #bonding: Bonding;
  readonly #link: BandLink;
  #dating: BandDating | undefined;
  #lost: Timer | undefined;

  constructor(ports: BandPorts) {
    this.#ports = ports;
    const { front, keeping, clock, changed } = ports;
    this.#link = new BandLink({
      ...ports,
      changed: (isUp) => this.#linked(isUp),
      radioWorks: (works) => front.fault("bluetooth", !works) && changed(),
    });
    this.#bonding = new Bonding({
      ...ports,
      clones: new Deeds({ ...keeping, clock }, "clone"),
      bonded: (bond) => this.#follow(bond),
      near: () => this.#link.near(),
      windowed: (isOpen) => front.pairing(isOpen),
    });
  }

  /** Throws the database's Trouble. */
  open(): void {
    this.#bonding.open();
    if (this.#bonding.bond === undefined) this.#link.follow(undefined);
  }

  close(): void {
    this.#bonding.close();
    this.#link.close();
    this.#lost?.cancel();
  }

  get serial(): Serial | undefined {
    return this.#bonding.bond?.serial;
  }

  /** For the heartbeat. */
  get links(): Alive["links"] {
    const { serial } = this;
    const { up, heardAt } = this.#link;
    return serial === undefined ? [] : [{ device: serial, up, heardAt }];
  }

  tell(body: DownBody): void {
    this.#link.tell(body);
  }

  /** The box knows the time now. */
  timeKnown(): void {
    this.#link.tellTime();
    if (this.#link.up) this.#dating?.timeTold();
  }

  /** When the readings of a wristband go. */
  ruleOf(device: Serial, flow: string): FlowRule {
    const { settings, isTimeKnown } = this.#ports;
    if (!flow.startsWith(undatedFlow)) return batchRule(settings.profileOf(device), flow);
    const epoch = Number(flow.slice(undatedFlow.length));
    const dating = device === this.serial ? this.#dating : undefined;
    return undatedRule(dating?.of({ ms: 0, clock: "start" }, epoch), isTimeKnown());
  }

  #follow({ serial: device, address }: Bond): void {
    const { wishes, commands, settings, changed } = this.#ports;
    const dating = new BandDating({ ...this.#ports, device });
    const hearing = new Hearing({
      ...this.#ports,
      ...{ device, dating },
      settled: (body) => wishes.settled(device, body),
      answered: (body, t) => commands.answered(device, body, t),
      profile: (name) => settings.note(device, name),
      battery: (percent) => this.#battery(percent),
    });
    this.#dating = dating;
    const inbox = openRadioInbox({
      ...this.#ports,
      device,
      hear: (frame) => hearing.hear(frame),
    });
    this.#link.follow({ address, inbox });
    changed();
  }

  #linked(isUp: boolean): void {
    const { front, clock, wishes, commands, isTimeKnown, changed } = this.#ports;
    this.#lost?.cancel();
    this.#dating?.unlinked();
    if (isUp) {
      if (isTimeKnown()) this.#dating?.timeTold();
      front.warn("bluetooth_lost", false);
      wishes.linked();
      commands.linked();
    } else {
      const warn = (): void => front.warn("bluetooth_lost", true);
      this.#lost = clock.after(lostAfter, "wristband lost", warn);
    }
    changed();
  }

  #battery(percent: number): void {
    const { front, settings } = this.#ports;
    const { batteryLow } = settings;
    if (percent <= batteryLow) front.warn("battery_low", true);
    else if (percent >= batteryLow + hysteresis) front.warn("battery_low", false);
  }
}
