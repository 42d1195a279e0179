/**
 * The box's program: hears the home, keeps what it hears, tells the cloud, and tells people when it matters.
 *
 * This file is the wiring. What comes in (frames, measures, wishes, commands) becomes a consequence, which the journal keeps
 * on the disk before anything is acknowledged or done.
 * @source DESIGN §8; catalogue BX-04 to BX-22
 */
import type { Timer } from "#platform/clock/port.ts";
import { Trouble } from "#platform/trouble.ts";
import type { DownBody } from "#wire/bodies/down.ts";
import type { Serial } from "#wire/identity.ts";
import type { Command, Desired, Power } from "#wire/messages.ts";
import type { Parts } from "#wire/parts.ts";
import { type Instant, Seconds } from "#wire/units.ts";

import { BandSide } from "./band/band-side.ts";
import type { BandRadio } from "./band/port.ts";
import { type Core, createCore } from "./core.ts";
import { zoneMinutes } from "./display/zone.ts";
import { eventDraft } from "./draft.ts";
import { EmergencyTelling } from "./emergency-telling.ts";
import { type FlowRule, Gathering } from "./gathering.ts";
import { Sensing, sensorRule } from "./home-sensors/sensing.ts";
import { weightRule } from "./home-sensors/weight-flow.ts";
import { ContactBook, type RecordService } from "./modem/contacts.ts";
import { EmergencySms } from "./modem/emergency-sms.ts";
import { type Modem, openModem } from "./modem/modem.ts";
import { Commands } from "./orders/commands.ts";
import { Wishes } from "./orders/wishes.ts";
import type { MessageNumber } from "./outbox-row.ts";
import type { Tally } from "./outbox.ts";
import type { BoxDeps } from "./ports.ts";
import { batchRule } from "./readings-flow.ts";
import { Reports } from "./reports.ts";
import { openUplink, type Uplink, type UplinkState } from "./uplink.ts";

/** A box that runs. */
export interface Box {
  readonly uplink: UplinkState;
  /** Begins to speak with the cloud, once; until then it keeps what it has to say. */
  connect(): void;
  /** Says at once how the home is; else it does so every 30 s and on a change. */
  beat(): void;
  /** The highest number given out per counter. */
  sent(): readonly MessageNumber[];
  /** Messages since it was opened, and how many still wait. */
  tally(): Tally & { readonly waiting: number };
  /** Ends: with a farewell or, when `abrupt`, as a cut of power would. */
  close(options?: { abrupt?: boolean }): Promise<void>;
}

/** Opens the box: it hears its home at once. Throws the database's Trouble. */
export function openBox(deps: BoxDeps): Box {
  const program = new Program(deps);
  program.open();
  return program;
}

/** A line that is away this long is told on the screen; BX-14 allows a minute. */
const offlineAfter = Seconds(30);

/** A disk that nothing was written to is written to this often, to see whether it can be. */
const probeEvery = Seconds(45);

class Program implements Box {
  readonly #deps: BoxDeps;
  readonly #core: Core;
  readonly #gathering: Gathering;
  readonly #reports: Reports;
  readonly #wishes: Wishes;
  readonly #commands: Commands;
  readonly #band: BandSide | undefined;
  readonly #modem: Modem | undefined;
  readonly #telling: EmergencyTelling | undefined;
  #uplink: Uplink | undefined;
  #offline: Timer | undefined;
  #probe: Timer | undefined;

  constructor(deps: BoxDeps) {
    const core = createCore(deps, {
      appended: () => this.#uplink?.appended(),
      disk: (trouble) => this.#disk(trouble),
    });
    this.#deps = deps;
    this.#core = core;
    this.#gathering = new Gathering({ ...core, ruleOf: (...flow) => this.#ruleOf(...flow) });
    this.#reports = new Reports({ ...core, parts: () => this.#parts() });
    const wristband = (): Serial | undefined => this.#band?.serial;
    const tell = (body: DownBody): void => this.#band?.tell(body);
    this.#wishes = new Wishes({
      ...{ ...core, wristband, tell },
      apply: (leaf) => core.settings.apply(leaf),
      applied: (device, leaf) => core.settings.applied(device, leaf),
      changed: () => this.#changed(),
    });
    this.#commands = new Commands({
      ...{ ...core, wristband, tell, deeds: core.deeds("command") },
      act: (name) => this.#act(name),
    });
    this.#modem =
      deps.modem && openModem({ ...deps, line: deps.modem, changed: () => this.#sim() });
    this.#telling = this.#modem && this.#createTelling(this.#modem);
    this.#band = deps.radio && this.#createBand(deps.radio);
  }

  open(): void {
    const { sensors, power, network, time, screen, clock } = this.#deps;
    this.#gathering.open();
    this.#telling?.open();
    this.#core.front.open();
    this.#band?.open();
    this.#wishes.linked();
    this.#commands.linked();
    const sensing = this.#createSensing();
    sensors?.onMeasure((measure) => sensing.take(measure));
    power?.onChange((source) => this.#powered(source));
    network?.onChange(() => this.#changed());
    time?.onChange(() => this.#timed());
    this.#timed();
    // A fault that nobody would see needs no looking for.
    if (screen !== undefined) this.#probe = clock.every(probeEvery, "disk", () => this.#tryDisk());
  }

  get uplink(): UplinkState {
    return this.#uplink?.state ?? "waiting";
  }

  connect(): void {
    const { lineClock, clock, postEmergency, ...deps } = this.#deps;
    this.#online(false);
    this.#uplink = openUplink({
      ...deps,
      ...(postEmergency && { postEmergency }),
      clock: lineClock ?? clock,
      outbox: this.#core.outbox,
      status: () => ({ power: this.#power, links: this.#band?.links ?? [] }),
      desired: (device: Serial, desired: Desired) => this.#wishes.take(device, desired),
      command: (device: Serial, command: Command) => this.#commands.take(device, command),
      online: (isOnline) => this.#online(isOnline),
      failed: (trouble) => this.#disk(trouble),
    });
  }

  beat(): void {
    this.#uplink?.changed();
  }

  sent(): readonly MessageNumber[] {
    return this.#core.outbox.sent();
  }

  tally(): Tally & { readonly waiting: number } {
    const { outbox } = this.#core;
    return { ...outbox.tally(), waiting: outbox.depth().depth };
  }

  async close(options: { abrupt?: boolean } = {}): Promise<void> {
    this.#offline?.cancel();
    this.#probe?.cancel();
    this.#band?.close();
    this.#gathering.close();
    this.#wishes.close();
    this.#commands.close();
    this.#modem?.close();
    this.#core.front.close();
    await this.#uplink?.close(options);
  }

  get #power(): Power {
    return this.#deps.power?.state ?? "mains";
  }

  get #isTimeKnown(): boolean {
    return this.#deps.time?.state !== "free";
  }

  #createBand(radio: BandRadio): BandSide {
    return new BandSide({
      ...this.#core,
      radio,
      gathering: this.#gathering,
      wishes: this.#wishes,
      commands: this.#commands,
      isTimeKnown: () => this.#isTimeKnown,
      emergency: (event) => this.#telling?.tell(event) ?? {},
      changed: () => {
        this.#changed();
        this.beat();
      },
    });
  }

  #createTelling(modem: Modem): EmergencyTelling {
    const { box, clock, log, contacts, deeds, front } = this.#core;
    const record = this.#deps.record ?? unreachableRecord;
    const book = new ContactBook({ box, record, store: contacts, clock, log });
    return new EmergencyTelling({
      clock,
      sms: new EmergencySms({ modem, book, log }),
      deeds: deeds("emergency"),
      telling: (isTelling) => front.telling(isTelling),
    });
  }

  #createSensing(): Sensing {
    return new Sensing({
      ...this.#core,
      gathering: this.#gathering,
      zone: (t) => this.#zone(t),
      failed: (isFailed) => this.#core.front.warn("measure_failed", isFailed),
    });
  }

  #ruleOf(device: Serial, flow: string): FlowRule {
    const { settings, facts, clock } = this.#core;
    const now = (): Instant => clock.now();
    const weight = (): FlowRule => weightRule({ facts, now, zone: (t) => this.#zone(t) });
    const rule = sensorRule(flow, weight) ?? this.#band?.ruleOf(device, flow);
    return rule ?? batchRule(settings.profileOf(device), flow);
  }

  #zone(t: Instant): number {
    return zoneMinutes(t, this.#core.settings.zone);
  }

  /** What the box does itself; undefined for what it has no means for. */
  #act(name: string): (() => void) | undefined {
    const { panel, restart } = this.#deps;
    if (name === "restart") return restart;
    return panel && (() => panel.buzz(name === "locate" ? "warning" : "accepted"));
  }

  #parts(): Parts {
    const { firmware, network } = this.#deps;
    const { limits, front, settings } = this.#core;
    const wristband = this.#band?.serial;
    return {
      firmware,
      power: { source: this.#power },
      radio: {
        // `radio/link` is the cloud's own: whether it hears this box.
        ...(network && { network: network.state.link }),
        ...(network?.state.signal !== undefined && { signal: network.state.signal }),
        ...(this.#modem && { modem: this.#modem.status.fault ?? "ok" }),
        ...(wristband !== undefined && { wristband }),
      },
      sensors: { bluetooth: front.faults.includes("bluetooth") ? "fault" : "ok" },
      buffer: { messages: limits.messages, bytes: limits.bytes },
      clock: { synchronised: this.#isTimeKnown },
      config: settings.config,
    };
  }

  #changed(): void {
    this.#core.front.show();
    this.#reports.look();
  }

  #timed(): void {
    this.#core.front.fault("clock", !this.#isTimeKnown);
    if (this.#isTimeKnown) this.#band?.timeKnown();
    this.#changed();
  }

  #sim(): void {
    this.#core.front.fault("sim", this.#modem?.status.fault !== undefined);
    this.#changed();
  }

  #powered(source: Power): void {
    const { box, clock, journal } = this.#core;
    const t = clock.now();
    const [kind, word] =
      source === "battery" ? (["power_lost", "lost"] as const) : (["power_back", "back"] as const);
    const id = `${box}-power-${word}-${t.toString(36)}`;
    journal.commit({ drafts: [eventDraft({ id, kind, device: box, t })] });
    this.#changed();
    this.beat();
  }

  #online(isOnline: boolean): void {
    const { clock, front } = this.#core;
    if (isOnline) {
      this.#offline?.cancel();
      this.#offline = undefined;
      front.fault("ethernet", false);
    } else {
      this.#offline ??= clock.after(offlineAfter, "offline", () => front.fault("ethernet", true));
    }
  }

  #tryDisk(): void {
    const { journal, facts, clock } = this.#core;
    journal.commit({ write: () => facts.write("probe", clock.now()) });
  }

  #disk(trouble: Trouble | undefined): void {
    this.#core.front.fault("disk", trouble !== undefined);
    if (trouble?.code === "database-corrupt") this.#deps.failed?.(trouble);
  }
}

/** A home that no record service knows: what was learned otherwise holds. */
const unreachableRecord: RecordService = {
  contacts: () => Promise.reject(new Trouble("record-unreachable", { retry: "safe" })),
};
