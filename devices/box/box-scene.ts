/**
 * The scene that the box's tests play: a box with all its ports in memory, a wristband that says what it is told to, and a
 * cloud, on one clock.
 */
import { type Courier, openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import { createRadio, type Radio } from "#devices/link/radio.ts";
import { assert } from "#platform/assert.ts";
import { createMemoryNetwork, type MemoryNetwork } from "#platform/broker/memory.ts";
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { silent } from "#platform/log.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Random } from "#platform/random/port.ts";
import { openMemorySql } from "#platform/sql/memory.ts";
import { migrate } from "#platform/sql/migration.ts";
import type { Sql } from "#platform/sql/port.ts";
import { Trouble } from "#platform/trouble.ts";
import { decodeDown, type DownBody } from "#wire/bodies/down.ts";
import type { BandReading, EventBody, Moment, ReadingsBody, UpBody } from "#wire/bodies/up-body.ts";
import { encodeUp } from "#wire/bodies/up.ts";
import { decodeAnswer, decodeEvent, decodeReadings, decodeReported } from "#wire/codec.ts";
import type { Lane } from "#wire/frames/frame.ts";
import { FrameSender } from "#wire/frames/sender.ts";
import type { Serial } from "#wire/identity.ts";
import type { Answer, DeviceEvent, Parsed, Power, ReadingsPack, Reported } from "#wire/messages.ts";
import { type Duration, Minutes, Seconds } from "#wire/units.ts";

import type { BandConnection, BandRadio, Bonded, SeenBand } from "./band/port.ts";
import { type Box, openBox } from "./box.ts";
import type { ScreenModel } from "./display/screen.ts";
import type { HomeContacts } from "./modem/contacts.ts";
import { EmulatedModem } from "./modem/emulated.ts";
import { outboxSchema } from "./outbox-schema.ts";
import { createMemoryPanel, type MemoryPanel } from "./panel/memory.ts";
import type { BoxDeps, HomeMeasure, HomeSensors, Watched } from "./ports.ts";
import { box, Cloud, device, start, tenant } from "./uplink-scene.ts";

/** The address of the scene's wristband. */
export const address = "C4:3D:00:00:00:01";

/** A state in the tester's hand. */
export class Lever<T> implements Watched<T> {
  #listener: (state: T) => void = () => {};
  state: T;

  constructor(state: T) {
    this.state = state;
  }

  onChange(changed: (state: T) => void): void {
    this.#listener = changed;
  }

  set(state: T): void {
    this.state = state;
    this.#listener(state);
  }
}

/** The box's radio, over the air of the simulator. */
export class SceneRadio implements BandRadio {
  readonly bonded = new Set<string>();
  /** Why a bond is refused, while it is. */
  refuses: string | undefined;
  /** No adapter. */
  isBroken = false;
  readonly #air: Radio;
  #seen: ((band: SeenBand) => void) | undefined;

  constructor(air: Radio) {
    this.#air = air;
  }

  scan(seen: (band: SeenBand) => void): { stop(): void } {
    this.#seen = seen;
    return { stop: () => (this.#seen = undefined) };
  }

  /** A wristband advertises itself. */
  show(band: Partial<SeenBand> = {}): void {
    this.#seen?.({ address, serial: device, signal: -60, pairing: false, ...band });
  }

  bond(of: string): Promise<Bonded> {
    const { refuses } = this;
    if (refuses !== undefined) return Promise.resolve({ kind: "refused", why: refuses });
    this.bonded.add(of);
    return Promise.resolve({ kind: "bonded" });
  }

  async bonds(): Promise<readonly string[]> {
    if (this.isBroken) throw new Trouble("radio-unreachable", { retry: "safe" });
    return [...this.bonded];
  }

  async forget(of: string): Promise<void> {
    this.bonded.delete(of);
  }

  async connect(of: string): Promise<BandConnection> {
    if (this.isBroken) throw new Trouble("radio-unreachable", { retry: "safe" });
    const { box: end } = this.#air;
    if (!this.bonded.has(of) || !end.up) throw new Trouble("band-unreachable", { retry: "safe" });
    return {
      address: of,
      get up() {
        return end.up;
      },
      send: (bytes) => end.send(bytes),
      onFrame: (take) => end.onFrame(take),
      onLink: (changed) => end.onLink(changed),
      close: () => Promise.resolve(),
    };
  }
}

/** What a test may choose. */
type Choices = Partial<BoxDeps> & { readonly seed?: number };

/** See the file. */
export class BoxScene {
  readonly clock: VirtualClock = createVirtualClock({ start });
  readonly cloud: Cloud = new Cloud(this.clock);
  readonly random: Random;
  readonly network: MemoryNetwork;
  readonly air: Radio;
  readonly radio: SceneRadio;
  readonly modem: EmulatedModem = new EmulatedModem(this.clock);
  readonly panel: MemoryPanel = createMemoryPanel(this.clock);
  readonly power = new Lever<Power>("mains");
  readonly time = new Lever<"synchronised" | "free">("synchronised");
  /** What was drawn, in its order. */
  readonly drawn: ScreenModel[] = [];
  /** What the wristband was told, in the order in which it came. */
  readonly told: DownBody[] = [];
  /** Whom the record service names; it is silent while undefined. */
  contacts: HomeContacts | undefined;
  restarts = 0;
  /** Nothing can be written. */
  isDiskFull = false;
  box: Box;
  #measured: (measure: HomeMeasure) => void = () => {};
  #band: Courier;
  readonly #memory: Sql = openMemorySql();
  readonly #sql: Sql = {
    run: (...query) => this.#memory.run(...query),
    get: (...query) => this.#memory.get(...query),
    all: (...query) => this.#memory.all(...query),
    transaction: (work) => {
      if (this.isDiskFull) throw new Trouble("disk-failed", { retry: "ambiguous" });
      return this.#memory.transaction(work);
    },
    close: () => this.#memory.close(),
  };
  readonly #changes: Partial<BoxDeps>;

  constructor(changes: Choices = {}) {
    const { seed = 1, ...rest } = changes;
    this.#changes = rest;
    this.random = createSeededRandom(seed);
    const { clock } = this;
    this.network = createMemoryNetwork({ clock, random: this.random.fork("network") });
    this.network.listen(this.cloud.accept);
    this.air = createRadio({ clock, random: this.random.fork("air") });
    this.radio = new SceneRadio(this.air);
    this.#band = this.#openBand();
    migrate(this.#sql, outboxSchema);
    this.box = this.#openBox();
  }

  after(by: Duration): Promise<void> {
    return this.clock.advance({ by });
  }

  /** Bonds the wristband as people do. */
  async pair(): Promise<void> {
    this.press();
    this.radio.show({ pairing: true });
    await this.clock.advance({ by: Seconds(1) });
  }

  press(): void {
    this.panel.touch(true);
    this.panel.touch(false);
  }

  /** The wristband says something. */
  say(body: UpBody, lane: Lane = body.kind === "event" ? "emergency" : "routine"): void {
    this.#band.offer(lane, encodeUp(body));
  }

  /** The wristband starts anew: another life on the radio. */
  rebootBand(): void {
    this.#band.close();
    this.#band = this.#openBand();
  }

  /** The line to the cloud is pulled out, or in again. */
  cutLine(isCut: boolean): void {
    this.network.setReachable(!isCut);
    if (isCut) this.network.cut();
  }

  measure(measure: HomeMeasure): void {
    this.#measured(measure);
  }

  /** The box dies as it stands, and starts with what is on its disk. */
  async restart(): Promise<void> {
    await this.box.close({ abrupt: true });
    this.box = this.#openBox();
  }

  packs(of: Serial = device): ReadingsPack[] {
    return this.#taken("readings", of).map((payload) =>
      parsed(decodeReadings(payload, { device: of, receivedAt: this.clock.now() })),
    );
  }

  events(of: Serial = device): DeviceEvent[] {
    return this.#taken("event", of).map((payload) => parsed(decodeEvent(payload, { device: of })));
  }

  reports(of: Serial = device): Reported[] {
    return this.#taken("reported", of).map((payload) =>
      parsed(decodeReported(payload, { device: of })),
    );
  }

  answers(of: Serial = device): Answer[] {
    return this.cloud.taken
      .filter(({ topic }) => topic.channel === "answer" && topic.device === of)
      .map(({ topic, payload }) => parsed(decodeAnswer(payload, topic)));
  }

  #taken(channel: string, of: Serial): Uint8Array[] {
    return this.cloud.taken
      .filter(({ topic }) => topic.channel === channel && topic.device === of)
      .map(({ payload }) => payload);
  }

  #openBand(): Courier {
    const { clock } = this;
    return openCourier({
      ...{ clock, end: this.air.band },
      sender: new FrameSender(this.random.integer({ low: 0, high: 0xff_ff_ff_ff })),
      inbox: createInbox(({ body }) => {
        const down = decodeDown(body);
        if (down.kind !== "refused") this.told.push(down);
      }),
    });
  }

  #openBox(): Box {
    const { clock, power, time, panel, modem, radio } = this;
    const sensors: HomeSensors = {
      devices: [],
      onMeasure: (take) => {
        this.#measured = take;
      },
    };
    const opened = openBox({
      ...{ tenant, box, clock, power, time, panel, modem, radio, sensors, log: silent },
      ...{ firmware: { version: "1.6.0", slot: "A" }, profile: "seed", sql: this.#sql },
      random: this.random.fork(`box ${clock.now()}`),
      broker: this.network.broker,
      address: { url: "mqtt://cloud" },
      record: { contacts: () => this.#answer() },
      screen: { draw: (model) => this.drawn.push(model) },
      restart: () => {
        this.restarts += 1;
      },
      ...this.#changes,
    });
    opened.connect();
    return opened;
  }

  #answer(): Promise<HomeContacts> {
    const { contacts } = this;
    return contacts === undefined ? new Promise(() => {}) : Promise.resolve(contacts);
  }
}

function parsed<T>(result: Parsed<T>): T {
  assert(result.kind === "parsed", "a box sends sound messages");
  return result.value;
}

/** Whom the record service of every scene names. */
const contacts: HomeContacts = {
  alias: "Jeanne",
  contacts: [{ role: "nurse", number: "+33601020304", language: "fr" }],
};

/** A time of the wall. */
export function wall(ms: number): Moment {
  return { ms, clock: "wall" };
}

/** One mean, of the heart rate unless said otherwise. */
export function pulse(t: Moment, changes: Partial<BandReading> = {}): ReadingsBody {
  const usual: BandReading = {
    ...{ metric: "heart-rate", value: 62, t: t.ms, window: Minutes(2), quality: 90 },
  };
  const readings = [{ ...usual, ...changes }];
  return { kind: "readings", t, battery: 80, firmware: "2.4.1", readings };
}

/** A fall. */
export function fell(t: Moment, number = 1): EventBody {
  return { kind: "event", t, event: "fall", number, cause: "impact", quality: 95 };
}

/** A box with its wristband, linked. */
export async function linked(changes: Choices = {}): Promise<BoxScene> {
  const scene = new BoxScene(changes);
  scene.contacts = contacts;
  await scene.after(Seconds(1));
  await scene.pair();
  return scene;
}

/** Says a mean every two minutes, so many times. */
export async function live(scene: BoxScene, means: number): Promise<void> {
  for (let mean = 0; mean < means; mean += 1) {
    await scene.after(Minutes(2));
    scene.say(pulse(wall(scene.clock.now())));
    await scene.after(Seconds(1));
  }
}
