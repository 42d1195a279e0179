/**
 * The front panel on our sketch's own machine code, in an emulated Arduino at the pace of the real clock: Johnny-Five
 * waits in real time.
 */
import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

import { pace } from "#devices/devkit/emulator/pace.ts";
import { Uno } from "#devices/devkit/emulator/uno.ts";
import { buildSketch } from "#devices/devkit/firmware/build.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";

import { until } from "../../../scripts/until.ts";
import { pins } from "./arduino.ts";
import { panelContract, type PanelTrial } from "./contract.ts";
import { openPanel } from "./johnny-five.ts";
import { createEar, createEye } from "./panel-scene.ts";

let program: Uint8Array;

beforeAll(async () => {
  ({ program } = await buildSketch(join(import.meta.dir, "../../../var/sketch")));
});

/** A panel whose board has answered. */
async function openTrial(): Promise<PanelTrial & { readonly uno: Uno }> {
  const uno = new Uno(program);
  uno.drive(pins.button, true);
  const pacing = pace(uno, clock);
  const eye = createEye(uno);
  const ear = createEar(uno);
  const panel = openPanel({ line: uno, clock, log: silent });
  await until(() => uno.isPulledUp(pins.button), { what: "the button's pin" });
  const told = async <T>(sense: (since: number) => T | undefined): Promise<T> => {
    const since = uno.now();
    let sensed: T | undefined;
    await until(() => (sensed = sense(since)) !== undefined, { what: "an impression" });
    return sensed as T;
  };
  return {
    uno,
    panel,
    touch: (isDown) => uno.drive(pins.button, !isDown),
    shown: () => told(eye),
    heard: () => told(ear),
    pass: async (ms) => {
      const end = uno.now() + ms;
      await until(() => uno.now() >= end, { what: "time to pass" });
    },
    close: async () => {
      await panel.close();
      pacing.stop();
    },
  };
}

panelContract("Johnny-Five", openTrial);

test("a board that begins anew shows the last state again", async () => {
  const trial = await openTrial();
  trial.panel.light("well");
  expect(await trial.shown()).toBe("well");
  trial.uno.reset();
  await until(async () => (await trial.shown()) === "well", { what: "the light" });
  await trial.close();
}, 20_000);

test("a board that hears no more of the box goes dark", async () => {
  const trial = await openTrial();
  trial.panel.light("well");
  expect(await trial.shown()).toBe("well");
  // The box has died: nobody writes, and time passes.
  trial.uno.write = () => undefined;
  trial.uno.advance(16_000);
  expect(await trial.shown()).toBe("off");
  await trial.close();
}, 20_000);
