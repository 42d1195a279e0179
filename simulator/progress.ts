/** One line that says how a fleet is doing. */
import { Hours, Minutes } from "#wire/units.ts";

import type { FleetStatus } from "./running-fleet.ts";

const numbers = new Intl.NumberFormat("en-GB");

/** Such as `means, 50/50 homes connected, 8,012 messages said, 8,010 received, 2 waiting, now`. */
export function progressLine(status: FleetStatus): string {
  const { fidelity, homes, connected, sent, received, refused, dropped, waiting } = status;
  return [
    fidelity,
    `${numbers.format(connected)}/${numbers.format(homes)} homes connected`,
    `${numbers.format(sent)} messages said`,
    `${numbers.format(received)} received`,
    ...(refused > 0 ? [`${numbers.format(refused)} refused`] : []),
    ...(dropped > 0 ? [`${numbers.format(dropped)} dropped`] : []),
    `${numbers.format(waiting)} waiting`,
    status.met ? "now" : `${ago(status.behind)} ago`,
  ].join(", ");
}

function ago(ms: number): string {
  return ms >= Hours(1) ? `${(ms / Hours(1)).toFixed(1)} h` : `${(ms / Minutes(1)).toFixed(0)} min`;
}
