/**
 * The wristband's program: what its sensors say becomes readings and emergencies, what its box says
 * becomes what it is and does.
 *
 * ```
 * layer ─▶ reports ─┬▶ wrist  ─▶ readings, sensors ─┐
 *                   └▶ alarms ─▶ emergencies ───────┤
 * buttons ─▶ alarms, pairing     power ─▶ battery ──┼▶ speech ─▶ post ─▶ the box
 * the box ─▶ post ─▶ time, config, orders, update ──┘
 * ```
 * Everything happens in `step`, in slices of tasks; what calls from outside is only remembered.
 * @source catalogue WB-12 … WB-38
 */
import type { Wear } from "#devices/wristband/signals/report.ts";
import type { DownBody } from "#wire/bodies/down.ts";
import type { Leaf } from "#wire/bodies/leaf.ts";
import { bodyBytesMost, type Lane } from "#wire/frames/frame.ts";

import { createAlarms } from "./alarms.ts";
import { type Budget, createBudget } from "./budget.ts";
import { type Button, createButtons } from "./buttons.ts";
import { openGain } from "./calibration.ts";
import { openConfig } from "./config.ts";
import type { Core } from "./core.ts";
import { createDisplay } from "./display.ts";
import type { Plan } from "./layer.ts";
import { openOrders, ordersKept } from "./orders.ts";
import { createPairing } from "./pairing.ts";
import type { Picture } from "./picture.ts";
import type { BandPorts } from "./ports.ts";
import { openPost, type Post, toldMost } from "./post.ts";
import { createPowerWatch, type PowerMode, type PowerWatch } from "./power-watch.ts";
import { createReach } from "./reach.ts";
import { answerPress, hear, objectionOf, sort } from "./routes.ts";
import { createScheduler } from "./scheduler.ts";
import { beginSelfTest } from "./self-test.ts";
import { watchSensors } from "./sensor-watch.ts";
import type { BandSettings } from "./settings.ts";
import { createSpeech } from "./speech.ts";
import { createTimekeeper } from "./timekeeper.ts";
import { openUpdate } from "./update.ts";
import { createWishes } from "./wishes.ts";
import { createWrist, type Wrist } from "./wrist.ts";

/** A wristband that runs. */
export interface Wristband {
  /** Does what is due; called by the clock when it was asked to wake it. */
  step(): void;
  /** A button goes down, or up. */
  press(button: Button, down: boolean): void;
  /** The cable was put in or taken out: it is looked at now, not within a minute. */
  powerChanged(): void;
  readonly state: BandState;
  /** What was given of its memory, and to whom. */
  readonly memory: Budget;
}

/** How it stands. */
export interface BandState {
  mode(): PowerMode;
  wear(): Wear;
  /** What is on its display. */
  picture(): Picture | undefined;
  plan(): Plan;
  /** Bodies that the box does not have yet. */
  waiting(lane: Lane): number;
  /** Routine bodies that had to go, since the start. */
  dropped(): number;
  /** Turns that came a whole period late, since the start. */
  missed(): number;
}

/** A wristband that starts now. A RangeError when its settings want more memory than they give. */
export function createWristband(ports: BandPorts, settings: BandSettings): Wristband {
  const memory = shareMemory(settings);
  const scheduler = createScheduler(ports.clock, settings.tickMs);
  const post = openPost({
    ...{ clock: ports.clock, scheduler, radio: ports.radio },
    ...{ epoch: ports.random(), limits: settings.limits },
    told: (body, now) => parts.told(body, now),
    linked: (up) => parts.linked(up),
  });
  const timekeeper = createTimekeeper();
  const config = openConfig(ports.store, settings);
  const speech = createSpeech({
    ...{ scheduler, timekeeper, firmware: settings.firmware },
    battery: () => Math.max(0, Math.min(100, Math.round(ports.power().level))),
    offer: (lane, body) => post.offer(lane, body),
    linked: () => ports.radio.up,
    contact: () => config.plan().contact,
  });
  const display = createDisplay(scheduler, (picture) => ports.draw(picture));
  const core = { ports, settings, scheduler, timekeeper, config, speech, display };
  const parts = createParts(core, post);
  const { power, wrist } = parts;
  ports.clock.wake(0);
  return {
    step: () => {
      if (power.mode() !== "recovery") scheduler.step();
    },
    press: parts.press,
    powerChanged: () => power.changed(),
    memory,
    state: {
      mode: () => power.mode(),
      wear: () => wrist.wear(),
      picture: () => display.picture(),
      plan: () => config.plan(),
      waiting: (lane) => post.waiting(lane),
      dropped: () => post.dropped(),
      missed: () => scheduler.missed(),
    },
  };
}

/** Bytes of an event's body, and of a reading that waits for company. */
const eventBytes = 24;
const waitingBytes = 512;

function shareMemory({ layer, limits, memoryBytes }: BandSettings): Budget {
  const memory = createBudget(memoryBytes);
  memory.take("sensors and detectors", layer.bytes);
  memory.take("emergencies", limits.emergencies * eventBytes);
  memory.take("what waits for the box", limits.routineBytes + waitingBytes);
  memory.take("what the box said", toldMost * bodyBytesMost);
  memory.take("commands", ordersKept * bodyBytesMost);
  return memory;
}

/** What the program consists of, above its core. */
interface Parts {
  readonly power: PowerWatch;
  readonly wrist: Wrist;
  readonly press: (button: Button, down: boolean) => void;
  readonly told: (body: DownBody, now: number) => void;
  readonly linked: (up: boolean) => void;
}

function createParts(core: Core, post: Post): Parts {
  const { config, ports, scheduler, settings, speech } = core;
  const alarms = createAlarms(core, () => post.waiting("emergency"));
  const wrist = createWrist(core);
  const pairing = createPairing(core);
  const gain = openGain(ports.store);
  const orders = openOrders(core, { gain });
  const buttons = createButtons(core, {
    held: (t) => alarms.sos(t),
    pressed: (t) => answerPress(core, { alarms, orders }, t),
    pair: (t) => pairing.open(t),
  });
  const power = createPowerWatch(core, () => buttons.held());
  const update = openUpdate(core, () => objectionOf({ alarms, post, power }));
  const reach = createReach(core);
  const wishes = createWishes(core);
  settings.layer.begin({
    thresholds: config.thresholds,
    plan: () => config.plan(),
    gain: () => gain.permille(),
    charging: () => power.mode() === "charging",
    tell: (report) => sort({ alarms, wrist }, report),
    add: (task) => scheduler.add(task),
  });
  beginSelfTest(core);
  introduce(core, [...wrist.leaves(), ...watchSensors(core), ...power.leaves()]);
  return {
    ...{ power, wrist },
    press: (button, down) => buttons.press(button, down),
    told: (body, now) => hear(core, { orders, update, wishes }, { body, now }),
    linked: (up) => {
      reach.linked(up);
      wishes.relink();
      if (!up) return;
      pairing.shut();
      speech.flush();
    },
  };
}

/** At a start a device reports everything. */
function introduce({ config, display, settings, speech }: Core, leaves: readonly Leaf[]): void {
  const { boot, firmware } = settings;
  speech.report(0, [
    { path: "firmware/version", value: firmware },
    ...(boot?.leaves ?? []),
    { path: "clock/synchronised", value: false },
    ...leaves,
    ...config.leaves(),
  ]);
  if (boot?.line === undefined) return;
  display.show(boot.line.indexOf("MAJ OK") === 0 ? "news" : "error", boot.line);
}
