/**
 * F14: the box's own program is killed (SIGKILL) at 200 random moments while its wristband talks. What the wristband saw
 * acknowledged is on the disk, each once. Two homes at once, so that it takes half as long.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { realClock } from "#platform/clock/real.ts";
import { realRandom } from "#platform/random/real.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { SocketBand } from "./band/socket-band.ts";
import { bundleProgram, faultsOf, makeLiveHome } from "./live-home.ts";

const kills = 100;
const folder = mkdtempSync(join(tmpdir(), "box-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the box, and kills it: as it starts now and then, as a rule while the wristband talks. */
async function liveAndDie(command: readonly string[], band: SocketBand): Promise<void> {
  const before = band.acknowledged.routine.size;
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "ignore", stderr: "ignore" });
  const deadline = realClock.monotonic() + Seconds(10);
  const isEarly = realRandom.next() < 0.2;
  const hasTalked = (): boolean => isEarly || band.acknowledged.routine.size > before;
  while (!hasTalked()) {
    if (realClock.monotonic() > deadline) throw new Error("the box never heard its wristband");
    await realClock.sleep(Millis(2));
  }
  await realClock.sleep(Millis(realRandom.integer({ low: 0, high: isEarly ? 200 : 40 })));
  child.kill("SIGKILL");
  await child.exited;
}

test("F14, BX-17, WB-38: kill -9 at 200 moments loses no frame that was acknowledged, and keeps none twice", async () => {
  const program = await bundleProgram(folder);
  const homes = ["one", "two"].map(async (name) => {
    const home = makeLiveHome(join(folder, name));
    const band = new SocketBand({ clock: realClock, start: realClock.now() - Minutes(60) });
    band.listen(home.socket);
    const command = [process.execPath, program, "--config", home.config, "--program"];
    for (let life = 0; life < kills; life += 1) await liveAndDie(command, band);
    band.stop();
    const stored = home.stored({ clock: realClock, random: realRandom });
    expect(faultsOf(band, stored)).toEqual({ lost: [], twice: [] });
    expect(band.acknowledged.routine.size).toBeGreaterThan(kills);
    expect(band.acknowledged.emergency.size).toBeGreaterThan(kills / 20);
  });
  await Promise.all(homes);
}, 120_000);
