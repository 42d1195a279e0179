/** The wristband's program on a watch: its ports, its settings, its sensors. */
import type { BandPorts } from "#devices/wristband/program/ports.ts";
import { bandNumbers } from "#devices/wristband/program/settings.ts";
import { createWristband } from "#devices/wristband/program/wristband.ts";
import { type ProfileName, profiles } from "#wire/cadence.ts";

import { listenToButtons } from "./button.ts";
import { openRadio } from "./radio.ts";
import { createScreen, type Screen } from "./screen.ts";
import { readAcceleration, readLight } from "./sensors.ts";
import { createShaking } from "./shaking.ts";
import { createStaging } from "./staging.ts";
import { createStore } from "./store.ts";
import { createWatchClock } from "./time.ts";
import { firmware } from "./version.ts";
import { createWatchLayer } from "./watch-layer.ts";
import type { Watch } from "./watch.ts";

/** What is to be known of one watch, in its file `vigie.json`. */
interface WatchFile {
  readonly serial: string;
  readonly profile: ProfileName;
}

/** A program that runs. */
export interface Band {
  /** The display is ours from now on. */
  readonly show: () => void;
}

/** Starts the program on a watch, behind whatever is in front. */
export function startBand(watch: Watch): Band {
  const { serial, profile } = readWatchFile(watch);
  const clock = createWatchClock(watch, () => band.step());
  const layer = createWatchLayer(watch.seconds);
  const screen = createScreen(watch);
  const band = createWristband(portsOf(watch, { serial, clock, screen }), {
    ...bandNumbers,
    // A body that waits takes three times its bytes here.
    limits: { ...bandNumbers.limits, routineBytes: 6 * 1024 },
    ...{ serial, firmware, layer, profile, profiles },
  });
  listenToButtons(watch, (button, down) => band.press(button, down));
  watch.onCharging(() => band.powerChanged());
  readAcceleration(watch, layer.feel);
  readLight(watch, layer.see);
  return { show: screen.show };
}

interface PortNeeds {
  readonly serial: string;
  readonly clock: BandPorts["clock"];
  readonly screen: Screen;
}

function portsOf(watch: Watch, { serial, clock, screen }: PortNeeds): BandPorts {
  const { bangle, espruino, storage } = watch;
  const radio = openRadio(watch, serial);
  radio.advertise({ pairing: false });
  return {
    clock,
    radio,
    advertise: (state) => radio.advertise(state),
    power: () => ({ level: espruino.getBattery(), plugged: bangle.isCharging() }),
    draw: screen.draw,
    buzz: createShaking(watch),
    store: createStore(storage),
    staging: createStaging(storage),
    random: () => espruino.hwRand() >>> 0,
    restart: () => espruino.reboot(),
    // The watch is flashed by its own loader, which needs nothing of us.
    recover: () => {},
  };
}

/** What the file says; without one, the serial is made of the radio's address, which no other watch has. */
function readWatchFile({ nrf, storage }: Watch): WatchFile {
  const address = nrf.getAddress().substring(0, 17).split(":").join("").toUpperCase();
  const usual: WatchFile = { serial: `B-${address}`, profile: "seed" };
  const file = storage.readJSON("vigie.json", true);
  if (typeof file !== "object" || file === null) return usual;
  return {
    serial: "serial" in file && typeof file.serial === "string" ? file.serial : usual.serial,
    profile: "profile" in file && file.profile === "dense" ? "dense" : usual.profile,
  };
}
