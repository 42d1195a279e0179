/** What the watch runs at each start, before the app, which the build has it run then: see `slots.ts`. */
import { settle } from "./slots.ts";
import type { EspruinoApi, StorageApi } from "./watch.ts";

declare const E: EspruinoApi;
/** The build has it required, which a bundler would take for its own. */
declare const Storage: StorageApi;

settle(Storage, E);
