/** A wearer whose wrist is felt and lit, sample by sample, as a watch's sensors would: the detectors see all else. */
import { createSampleLayer } from "#devices/wristband/program/sample-layer.ts";
import { Millis, Seconds } from "#wire/units.ts";

import { createHeart } from "../physiology/beats.ts";
import type { Body } from "../physiology/body.ts";
import { createLight } from "../physiology/light.ts";
import { createMovement } from "../physiology/movement.ts";
import { createOximetry } from "../physiology/oximetry.ts";
import { type Felt, feltOf } from "./felt.ts";
import { fed, type Wearer } from "./wearer.ts";

/** How often the sensors' queues are filled: they hold half a second and more. */
const fedEvery = Millis(100);
const lightEvery = Millis(40);

/** The wearer of this seed. */
export function samplesWearer(seed: number): Wearer {
  return feltWearer(seed, () => feltOf(createMovement(seed)));
}

/** A wearer with the heart of this seed whose wrist moves otherwise, from the wristband's start on. */
export function feltWearer(seed: number, feltFrom: (start: number) => Felt): Wearer {
  return (body, start) => {
    const felt = feltFrom(start);
    const lit = createLit(seed, body, start);
    const oximetry = createOximetry(body);
    const layer = createSampleLayer();
    let fedTo = start;
    const feed = (t: number): void => {
      const span = { from: fedTo, to: start + t };
      felt(span, (sample) => layer.acceleration({ ...sample, t: sample.t - start }));
      lit(span, (at, light) => layer.light({ t: at - start, light }));
      const isSecond = Math.floor(span.to / Seconds(1)) > Math.floor(span.from / Seconds(1));
      const seen = isSecond && body.wear(span.to) === "worn" ? oximetry(span.to) : undefined;
      if (seen !== undefined) layer.oximetry({ t, ...seen });
      fedTo = span.to;
    };
    return { layer: fed(layer, { periodMs: fedEvery, feed }) };
  };
}

type Span = Parameters<Felt>[0];

/** Light at its own pace. */
function createLit(
  seed: number,
  body: Body,
  start: number,
): (span: Span, take: (t: number, light: number) => void) => void {
  const light = createLight({
    seed,
    heart: createHeart(seed, start),
    worn: (t) => body.wear(t) === "worn",
  });
  let next = start;
  return ({ to }, take) => {
    for (; next <= to; next += lightEvery) take(next, light(next));
  };
}
