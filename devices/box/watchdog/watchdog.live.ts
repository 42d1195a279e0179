/** BX-02, BX-28: the box's own program is killed, and then stopped in mid-work; it comes back, and nothing is lost. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Child, startPipedChild } from "#platform/children.ts";
import { realClock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { realRandom } from "#platform/random/real.ts";
import { type Duration, Millis, Minutes, Seconds } from "#wire/units.ts";

import { SocketBand } from "../band/socket-band.ts";
import { bundleProgram, faultsOf, makeLiveHome } from "../live-home.ts";
import { openWatchdog } from "./watchdog.ts";

const folder = mkdtempSync(join(tmpdir(), "box-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("BX-02, BX-28: a box that died and one that hangs are running again, with all they had", async () => {
  const program = await bundleProgram(folder);
  const home = makeLiveHome(join(folder, "home"));
  const band = new SocketBand({ clock: realClock, start: realClock.now() - Minutes(60) });
  band.listen(home.socket);
  const children: Child[] = [];
  const dog = openWatchdog({
    ...{ name: "box", clock: realClock, random: realRandom, log: silent },
    // The program speaks every 5 s; 40 s of patience would make a slow test.
    silentMost: Seconds(7),
    start: (alive) => {
      const command = [process.execPath, program, "--config", home.config, "--program"];
      const child = startPipedChild(command, { clock: realClock, receive: alive });
      children.push(child);
      return child;
    },
  });
  const heard = (): number => band.acknowledged.routine.size;
  const hearsMore = async (within: Duration): Promise<void> => {
    const [before, deadline] = [heard(), realClock.monotonic() + within];
    while (heard() === before) {
      expect(realClock.monotonic()).toBeLessThan(deadline);
      await realClock.sleep(Millis(20));
    }
  };
  await hearsMore(Seconds(10));
  process.kill(children[0]!.pid, "SIGKILL");
  await children[0]!.exited;
  await hearsMore(Seconds(10));
  process.kill(children[1]!.pid, "SIGSTOP");
  // What was said before it stopped is still being read.
  await realClock.sleep(Millis(200));
  await hearsMore(Seconds(30));
  expect(children).toHaveLength(3);
  await dog.stop();
  band.stop();
  const stored = home.stored({ clock: realClock, random: realRandom });
  expect(faultsOf(band, stored)).toEqual({ lost: [], twice: [] });
}, 60_000);
