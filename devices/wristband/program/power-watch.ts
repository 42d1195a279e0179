/**
 * The battery and the cable: what the wearer must be told, and what the box must know.
 *
 * running ─ cable ─▶ charging ─ no cable ─▶ running;  cable with the button held ─▶ recovery, until a restart
 * @source catalogue WB-04, WB-06, WB-19, WB-20; spec/clinical.md F07
 */
import type { Leaf } from "#wire/bodies/leaf.ts";

import type { Core } from "./core.ts";
import type { BandPower } from "./ports.ts";

/** What its power makes of the wristband. */
export type PowerMode = "running" | "charging" | "recovery";

export interface PowerWatch {
  mode(): PowerMode;
  /** As it was last looked at. */
  power(): BandPower;
  /** All that is known, for a report at the start. */
  leaves(): readonly Leaf[];
  /** The cable was put in or taken out. */
  changed(): void;
}

/** Watches; `held` says whether the call button is down. */
export function createPowerWatch(core: Core, held: () => boolean): PowerWatch {
  const { display, ports, scheduler, settings, speech } = core;
  const { everyMs, low, hysteresis, last } = settings.battery;
  let power = ports.power();
  let mode: PowerMode = power.plugged ? "charging" : "running";
  const isLow = createLatch({ level: low, hysteresis });
  const isLast = createLatch({ level: last, hysteresis });

  const leaves = (): readonly Leaf[] => [
    { path: "power/battery", value: Math.round(power.level) },
    { path: "power/charging", value: power.plugged },
  ];
  const tell = (t: number): void => speech.report(t, leaves());
  const plug = (now: number): void => {
    if (power.plugged && held()) {
      display.show("recovery", "SECOURS", "CABLE");
      speech.report(now, [{ path: "power/mode", value: "recovery" }]);
      rescue.wake(now + settings.update.farewellMs);
      return;
    }
    mode = power.plugged ? "charging" : "running";
    if (power.plugged) display.show("charging", "EN CHARGE");
    else display.clear("charging");
    tell(now);
  };
  const warn = (now: number): void => {
    if (isLow.sinks(power)) {
      speech.event({ t: now, event: "low_battery", cause: "battery", quality: 100 });
      tell(now);
    }
    if (isLast.sinks(power)) {
      speech.event({ t: now, event: "power_lost", cause: "battery", quality: 100 });
    }
    const critical = power.level <= settings.battery.critical;
    if (power.plugged || !isLow.set()) display.clear("low");
    else display.show("low", critical ? "PILE TRES FAIBLE" : "PILE FAIBLE", "A CHARGER");
  };
  const look = (now: number): void => {
    const was = power.plugged;
    power = ports.power();
    display.power(power);
    if (power.plugged !== was) plug(now);
    warn(now);
  };
  const rescue = scheduler.add({
    name: "recovery",
    periodMs: 0,
    run: () => {
      mode = "recovery";
      ports.recover();
      return false;
    },
  });
  const turn = scheduler.add({
    name: "power",
    periodMs: everyMs,
    run: (now) => {
      look(now);
      return false;
    },
  });
  turn.wake(0);
  display.power(power);
  if (mode === "charging") display.show("charging", "EN CHARGE");
  return { mode: () => mode, power: () => power, leaves, changed: () => turn.wake(0) };
}

/** Set when the level has sunk without a cable, until it is well above again: so a thing is said once. */
function createLatch(at: { readonly level: number; readonly hysteresis: number }): {
  /** Whether this power has just set it. */
  sinks(power: BandPower): boolean;
  set(): boolean;
} {
  let set = false;
  return {
    set: () => set,
    sinks: ({ level, plugged }) => {
      if (level > at.level + at.hysteresis) set = false;
      if (set || plugged || level > at.level) return false;
      set = true;
      return true;
    },
  };
}
