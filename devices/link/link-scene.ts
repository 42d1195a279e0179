/** The scene that the link's tests play: a wristband, the air, and a box that can be killed. */
import { createVirtualClock, type VirtualClock } from "#platform/clock/memory.ts";
import { createSeededRandom } from "#platform/random/memory.ts";
import type { Random } from "#platform/random/port.ts";
import type { DataFrame, Lane } from "#wire/frames/frame.ts";
import { FrameSender, type SenderLimits } from "#wire/frames/sender.ts";
import { Instant } from "#wire/units.ts";

import { type Courier, type Inbox, openCourier } from "./courier.ts";
import { createInbox } from "./inbox.ts";
import { createRadio, type Radio, type RadioEnd, type Weather } from "./radio.ts";

/** A body that the box has, and when it got it, ms after the start. */
export interface Arrived {
  readonly text: string;
  readonly at: number;
}

/** The scene. */
export interface LinkScene {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly radio: Radio;
  /** What the box has, in the order in which it came. */
  readonly arrived: Arrived[];
  readonly sender: FrameSender;
  /** Says something to the box. */
  say(lane: Lane, text: string): number | undefined;
  /** The box dies and starts again; what it has kept it still has. */
  killBox(): void;
  /** The wristband starts again, with nothing but a new epoch. */
  rebootBand(): void;
  /** The box's numbers that never came. */
  lost(): number;
}

/** What a test changes. */
export interface SceneOptions {
  readonly weather?: Weather;
  readonly limits?: SenderLimits;
  /** Dies after keeping a frame, before acknowledging it, in this share of frames. */
  readonly killShare?: number;
  /** The share of frames that the box cannot keep: its disk is full. */
  readonly refuseShare?: number;
}

/** A scene of this seed. */
export function createScene(seed: number, options: SceneOptions = {}): LinkScene {
  return new Scene(seed, options);
}

class Scene implements LinkScene {
  readonly clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
  readonly random: Random;
  readonly radio: Radio;
  readonly arrived: Arrived[] = [];
  sender: FrameSender;
  readonly #options: SceneOptions;
  readonly #disk: Inbox;
  #band: Courier;
  #box: Courier;

  constructor(seed: number, options: SceneOptions) {
    this.#options = options;
    this.random = createSeededRandom(seed);
    const { clock } = this;
    const random = this.random.fork("air");
    this.radio = createRadio({ clock, random, ...options });
    this.#disk = createInbox(({ body }) => this.#note(body));
    this.sender = this.#newSender();
    this.#band = this.#openBand();
    this.#box = this.#openBox();
  }

  say(lane: Lane, text: string): number | undefined {
    return this.#band.offer(lane, new TextEncoder().encode(text));
  }

  killBox(): void {
    this.#box.close();
    this.#box = this.#openBox();
  }

  rebootBand(): void {
    this.#band.close();
    this.sender = this.#newSender();
    this.#band = this.#openBand();
  }

  lost(): number {
    return this.#disk.latest().reduce((sum, mark) => sum + mark.lost, 0);
  }

  #newSender(): FrameSender {
    const epoch = this.random.integer({ low: 0, high: 0xff_ff_ff_ff });
    return new FrameSender(epoch, this.#options.limits);
  }

  #openBand(): Courier {
    return this.#open(
      this.radio.band,
      this.sender,
      createInbox(() => {}),
    );
  }

  #openBox(): Courier {
    const disk = this.#disk;
    const { killShare = 0, refuseShare = 0 } = this.#options;
    const keep = (...kept: Parameters<Inbox["keep"]>): boolean => {
      if (this.random.next() < refuseShare) return false;
      const done = disk.keep(...kept);
      const dies = this.random.next() < killShare;
      if (dies) this.killBox();
      return done && !dies;
    };
    return this.#open(this.radio.box, this.#newSender(), { ...disk, keep });
  }

  #open(end: RadioEnd, sender: FrameSender, inbox: Inbox): Courier {
    return openCourier({ clock: this.clock, end, sender, inbox });
  }

  #note(body: DataFrame["body"]): void {
    this.arrived.push({ text: new TextDecoder().decode(body), at: this.clock.monotonic() });
  }
}
