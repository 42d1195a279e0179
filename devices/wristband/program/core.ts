/** What the parts of the program share. */
import type { Config } from "./config.ts";
import type { Display } from "./display.ts";
import type { BandPorts } from "./ports.ts";
import type { Scheduler } from "./scheduler.ts";
import type { BandSettings } from "./settings.ts";
import type { Speech } from "./speech.ts";
import type { Timekeeper } from "./timekeeper.ts";

export interface Core {
  readonly ports: BandPorts;
  readonly settings: BandSettings;
  readonly scheduler: Scheduler;
  readonly timekeeper: Timekeeper;
  readonly config: Config;
  readonly speech: Speech;
  readonly display: Display;
}
