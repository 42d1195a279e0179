/** What every front panel promises; run on the one in memory always, and on the emulated Arduino live. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import type { Buzz, Light, Panel, Press } from "./port.ts";

/** A panel on trial, and a person before it. */
export interface PanelTrial {
  readonly panel: Panel;
  touch(isDown: boolean): void;
  /** What the light is seen to say, once that is sure. */
  shown(): Promise<Light>;
  /** What is heard until it has been silent for a while. */
  heard(): Promise<readonly Buzz[]>;
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const lights = ["well", "pairing", "fault", "emergency", "off"] as const;

/** The suite. */
export function panelContract(name: string, open: () => Promise<PanelTrial>): void {
  describe(`the ${name} panel`, () => {
    let trial: PanelTrial;
    let pressed: Press[];

    beforeEach(async () => {
      trial = await open();
      pressed = [];
      trial.panel.onPress((press) => pressed.push(press));
    });
    afterEach(() => trial.close());

    const press = async (ms: number): Promise<void> => {
      trial.touch(true);
      await trial.pass(ms);
      trial.touch(false);
      await trial.pass(200);
    };

    test("BX-04: a short press is told once, when the button is let go", async () => {
      trial.touch(true);
      await trial.pass(300);
      expect(pressed).toEqual([]);
      trial.touch(false);
      await trial.pass(200);
      expect(pressed).toEqual(["short"]);
    });

    test("a long press is told once, while the button is held", async () => {
      trial.touch(true);
      await trial.pass(3300);
      expect(pressed).toEqual(["long"]);
      await trial.pass(500);
      trial.touch(false);
      await trial.pass(200);
      expect(pressed).toEqual(["long"]);
      await press(200);
      expect(pressed).toEqual(["long", "short"]);
    });

    test("only the last who asked is told of a press", async () => {
      const later: Press[] = [];
      trial.panel.onPress((told) => later.push(told));
      await press(200);
      expect({ pressed, later }).toEqual({ pressed: [], later: ["short"] });
    });

    test("the light shows the last state said, whatever it showed before", async () => {
      expect(await trial.shown()).toBe("off");
      for (const state of lights) {
        trial.panel.light("emergency");
        trial.panel.light(state);
        expect(await trial.shown()).toBe(state);
      }
    });

    test("each pattern is heard once, and is known from the others", async () => {
      for (const pattern of ["accepted", "refused", "warning", "emergency"] as const) {
        trial.panel.buzz(pattern);
        expect(await trial.heard()).toEqual([pattern]);
      }
    });

    test("a closed panel is dark and silent, and tells nothing", async () => {
      trial.panel.light("well");
      await trial.panel.close();
      trial.panel.light("emergency");
      trial.panel.buzz("emergency");
      await press(200);
      expect(await trial.shown()).toBe("off");
      expect(await trial.heard()).toEqual([]);
      expect(pressed).toEqual([]);
    });
  });
}
