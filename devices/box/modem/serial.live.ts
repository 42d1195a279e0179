/**
 * The box's modem driver on a real serial line: a pair of terminals made by `socat` with an emulated modem at
 * the other end. Pulling it out is killing the pair.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Child, startChild, startPipedChild } from "#platform/children.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent } from "#platform/log.ts";
import { realRandom as random } from "#platform/random/real.ts";
import { Millis } from "#wire/units.ts";

import { until } from "../../../scripts/until.ts";
import { EmulatedModem } from "./emulated.ts";
import { type Modem, openModem } from "./modem.ts";
import { openSerialLine, type SerialLine } from "./serial.ts";

const folder = mkdtempSync(join(tmpdir(), "serial-"));
const ends = { box: join(folder, "box"), modem: join(folder, "modem") };
const faults: string[] = [];
const device = new EmulatedModem(clock);
device.sins = { confirmAfter: Millis(50), chunk: 7 };
let pair: Child;
let line: SerialLine;
let far: SerialLine;
let modem: Modem;

async function plugIn(): Promise<void> {
  const end = (path: string): string => `pty,raw,echo=0,link=${path}`;
  pair = startChild(["socat", end(ends.box), end(ends.modem)], { clock });
  await until(() => existsSync(ends.box) && existsSync(ends.modem), { what: "two terminals" });
}

beforeAll(async () => {
  await plugIn();
  far = openSerialLine({ path: ends.modem, clock, log: silent });
  far.listen((bytes) => device.write(bytes));
  device.listen((bytes) => far.write(bytes));
  line = openSerialLine({
    ...{ path: ends.box, clock, log: silent },
    changed: (fault) => faults.push(fault?.code ?? "none"),
  });
  modem = openModem({ line, clock, random, log: silent });
});

afterAll(async () => {
  modem.close();
  await Promise.all([line.close(), far.close()]);
  await pair.stop();
  rmSync(folder, { recursive: true });
});

const sms = { rank: "emergency", number: "+33601020304" } as const;

test("an SMS with accents reaches the network over the line, in as many parts as it needs", async () => {
  const text =
    "Chute détectée chez Élise, à 14 h 02. Appelez-la, ou le 15 si elle ne répond pas. ÀÉÎÕÜ";
  const outcome = await modem.send({ ...sms, id: "e1", text });
  expect(outcome).toEqual({ kind: "sent", attempts: 1 });
  expect(device.delivered.map((part) => part.text).join("")).toBe(text);
  expect(device.delivered).toHaveLength(2);
});

test("F18: a modem that is pulled out is a typed fault, and what waits goes when it is back", async () => {
  await pair.stop();
  await until(() => line.fault?.code === "serial-gone", { what: "the fault" });
  const outcome = modem.send({ ...sms, id: "e2", text: "débranché" });
  await until(() => modem.status.fault === "modem_silent", { what: "the modem's own fault" });
  await plugIn();
  expect((await outcome).kind).toBe("sent");
  expect(device.delivered.at(-1)?.text).toBe("débranché");
  expect(line.fault).toBeUndefined();
  expect(faults).toEqual(["serial-gone", "none"]);
}, 30_000);

test("a line that is closed leaves no child", async () => {
  const pids: number[] = [];
  const start: typeof startPipedChild = (...how) => {
    const child = startPipedChild(...how);
    pids.push(child.pid);
    return child;
  };
  await openSerialLine({ path: ends.box, clock, log: silent, start }).close();
  expect(pids).toHaveLength(1);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
