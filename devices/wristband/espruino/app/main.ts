/**
 * What the watch runs: in the background from its start on, and in front when it is the app.
 *
 * Starting another app makes the watch forget everything and start again, this program included.
 */
import type { Wristband } from "#devices/wristband/program/wristband.ts";

import { startBand } from "./band.ts";
import { slots } from "./slots.ts";
import type {
  AccelEvent,
  BangleApi,
  EspruinoApi,
  GraphicsApi,
  LightEvent,
  NrfApi,
  PinEvent,
  StorageApi,
  TouchEvent,
  Watch,
} from "./watch.ts";

/** The watch's own names, in its own words. */
declare const Bangle: BangleApi & {
  on(event: "accel", take: (event: AccelEvent) => void): void;
  on(event: "HRM-raw", take: (event: LightEvent) => void): void;
  on(event: "charging", take: (charging: boolean) => void): void;
  on(event: "touch", take: (side: number, event: TouchEvent) => void): void;
};
declare const NRF: NrfApi & { on(event: "security" | "disconnect", take: () => void): void };
declare const Storage: StorageApi;
declare const E: EspruinoApi;
declare const g: GraphicsApi;
declare const BTN1: unknown;
declare const global: { vigie?: Wristband; [name: string]: unknown };
declare function getTime(): number;
declare function setTimeout(run: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;
declare function setWatch(
  take: (event: PinEvent) => void,
  pin: unknown,
  options: { repeat: boolean; edge: "both"; debounce: number },
): void;

/** Where the watch says which app it has in front. */
const file = "__FILE__";

const watch: Watch = {
  bangle: Bangle,
  nrf: NRF,
  storage: Storage,
  espruino: E,
  graphics: g,
  seconds: getTime,
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  onButton: (take) => setWatch(take, BTN1, { repeat: true, edge: "both", debounce: 20 }),
  onAcceleration: (take) => Bangle.on("accel", take),
  onLight: (take) => Bangle.on("HRM-raw", take),
  onTouch: (take) => Bangle.on("touch", (_side, event) => take(event)),
  onCharging: (take) => Bangle.on("charging", take),
  onSecurity: (take) => NRF.on("security", take),
  onDisconnect: (take) => NRF.on("disconnect", take),
};

if (global.vigie === undefined) {
  global.vigie = startBand(watch, () => global[file] === slots.runs);
}
