/**
 * Goal: the box's radio through the real library, over a real bus, against a BlueZ that misbehaves. Method: the
 * wristband's half is the real courier and sender; what is fake is the controller and the air.
 */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";

import { type Courier, openCourier } from "#devices/link/courier.ts";
import { createInbox } from "#devices/link/inbox.ts";
import { createVirtualClock } from "#platform/clock/memory.ts";
import { realClock as clock } from "#platform/clock/real.ts";
import { failureOf } from "#platform/failure.ts";
import { silent as log } from "#platform/log.ts";
import { type Lane } from "#wire/frames/frame.ts";
import { bandLimits, FrameSender } from "#wire/frames/sender.ts";
import { Instant, Seconds } from "#wire/units.ts";

import { until } from "../../../../scripts/until.ts";
import type { BandConnection, SeenBand } from "../port.ts";
import { addFakeBand, type FakeBand } from "./fake-band.ts";
import { type FakeBlueZ, openFakeBlueZ } from "./fake-bluez.ts";
import { type PrivateBus, startPrivateBus } from "./private-bus.ts";
import { openBlueZRadio } from "./radio.ts";

setDefaultTimeout(20_000);

const [ours, clones] = ["C4:3D:00:00:00:01", "C4:3D:00:00:00:66"];
const radio = openBlueZRadio({ clock, log });
let bus: PrivateBus;
let bluez: FakeBlueZ;
let band: FakeBand;

beforeAll(async () => {
  bus = await startPrivateBus(clock);
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address;
});
afterAll(() => bus.stop());
beforeEach(async () => {
  bluez = await openFakeBlueZ(clock, bus.address);
  band = addFakeBand(bluez, { serial: "B-1", address: ours });
});
afterEach(() => bluez.close());

/** Listens until somebody is heard of whom it is so. */
async function see(is: (one: SeenBand) => boolean): Promise<SeenBand> {
  let found: SeenBand | undefined;
  const scan = radio.scan((one) => {
    if (is(one)) found ??= one;
  });
  await until(() => found !== undefined, { what: "a wristband that is seen" });
  scan.stop();
  await until(() => bluez.listeners === 0, { what: "a scan that has stopped" });
  return found!;
}

async function bond(): Promise<void> {
  band.pair(true);
  await see(({ pairing }) => pairing);
  expect(await radio.bond(ours)).toEqual({ kind: "bonded" });
  band.pair(false);
}

/** One side of a conversation, over whatever link there is; and what it has heard. */
class Talk {
  readonly heard: string[] = [];
  readonly sender: FrameSender;
  readonly #inbox = createInbox(({ body }) => this.heard.push(new TextDecoder().decode(body)));
  #courier: Courier | undefined;

  constructor(epoch: number) {
    const resendAfter = { emergency: 100, routine: 200 };
    this.sender = new FrameSender(epoch, { ...bandLimits, resendAfter });
  }

  over(end: Parameters<typeof openCourier>[0]["end"]): void {
    this.#courier?.close();
    this.#courier = openCourier({ clock, end, sender: this.sender, inbox: this.#inbox });
  }

  say(lane: Lane, text: string): void {
    this.#courier?.offer(lane, new TextEncoder().encode(text));
  }

  close(): void {
    this.#courier?.close();
  }
}

/** Both sides, connected. */
async function talk(): Promise<{ band: Talk; box: Talk; connection: BandConnection }> {
  const sides = { band: new Talk(7), box: new Talk(8) };
  sides.band.over(band.end);
  const connection = await radio.connect(ours);
  sides.box.over(connection);
  return { ...sides, connection };
}

const numbered = (word: string): string[] =>
  Array.from({ length: 40 }, (_, index) => `${word} ${String(index).padStart(2, "0")}`);

test("a wristband is seen with its serial and its window; a cuff and a stranger's name are not", async () => {
  addFakeBand(bluez, { serial: "X-1", address: "C4:3D:00:00:00:02" });
  addFakeBand(bluez, { serial: "a telephone", address: "C4:3D:00:00:00:03" });
  const seen: SeenBand[] = [];
  const scan = radio.scan((one) => seen.push(one));
  await until(() => seen.length > 2, { what: "sightings" });
  band.pair(true);
  await until(() => seen.at(-1)?.pairing === true, { what: "an open window" });
  scan.stop();
  expect(new Set(seen.map(({ address }) => address))).toEqual(new Set([ours]));
  expect(seen[0]).toMatchObject({ serial: "B-1", signal: -60, pairing: false });
});

test("BX-04: a bond is made while the wristband's window is open, and stays until it is given up", async () => {
  await see(() => true);
  expect(await radio.bond(ours)).toEqual({ kind: "refused", why: "AuthenticationRejected" });
  expect(await radio.bonds()).toEqual([]);
  expect(await failureOf(radio.connect(ours))).toMatchObject({ code: "band-unreachable" });
  await bond();
  expect(await radio.bonds()).toEqual([ours]);
  expect(await radio.bond(ours)).toEqual({ kind: "bonded" });
  expect(bluez.connected).toEqual([]);
  await radio.forget(ours);
  await radio.forget(ours);
  expect(await radio.bonds()).toEqual([]);
});

test("WB-38: all that both sides say arrives once, though a third of it is lost on the way", async () => {
  await bond();
  let told = 0;
  bluez.loses = () => (told += 1) % 3 === 0;
  const { band: wrist, box, connection } = await talk();
  for (const text of numbered("routine")) wrist.say("routine", text);
  wrist.say("emergency", "fall");
  for (const text of numbered("time")) box.say("routine", text);
  const isDone = (): boolean => wrist.sender.waiting + box.sender.waiting === 0;
  await until(isDone, { what: "everything acknowledged" });
  expect(box.heard.toSorted()).toEqual(["fall", ...numbered("routine")].toSorted());
  expect(wrist.heard.toSorted()).toEqual(numbered("time"));
  await connection.close();
  expect(bluez.connected).toEqual([]);
  expect(connection.up).toBe(false);
});

test("WB-24: what is said out of reach arrives over the next link, once, the emergency first", async () => {
  await bond();
  const { band: wrist, box, connection } = await talk();
  const changes: boolean[] = [];
  wrist.say("routine", "before");
  await until(() => box.heard.length === 1, { what: "the first body" });
  connection.onLink((up) => changes.push(up));
  bluez.move(ours, false);
  await until(() => changes.length > 0, { what: "the end of the link" });
  expect(changes).toEqual([false]);
  expect(await failureOf(radio.connect(ours))).toMatchObject({
    ...{ code: "band-unreachable", retry: "safe" },
  });
  for (const text of numbered("away")) wrist.say("routine", text);
  wrist.say("emergency", "fall");
  bluez.move(ours, true);
  const again = await radio.connect(ours);
  box.over(again);
  await until(() => wrist.sender.waiting === 0, { what: "everything acknowledged" });
  expect(box.heard[1]).toBe("fall");
  expect(box.heard.toSorted()).toEqual([...numbered("away"), "before", "fall"].toSorted());
  await again.close();
});

test("F13: a clone is told by its address, and a forger at the true address is not let in", async () => {
  await bond();
  addFakeBand(bluez, { serial: "B-1", address: clones });
  const clone = await see(({ address }) => address !== ours);
  expect(clone).toMatchObject({ serial: "B-1", address: clones });
  expect(await failureOf(radio.connect(clones))).toMatchObject({ code: "band-unreachable" });
  expect(await radio.bonds()).toEqual([ours]);
  addFakeBand(bluez, { serial: "B-1", address: ours });
  expect(await failureOf(radio.connect(ours))).toMatchObject({ code: "band-unreachable" });
});

test("a wristband that was reset is bonded with anew, when both windows are open again", async () => {
  await bond();
  band.peripheral.holdsKey = false;
  expect(await radio.bond(ours)).toEqual({ kind: "refused", why: "AuthenticationRejected" });
  await bond();
  expect(await radio.bonds()).toEqual([ours]);
  const connection = await radio.connect(ours);
  await connection.close();
});

test("without an adapter, or with one that is off, every question is answered by radio-unreachable", async () => {
  await bond();
  const connection = await radio.connect(ours);
  for (const mishap of [() => bluez.unplug(), () => bluez.power(false)]) {
    mishap();
    const asked = [radio.connect(ours), radio.bond(ours), radio.bonds(), radio.forget(ours)];
    for (const failure of await Promise.all(asked.map(failureOf))) {
      expect(failure).toMatchObject({ code: "radio-unreachable", retry: "safe" });
    }
    bluez.plugIn();
  }
  expect(connection.up).toBe(false);
  const back = await radio.connect(ours);
  await back.close();
});

test("a scan goes on when the adapter comes back, and a BlueZ that dies in silence ends its links", async () => {
  await bond();
  const connection = await radio.connect(ours);
  addFakeBand(bluez, { serial: "B-2", address: "C4:3D:00:00:00:02" });
  let seen = 0;
  const scan = radio.scan(() => (seen += 1));
  await until(() => seen > 0, { what: "a first sighting" });
  bluez.close();
  await until(() => !connection.up, { what: "the end of the link" });
  expect(await failureOf(radio.bonds())).toMatchObject({ code: "radio-unreachable" });
  bluez = await openFakeBlueZ(clock, bus.address);
  addFakeBand(bluez, { serial: "B-2", address: "C4:3D:00:00:00:02" });
  seen = 0;
  await until(() => seen > 0, { what: "a sighting by the new one" });
  scan.stop();
  await until(() => bluez.listeners === 0, { what: "a scan that has stopped" });
});

test("a BlueZ that answers nothing is given up in time", async () => {
  await bond();
  bluez.silent = true;
  const slow = createVirtualClock({ start: Instant(1_700_000_000_000) });
  let failure: unknown;
  void failureOf(openBlueZRadio({ clock: slow, log }).forget(ours)).then((why) => (failure = why));
  const isOver = async (): Promise<boolean> => {
    await slow.advance({ by: Seconds(1) });
    return failure !== undefined;
  };
  await until(isOver, { what: "the end of patience" });
  expect(failure).toMatchObject({ code: "radio-unreachable", retry: "safe" });
  expect(slow.waiting()).toEqual([]);
});

test("a bus that is not there is radio-unreachable too", async () => {
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent";
  expect(await failureOf(radio.bonds())).toMatchObject({ code: "radio-unreachable" });
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address;
});
