/**
 * Goal: the wristband's own program and the box's radio understand each other, buttons, bond and all. Method:
 * the program runs on the real clock, with a body of means, before a fake BlueZ on a real bus.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";

import { type Courier, openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import { createMeanLayer } from "#devices/wristband/program/mean-layer.ts";
import type { BandClock, BandPorts } from "#devices/wristband/program/ports.ts";
import { bandNumbers } from "#devices/wristband/program/settings.ts";
import { createWristband, type Wristband } from "#devices/wristband/program/wristband.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { silent as log } from "#platform/log.ts";
import { encodeDown } from "#wire/bodies/down.ts";
import type { BandReading, UpBody } from "#wire/bodies/up-body.ts";
import { decodeUp } from "#wire/bodies/up.ts";
import { FrameSender } from "#wire/frames/sender.ts";
import { Millis } from "#wire/units.ts";

import { until } from "../../../../scripts/until.ts";
import type { BandConnection } from "../port.ts";
import { addFakeBand, type FakeBand } from "./fake-band.ts";
import { type FakeBlueZ, openFakeBlueZ } from "./fake-bluez.ts";
import { type PrivateBus, startPrivateBus } from "./private-bus.ts";
import { openBlueZRadio } from "./radio.ts";

setDefaultTimeout(20_000);

const address = "C4:3D:00:00:00:01";
const radio = openBlueZRadio({ clock, log });
const heard: Exclude<UpBody, { kind: "refused" }>[] = [];
const inbox = createInbox(({ body }) => {
  const said = decodeUp(body);
  if (said.kind !== "refused") heard.push(said);
});
let bus: PrivateBus;
let bluez: FakeBlueZ;
let band: FakeBand;
let wristband: Wristband;
let connection: BandConnection;
let courier: Courier;

/** A body at rest, told every second: hours in a few seconds. */
const second = { window: 1000 };
const plan = { heartRate: second, spo2: second, steps: second, contact: 1000 };
let windowsOver = 0;
const layer = createMeanLayer({
  wear: () => "worn",
  heartRate: () => ({ value: 64, quality: 95 }),
  spo2: () => ({ value: 97, quality: 95 }),
  steps: () => (windowsOver += 1),
});

/** The host's clock, from the wristband's start on. */
function startClock(step: () => void): BandClock {
  const start = clock.monotonic();
  const now = (): number => Math.floor(clock.monotonic() - start);
  let timer = clock.after(Millis(0), "wristband", () => undefined);
  const wake = (at: number): void => {
    timer.cancel();
    timer = clock.after(Millis(Math.max(0, at - now())), "wristband", step);
  };
  return { now, wake };
}

function startWristband(): Wristband {
  const memory = new Map<string, Uint8Array>();
  const nothing = (): void => undefined;
  const ports: BandPorts = {
    clock: startClock(() => wristband.step()),
    radio: band.end,
    advertise: ({ pairing }) => band.pair(pairing),
    power: () => ({ level: 80, plugged: false }),
    ...{ draw: nothing, buzz: nothing, restart: nothing, recover: nothing },
    store: { read: (name) => memory.get(name), write: (name, bytes) => memory.set(name, bytes) },
    staging: {
      ...{ judge: () => undefined, clear: () => true, write: () => "staged", request: nothing },
      ...{ confirmed: () => true, confirm: nothing },
    },
    random: () => 7,
  };
  return createWristband(ports, {
    ...bandNumbers,
    ...{ serial: "B-1", firmware: "1.5.0", layer, profile: "test", profiles: { test: plan } },
    button: { longMs: 100 },
  });
}

async function connect(): Promise<void> {
  connection = await radio.connect(address);
  courier = openCourier({ clock, end: connection, sender: new FrameSender(9), inbox });
  courier.offer("routine", encodeDown({ kind: "time", now: clock.now() }));
}

beforeAll(async () => {
  bus = await startPrivateBus(clock);
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address;
  bluez = await openFakeBlueZ(clock, bus.address);
  band = addFakeBand(bluez, { serial: "B-1", address });
  wristband = startWristband();
});
afterAll(async () => {
  courier.close();
  await connection.close();
  bluez.close();
  await bus.stop();
});

test("BX-04: the wristband's button opens its window, and the bond and the link are made", async () => {
  let pairing = false;
  const scan = radio.scan((seen) => (pairing = seen.pairing));
  await until(() => bluez.listeners > 0, { what: "a scan" });
  wristband.press("pair", true);
  wristband.press("pair", false);
  await until(() => pairing, { what: "an open window" });
  scan.stop();
  expect(await radio.bond(address)).toEqual({ kind: "bonded" });
  await connect();
  const isKnown = (): boolean =>
    heard.some((body) => body.kind === "reported") && heard.some((body) => body.kind === "clock");
  await until(isKnown, { what: "what it is, and its clock" });
});

test("WB-37: a call for help is at the box, acknowledged, while a third of all is lost", async () => {
  let told = 0;
  bluez.loses = () => (told += 1) % 3 === 0;
  wristband.press("call", true);
  const calls = (): unknown[] => heard.filter((body) => body.kind === "event");
  await until(() => calls().length > 0, { what: "the call" });
  wristband.press("call", false);
  expect(calls()).toMatchObject([{ event: "sos", number: 1, cause: "button" }]);
  await until(() => wristband.state.waiting("emergency") === 0, { what: "its acknowledgement" });
  bluez.loses = () => false;
});

test("WB-38: every window of a time out of reach arrives, once and in one piece", async () => {
  const windows = (): BandReading[] =>
    heard
      .flatMap((body) => (body.kind === "readings" ? body.readings : []))
      .filter(({ metric }) => metric === "steps")
      .toSorted((a, b) => a.t - b.t);
  bluez.move(address, false);
  await until(() => !connection.up, { what: "the end of the link" });
  courier.close();
  const before = windowsOver;
  await until(() => windowsOver > before + 2, { what: "windows that are over" });
  expect(windows().length).toBeLessThanOrEqual(before);
  bluez.move(address, true);
  await connect();
  await until(() => windows().length >= before + 3, { what: "what was measured" });
  const all = windows();
  expect(all.map(({ value }) => value)).toEqual(all.map((_, index) => index + 1));
  expect(all.slice(1).map(({ t, window }) => t - window)).toEqual(
    all.slice(0, -1).map(({ t }) => t),
  );
});
