/** Where things go: what the layer reports, what the box says, what a press of the button means. */
import type { Report } from "#devices/wristband/signals/report.ts";
import type { DownBody } from "#wire/bodies/down.ts";

import type { Alarms } from "./alarms.ts";
import type { Core } from "./core.ts";
import type { Orders } from "./orders.ts";
import type { Post } from "./post.ts";
import type { PowerWatch } from "./power-watch.ts";
import type { Update } from "./update.ts";
import type { Wishes } from "./wishes.ts";
import type { Wrist } from "./wrist.ts";

/** A report of the layer goes where it belongs. */
export function sort({ alarms, wrist }: { alarms: Alarms; wrist: Wrist }, report: Report): void {
  switch (report.kind) {
    case "heart-rate":
    case "spo2":
    case "steps":
      wrist.reading(report);
      break;
    case "gap":
      wrist.gap(report);
      break;
    case "wear":
      wrist.worn(report);
      break;
    case "cardiac":
    case "respiratory":
      alarms.emergency(report);
      break;
    case "suspected-fall":
    case "fall":
    case "dismissed-fall":
      alarms.fall(report);
  }
}

/** What a short press means now. */
export function answerPress(
  { display, settings }: Core,
  { alarms, orders }: { alarms: Alarms; orders: Orders },
  t: number,
): void {
  if (alarms.asking()) {
    settings.layer.dismiss();
    return;
  }
  if (orders.found(t)) return;
  if (alarms.calling()) alarms.hang();
  display.clear("error");
  display.clear("news");
}

/** Why it must not restart now. */
export function objectionOf({
  alarms,
  post,
  power,
}: {
  alarms: Alarms;
  post: Post;
  power: PowerWatch;
}): string | undefined {
  if (alarms.asking() || post.waiting("emergency") > 0) return "emergency";
  const { level, plugged } = power.power();
  return plugged || level >= installBattery ? undefined : "battery_low";
}

/** Percent; an exchange of images and a restart need less than one. */
const installBattery = 20;

/** Who hears the box. */
export interface Hearers {
  readonly orders: Orders;
  readonly update: Update;
  readonly wishes: Wishes;
}

/** What the box says goes where it belongs. */
export function hear(
  core: Core,
  hearers: Hearers,
  { body, now }: { body: DownBody; now: number },
): void {
  const { orders, update, wishes } = hearers;
  switch (body.kind) {
    case "time":
      setClock(core, body.now, now);
      break;
    case "desired":
      wishes.take(body, now);
      break;
    case "command":
      orders.take(body, now);
      break;
    case "update-offer":
      update.offered(body, now);
      break;
    case "update-chunk":
      update.chunk(body, now);
      break;
    case "update-install":
      update.install(body, now);
  }
}

function setClock({ speech, timekeeper }: Core, wall: number, now: number): void {
  const first = timekeeper.wall(now) === undefined;
  timekeeper.told(wall, now);
  speech.clock(now, wall);
  if (first) speech.report(now, [{ path: "clock/synchronised", value: true }]);
}
