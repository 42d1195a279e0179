/**
 * The link to the bonded wristband: made again for ever, with a new sender each time, so that nothing said over one
 * connection arrives late over another. A time that arrives late is a wrong time.
 *
 * @source catalogue BX-06, WB-15; spec/clinical.md F12
 */
import { type Courier, type Inbox, openCourier } from "#devices/link/courier.ts";
import type { RadioEnd } from "#devices/link/radio.ts";
import type { Clock, Timer } from "#platform/clock/port.ts";
import type { Log } from "#platform/log.ts";
import type { Random } from "#platform/random/port.ts";
import { isTrouble } from "#platform/trouble.ts";
import { type DownBody, encodeDown } from "#wire/bodies/down.ts";
import { FrameSender } from "#wire/frames/sender.ts";
import { type Duration, Hours, type Instant, Seconds } from "#wire/units.ts";

import { patience } from "../patience.ts";
import type { BandConnection, BandRadio } from "./port.ts";

/** What a link needs. */
interface LinkPorts {
  readonly radio: BandRadio;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether the box knows the time: only then it tells it. */
  readonly isTimeKnown: () => boolean;
  /** The link has come up, or gone. */
  readonly changed: (isUp: boolean) => void;
  /** Whether the radio itself answers. */
  readonly radioWorks: (works: boolean) => void;
}

/** Whom to link with, and where its frames are kept. */
interface Followed {
  readonly address: string;
  readonly inbox: Inbox;
}

/** How often the wristband is told the time besides at each link. */
const timeEvery = Hours(1);
/** How often a radio without a wristband is asked whether it is there; within what BX-14 allows. */
const probeEvery = Seconds(30);
/** The first try after a link was lost. */
const reconnectAfter = Seconds(1);

/** See above. */
export class BandLink {
  readonly #ports: LinkPorts;
  #followed: Followed | undefined;
  #connection: BandConnection | undefined;
  #courier: Courier | undefined;
  #heardAt: Instant | null = null;
  /** Rises whenever what is under way is no longer wanted. */
  #life = 0;
  #isTrying = false;
  #failures = 0;
  /** The next try, or the next time to tell the time. */
  #timer: Timer | undefined;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  get up(): boolean {
    return this.#connection !== undefined;
  }

  /** When the wristband was last heard, by the box's clock; null for never since the start. */
  get heardAt(): Instant | null {
    return this.#heardAt;
  }

  /** From now on the link is with this wristband, or with none. */
  follow(followed: Followed | undefined): void {
    this.#drop();
    this.#followed = followed;
    this.#failures = 0;
    this.#try();
  }

  /** The bonded wristband was seen: there is no need to wait for the next try. */
  near(): void {
    if (this.up || this.#isTrying || this.#followed === undefined) return;
    this.#timer?.cancel();
    this.#try();
  }

  /** Says a body over the link that is up; into the void when there is none. */
  tell(body: DownBody): void {
    this.#courier?.offer("routine", encodeDown(body));
  }

  /** Tells the wristband the time, when the box knows it. */
  tellTime(): void {
    const { clock, isTimeKnown } = this.#ports;
    if (isTimeKnown()) this.tell({ kind: "time", now: clock.now() });
  }

  close(): void {
    this.#followed = undefined;
    this.#drop();
  }

  #try(): void {
    const { radio } = this.#ports;
    const followed = this.#followed;
    const life = this.#life;
    this.#isTrying = true;
    const attempt =
      followed === undefined
        ? radio.bonds().then(() => this.#probed(life))
        : radio.connect(followed.address).then((made) => this.#made(made, { ...followed, life }));
    attempt.catch((error: unknown) => this.#failed(error, life));
  }

  #made(connection: BandConnection, { inbox, life }: Followed & { life: number }): void {
    if (life !== this.#life) {
      void this.#hangUp(connection);
      return;
    }
    const { clock, random, radioWorks, changed } = this.#ports;
    this.#isTrying = false;
    this.#failures = 0;
    radioWorks(true);
    const sender = new FrameSender(random.integer({ low: 0, high: 0xff_ff_ff_ff }));
    connection.onLink((isUp) => {
      if (!isUp && life === this.#life) this.#lost();
    });
    this.#connection = connection;
    this.#courier = openCourier({
      ...{ clock, sender, inbox },
      end: this.#listened(connection),
    });
    this.#timer = clock.every(timeEvery, "tell the time", () => this.tellTime());
    this.tellTime();
    changed(true);
    if (!connection.up) this.#lost();
  }

  /** The connection as its courier sees it: of one link, which never comes up again. */
  #listened(connection: BandConnection): RadioEnd {
    const { clock } = this.#ports;
    return {
      get up() {
        return connection.up;
      },
      send: (bytes) => connection.send(bytes),
      onFrame: (take) =>
        connection.onFrame((bytes) => {
          this.#heardAt = clock.now();
          take(bytes);
        }),
      onLink: () => {},
    };
  }

  #lost(): void {
    this.#drop();
    this.#wait(reconnectAfter);
  }

  #failed(error: unknown, life: number): void {
    if (!isTrouble(error)) throw error;
    if (life !== this.#life) return;
    const { log, random, radioWorks } = this.#ports;
    this.#failures += 1;
    log.debug(() => ["no wristband", { code: error.code, failures: this.#failures }]);
    radioWorks(error.code !== "radio-unreachable");
    this.#wait(this.#followed === undefined ? probeEvery : patience(this.#failures, random));
  }

  #probed(life: number): void {
    if (life !== this.#life) return;
    this.#ports.radioWorks(true);
    this.#wait(probeEvery);
  }

  #wait(delay: Duration): void {
    this.#isTrying = false;
    this.#timer = this.#ports.clock.after(delay, "wristband", () => this.#try());
  }

  /** Ends the link, or the attempt to make one. */
  #drop(): void {
    const connection = this.#connection;
    this.#life += 1;
    this.#isTrying = false;
    this.#timer?.cancel();
    this.#courier?.close();
    this.#courier = undefined;
    this.#connection = undefined;
    if (connection === undefined) return;
    void this.#hangUp(connection);
    this.#ports.changed(false);
  }

  async #hangUp(connection: BandConnection): Promise<void> {
    try {
      await connection.close();
    } catch (error) {
      if (!isTrouble(error)) throw error;
    }
  }
}
