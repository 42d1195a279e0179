/**
 * What the watch runs, once: from its start on, whatever is in front. The build has the display shown when it is us.
 *
 * Starting another app makes the watch forget everything and start again, this program included.
 */
import { type Band, startBand } from "./band.ts";
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
declare const global: { vigie?: Band };
declare function getTime(): number;
declare function setTimeout(run: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;
declare function setWatch(
  take: (event: PinEvent) => void,
  pin: unknown,
  options: { repeat: boolean; edge: "both"; debounce: number },
): void;

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

global.vigie = startBand(watch);
