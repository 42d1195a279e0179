/**
 * The development kit as a person uses it: the command at one end of a pair of terminals, an emulated Arduino at the
 * other, in real time.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openSerialLine, type SerialLine } from "#devices/box/modem/serial.ts";
import { sketchBaud } from "#devices/devkit/board.ts";
import { Adxl345 } from "#devices/devkit/emulator/adxl345.ts";
import { pace } from "#devices/devkit/emulator/pace.ts";
import { Uno } from "#devices/devkit/emulator/uno.ts";
import { buildSketch } from "#devices/devkit/firmware/build.ts";
import { falling } from "#devices/wristband/signals/body-scene.ts";
import { type Child, startChild } from "#platform/children.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";

import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "devkit-"));
const ends = { host: join(folder, "host"), kit: join(folder, "kit") };
let cable: Child;
let far: SerialLine;
let uno: Uno;
let fallAt = Number.POSITIVE_INFINITY;

beforeAll(async () => {
  const end = (path: string): string => `pty,raw,echo=0,link=${path}`;
  cable = startChild(["socat", end(ends.host), end(ends.kit)], { clock });
  await until(() => existsSync(ends.host) && existsSync(ends.kit), { what: "two terminals" });
  const { program } = await buildSketch(join(import.meta.dir, "../var/sketch"));
  const fall = falling({ peak: 6 });
  uno = new Uno(program, [
    new Adxl345(() => {
      const [x, y, z] = fall(Math.max(0, 5 + (uno.now() - fallAt) / 1000));
      return { x: x * 1000, y: y * 1000, z: z * 1000 };
    }),
  ]);
  far = openSerialLine({ path: ends.kit, baud: sketchBaud, clock, log: silent });
  far.listen((bytes) => uno.write(bytes));
  uno.listen((bytes) => far.write(bytes));
});

afterAll(async () => {
  await far.close();
  await cable.stop();
  rmSync(folder, { recursive: true });
});

test("a fall of the kit is told as a line of JSON, and a pulled cable ends the command", async () => {
  const pacing = pace(uno, clock);
  const command = [process.execPath, join(import.meta.dir, "devkit.ts"), "--port", ends.host];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let out = "";
  void child.stdout.pipeTo(
    new WritableStream({ write: (bytes) => void (out += new TextDecoder().decode(bytes)) }),
  );
  fallAt = uno.now() + 2500;
  await until(() => out.includes("\n"), { what: "a line" });
  const line: unknown = JSON.parse(out.split("\n")[0] ?? "");
  expect(line).toMatchObject({ kind: "suspected-fall", value: 1 });
  await cable.stop();
  expect(await child.exited).toBe(1);
  expect(await new Response(child.stderr).text()).toContain("serial-gone");
  pacing.stop();
}, 30_000);

test("the command says what it can be told", async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "devkit.ts"), "--prot", "x"], {
    ...{ stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  });
  expect(await child.exited).toBe(2);
  expect(await new Response(child.stderr).text()).toContain("--port /dev/tty…");
});
