/**
 * A simulated body that gives the values of whole windows: the program asks for each when it is over.
 */
import type { Flaw, Reading, Report, Wear } from "#devices/wristband/signals/report.ts";
import { createHypoxaemia, saturationSettings } from "#devices/wristband/signals/spo2.ts";
import type { Measure } from "#devices/wristband/signals/windows.ts";

import type { Layer, LayerHost, Plan, Vital } from "./layer.ts";
import type { Turn } from "./scheduler.ts";
import { createToldFall, type ToldFall } from "./told-fall.ts";

/** From `from` (excluded) to `to` (included), ms since the start. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A value of a window, how far it may be believed, 0–100, and what is wrong with it, if anything is. */
export interface Meant {
  readonly value: number;
  readonly quality: number;
  readonly flaw?: Flaw;
}

/** A body, asked window by window. */
export interface MeanBody {
  wear(t: number): Wear;
  /** beat/min; undefined when the sensor saw no pulse. */
  heartRate(span: Span): Meant | undefined;
  /** Percent; undefined likewise. */
  spo2(span: Span): Meant | undefined;
  steps(span: Span): number;
}

/** The layer, and what the body cannot be asked for. */
export interface MeanLayer extends Layer {
  /** A fall struck at `t`. */
  fall(fall: Parameters<ToldFall["struck"]>[0]): void;
  /** Anything else that a detector would have said. */
  tell(report: Report): void;
  /** The wristband was put on or taken off: without it, that is seen within a minute. */
  handled(): void;
}

const wearEveryMs = 60_000;
/** The window of a value that is asked for now, ms. */
const senseMs = 10_000;

/** A layer of means over a body. */
export function createMeanLayer(body: MeanBody): MeanLayer {
  let host: LayerHost | undefined;
  let fall: ToldFall | undefined;
  let wrist: WristWatch | undefined;
  let windows: Windows | undefined;
  return {
    vitals: ["heart-rate", "spo2"],
    bytes: 0,
    begin: (given) => {
      host = given;
      const watch = watchWrist(given, body);
      wrist = watch;
      windows = beginWindows(given, body);
      fall = createToldFall(given, () => watch.worn());
    },
    fall: (struck) => fall?.struck(struck),
    tell: (report) => host?.tell(report),
    handled: () => wrist?.handled(),
    replan: (now) => windows?.replan(now),
    dismiss: () => fall?.dismiss(),
    sense: (vital, now) => senseOf(body, vital, now),
    gravity: () => ({ mg: 1000, still: true }),
  };
}

function senseOf(body: MeanBody, vital: Vital, now: number): Measure | undefined {
  if (body.wear(now) !== "worn") return undefined;
  const span = { from: now - senseMs, to: now };
  const meant = vital === "spo2" ? body.spo2(span) : body.heartRate(span);
  return meant && { t: now, ...meant };
}

interface WristWatch {
  worn(): boolean;
  handled(): void;
}

function watchWrist(host: LayerHost, body: MeanBody): WristWatch {
  let wear: Wear = "off";
  const turn = host.add({
    name: "wear",
    periodMs: wearEveryMs,
    run: (t) => {
      const now = body.wear(t);
      if (now !== wear) host.tell({ kind: "wear", t, wear: now });
      wear = now;
      return false;
    },
  });
  turn.wake(0);
  return { worn: () => wear === "worn", handled: () => turn.wake(0) };
}

interface Windows {
  replan(now: number): void;
}

function beginWindows(host: LayerHost, body: MeanBody): Windows {
  const turns = [beginVital(host, body, "heart-rate"), beginVital(host, body, "spo2")];
  const steps = beginSteps(host, body);
  return {
    replan: (now) => {
      turns.forEach((turn) => turn.every(now));
      steps.every(now);
    },
  };
}

interface Window {
  /** Takes the plan's window from `now` on. */
  every(now: number): void;
}

function beginVital(host: LayerHost, body: MeanBody, vital: Vital): Window {
  const limits = { ...saturationSettings };
  const watch = createHypoxaemia(limits);
  const isWorn = ({ from, to }: Span): boolean =>
    body.wear(from) === "worn" && body.wear(to) === "worn";
  const gap = (span: Span, why: Flaw): void => {
    host.tell({ kind: "gap", of: vital, t: span.to, window: span.to - span.from, why });
  };
  const judge = (reading: Reading): void => {
    limits.hypoxaemia = host.thresholds.hypoxaemia;
    const emergency = reading.quality >= limits.leastQuality ? watch(reading) : undefined;
    if (emergency !== undefined) host.tell(emergency);
  };
  return beginWindow(host, (plan) => (vital === "spo2" ? plan.spo2 : plan.heartRate).window, {
    name: vital,
    over: (span) => {
      if (!isWorn(span)) return gap(span, "off_wrist");
      const meant = vital === "spo2" ? body.spo2(span) : body.heartRate(span);
      if (meant === undefined) return gap(span, "poor_contact");
      const reading: Reading = { kind: vital, ...spanOf(span), ...valueOf(meant) };
      if (vital === "spo2") judge(reading);
      host.tell(reading);
    },
  });
}

function beginSteps(host: LayerHost, body: MeanBody): Window {
  return beginWindow(host, (plan) => plan.steps.window, {
    name: "steps",
    over: (span) => {
      const worn = body.wear(span.to) === "worn";
      const reading: Reading = { kind: "steps", ...spanOf(span), value: 0, quality: 0 };
      if (!worn) host.tell({ ...reading, flaw: "off_wrist" });
      else host.tell({ ...reading, value: body.steps(span), quality: 100 });
    },
  });
}

/** A task that is told of each window when it is over. */
function beginWindow(
  host: LayerHost,
  windowOf: (plan: Plan) => number,
  { name, over }: { readonly name: string; readonly over: (span: Span) => void },
): Window {
  let from = -1;
  const turn: Turn = host.add({
    name,
    periodMs: windowOf(host.plan()),
    run: (to) => {
      over({ from: from < 0 ? Math.max(0, to - windowOf(host.plan())) : from, to });
      from = to;
      return false;
    },
  });
  return {
    every: (now) => {
      if (from < 0) from = now;
      turn.every(windowOf(host.plan()), now);
    },
  };
}

function spanOf({ from, to }: Span): { readonly t: number; readonly window: number } {
  return { t: to, window: to - from };
}

/** Only what a reading has: a body may say more. */
function valueOf({ value, quality, flaw }: Meant): Meant {
  return flaw === undefined ? { value, quality } : { value, quality, flaw };
}
