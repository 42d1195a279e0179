/** A new image over the air into the real bootloader's flash, with everything that may go wrong on the way. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import {
  firmware,
  layout,
  mainBytes,
  newBand,
  same,
  type SceneBand,
} from "#devices/wristband/bootloader/band-scene.ts";
import { boot } from "#devices/wristband/bootloader/bootloader.ts";
import { chunkBytes } from "#wire/bodies/down.ts";
import { decodeFrame } from "#wire/frames/frame.ts";
import { Minutes, Seconds } from "#wire/units.ts";

import { BandScene, createMemoryStore, type SceneOptions } from "./band-scene.ts";
import { bootReportOf } from "./boot-report.ts";
import { createFlashStaging } from "./flash-staging.ts";
import { createMeanLayer, type MeanBody } from "./mean-layer.ts";
import type { BandStore } from "./ports.ts";

const body: MeanBody = {
  wear: () => "worn",
  heartRate: () => ({ value: 70, quality: 90 }),
  spo2: () => ({ value: 96, quality: 90 }),
  steps: () => 10,
};
const old = firmware(1);
const update = firmware(2, { bodyBytes: 230 });
const image = 0xcafe;

/** A wristband with flash and store that outlive its starts. */
class Home {
  readonly flash: SceneBand = newBand(old);
  readonly store: BandStore = createMemoryStore();
  scene: BandScene;
  /** What the box has to send. */
  file = update.file;
  #seed = 1;
  readonly #options: SceneOptions;

  constructor(options: SceneOptions = {}) {
    this.#options = options;
    this.scene = this.start();
  }

  /** What a cut of power does: the bootloader, and the program from the beginning. */
  start({ deaf = false } = {}): BandScene {
    const booted = boot(this.flash);
    if (booted.kind !== "main") throw new Error("there is always an image");
    this.#seed += 1;
    const { major, minor, revision } = booted.version;
    const layer = createMeanLayer(body);
    if (deaf) layer.gravity = () => undefined;
    this.scene = new BandScene(layer, {
      ...this.#options,
      seed: this.#seed,
      store: this.store,
      staging: createFlashStaging(this.flash, booted.counter),
      settings: { firmware: `${major}.${minor}.${revision}`, boot: bootReportOf(booted) },
    });
    return this.scene;
  }

  offer(bytes = this.file.length): void {
    this.scene.tell({ kind: "update-offer", image, bytes, version: update.version });
  }

  /** All pieces from there on, as a box sends them. */
  send(from: number): void {
    for (let offset = from; offset < this.file.length; offset += chunkBytes) {
      const bytes = this.file.slice(offset, offset + chunkBytes);
      this.scene.tell({ kind: "update-chunk", image, offset, bytes });
    }
  }

  install(how: "test" | "permanent" | "forget" = "test"): void {
    this.scene.tell({ kind: "update-install", image, how });
  }

  states(): string[] {
    const said = this.scene.bodies("update").toSorted((a, b) => a.t.ms - b.t.ms);
    return said.map(({ state, code }) => (code === "" ? state : `${state} ${code}`));
  }

  /** Does as a box does until the image is staged. */
  async load(): Promise<void> {
    let answered = 0;
    for (let turns = 0; turns < 100 && !this.states().includes("staged"); turns += 1) {
      await this.scene.pass(Seconds(5));
      const wants = this.scene.bodies("update").filter(({ state }) => state === "loading");
      if (wants.length > answered) this.send(wants.at(-1)?.have ?? 0);
      answered = wants.length;
    }
  }
}

describe("WB-15: the image comes", () => {
  test("in pieces, is staged, and is what runs after the restart", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    expect(home.states()).toEqual(["clearing", "loading", "staged"]);
    home.install();
    await home.scene.pass(Seconds(5));
    expect(home.states().at(-1)).toBe("installing");
    expect(home.scene.seen.restarts).toBe(1);
    home.start();
    await home.scene.pass(Minutes(1));
    expect(home.states()).toEqual(["installed"]);
    expect(home.scene.reported("firmware/version")).toBe("2.0.0");
    expect(home.scene.reported("firmware/confirmed")).toBe(true);
    expect(home.scene.band.state.picture()).toMatchObject({ title: "MAJ OK 2.0.0" });
    expect(same(mainBytes(home.flash, update.file.length), update.file)).toBe(true);
  });

  test("H-09: through storms, lost links and restarts, and is the same to the byte", async () => {
    const weather = { loss: 0.3, duplication: 0.2, swap: 0.3, damage: 0.1 };
    const acts = fc.array(fc.constantFrom("away", "restart", "offer", "wait"), { maxLength: 5 });
    const law = fc.asyncProperty(acts, async (all) => {
      const home = new Home({ weather });
      home.offer();
      for (const act of all) {
        await home.scene.pass(Seconds(2));
        home.send(0);
        if (act === "restart") home.start();
        if (act === "offer" || act === "restart") home.offer();
        if (act === "away") home.scene.radio.move(50);
        await home.scene.pass(Seconds(3));
        home.scene.radio.move(2);
      }
      home.offer();
      await home.load();
      home.install();
      await home.scene.pass(Seconds(30));
      expect(home.scene.seen.restarts).toBe(1);
      home.start();
      await home.scene.pass(Minutes(1));
      expect(home.scene.reported("firmware/version")).toBe("2.0.0");
      expect(same(mainBytes(home.flash, update.file.length), update.file)).toBe(true);
    });
    await fc.assert(law, { numRuns: 25 });
  });

  test("one erasure or one piece at a time: nothing takes longer, and no task is missed", async () => {
    const home = new Home();
    const { flash } = home;
    let most = 0;
    let last = flash.flash.operations;
    const step = home.scene.band.step.bind(home.scene.band);
    home.scene.band.step = () => {
      step();
      most = Math.max(most, flash.flash.operations - last);
      last = flash.flash.operations;
    };
    home.offer();
    await home.load();
    expect(home.states()).toContain("staged");
    expect(most).toBeLessThanOrEqual(chunkBytes / layout.geometry.unitBytes);
    expect(home.scene.band.state.missed()).toBe(0);
  });

  test("the display says how far, in tens of a percent", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    const shown = home.scene.seen.pictures.filter(({ sign }) => sign === "update");
    expect(shown.at(0)).toMatchObject({ title: "MISE A JOUR", detail: "0 %" });
    expect(shown.at(-1)?.detail).toBe("100 %");
    expect(shown.length).toBeLessThan(12);
  });
});

describe("F11, WB-17: the image does not run", () => {
  test("one that somebody has changed is refused at the start; display and twin say so", async () => {
    const home = new Home();
    home.file = update.file.map((byte, at) => (at === 200 ? byte ^ 1 : byte));
    home.offer();
    await home.load();
    home.install();
    await home.scene.pass(Seconds(5));
    home.start();
    await home.scene.pass(Seconds(5));
    expect(home.states()).toEqual(["failed not_started"]);
    expect(home.scene.reported("firmware/version")).toBe("1.0.0");
    expect(home.scene.reported("firmware/refused")).toBe("digest");
    expect(home.scene.band.state.picture()).toMatchObject({ title: "MAJ REFUSEE sig" });
    await home.scene.press(200);
    expect(home.scene.band.state.picture()).toMatchObject({ sign: "well" });
  });

  test("one that cannot prove itself is given up, and what ran before comes back", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    home.install();
    await home.scene.pass(Seconds(5));
    home.start({ deaf: true });
    await home.scene.pass(Minutes(4));
    expect(home.scene.seen.restarts).toBe(0);
    await home.scene.pass(Minutes(2));
    expect(home.scene.seen.restarts).toBe(1);
    home.start();
    await home.scene.pass(Seconds(5));
    expect(home.scene.reported("firmware/version")).toBe("1.0.0");
    expect(home.scene.reported("firmware/lastSwap")).toBe("revert");
  });

  test("one that is too large, or comes while another is on trial, is refused", async () => {
    const home = new Home();
    home.offer(1e6);
    await home.scene.pass(Seconds(5));
    expect(home.states()).toEqual(["refused too_large"]);
    home.offer();
    await home.load();
    home.install();
    await home.scene.pass(Seconds(5));
    home.start();
    await home.scene.pass(Seconds(5));
    home.offer();
    await home.scene.pass(Seconds(5));
    expect(home.states()).toEqual(["installed", "refused unconfirmed"]);
  });

  test("one that is forgotten leaves the old one running, and another may come", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    home.install("forget");
    await home.scene.pass(Seconds(5));
    expect(home.states().at(-1)).toBe("failed forgotten");
    home.start();
    expect(home.states()).toEqual([]);
    home.offer();
    await home.load();
    expect(home.states()).toContain("staged");
  });
});

describe("a bad moment", () => {
  test("with an emergency that the box does not have, it does not restart", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    const { box } = home.scene.radio;
    const send = box.send.bind(box);
    box.send = (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame.kind !== "ack" || frame.lane !== "emergency") send(bytes);
    };
    await home.scene.press(Seconds(4));
    home.install();
    await home.scene.pass(Seconds(10));
    expect(home.states().at(-1)).toBe("staged emergency");
    expect(home.scene.seen.restarts).toBe(0);
  });

  test("nor with an empty battery, unless its cable feeds it", async () => {
    const home = new Home();
    home.offer();
    await home.load();
    home.scene.power = { level: 12, plugged: false };
    await home.scene.pass(Minutes(1));
    home.install();
    await home.scene.pass(Seconds(5));
    expect(home.states().at(-1)).toBe("staged battery_low");
    await home.scene.plug(true);
    home.install();
    await home.scene.pass(Seconds(5));
    expect(home.scene.seen.restarts).toBe(1);
  });
});
