/** Devices and entries for tests: a home X-1 with its wristband B-1, and what they say. */
import { assert } from "#platform/assert.ts";
import type { PresenceFact, StreamEntry } from "#wire/entry.ts";
import { kindOf, parseBox, parseEpoch, parseSerial, parseTenant } from "#wire/identity.ts";
import type { EntryChannel, JsonObject } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import type { RegisteredDevice } from "./registry-port.ts";

/** 2026-01-01T00:00:00Z, when the samples' time begins. */
export const start = Instant(1_767_225_600_000);

/** `start` and that many milliseconds. */
export function after(ms: number): Instant {
  return Instant(start + ms);
}

/** A device of tenant `nice`, enrolled at `start`, that hangs on `box`. */
export function device(serialText: string, boxText = "X-1"): RegisteredDevice {
  const serial = parseSerial(serialText);
  const box = parseBox(boxText);
  const tenant = parseTenant("nice");
  assert(serial && box && tenant, "a specimen has a well-formed serial and box");
  return {
    serial,
    kind: kindOf(serial),
    tenant,
    box: parseBox(serialText) ?? box,
    fingerprint: null,
    enrolledAt: start,
    revokedAt: null,
  };
}

/** What an entry of a specimen may differ in. */
export interface EntryWish {
  readonly device?: string;
  readonly box?: string;
  readonly epoch?: string;
  readonly seq?: number;
  /** Defaults to `start`. */
  readonly receivedAt?: Instant;
}

/** An entry of that channel; of B-1 behind X-1 with number 1 unless wished otherwise. */
export function entryOf(
  channel: EntryChannel,
  body: JsonObject,
  wish: EntryWish = {},
): StreamEntry {
  const { serial, tenant, box } = device(wish.device ?? "B-1", wish.box);
  const epoch = parseEpoch(channel === "presence" ? "door" : (wish.epoch ?? "e1"));
  assert(epoch && box, "a specimen has a well-formed epoch and box");
  return {
    tenant,
    box,
    device: serial,
    channel,
    epoch,
    seq: channel === "presence" ? 0 : (wish.seq ?? 1),
    receivedAt: wish.receivedAt ?? start,
    body: JSON.stringify(body),
  };
}

/** A pack with one heart rate of that time, and a battery level. */
export function pulse(
  value: number,
  t: Instant,
  wish: EntryWish & { battery?: number } = {},
): StreamEntry {
  const reading = { metric: "heart-rate", value, t, window: 120_000, quality: 90 };
  const body = { battery: wish.battery ?? 80, firmware: "2.3.0", readings: [reading] };
  return entryOf("readings", body, { receivedAt: t, ...wish });
}

/** A presence fact as a door writes it. */
export function factOf(fact: PresenceFact, serial = "X-1", box = "X-1"): StreamEntry {
  const wish = { device: serial, box, receivedAt: fact.at };
  return entryOf(
    "presence",
    { ...fact, ...(fact.buffer ? { buffer: { ...fact.buffer } } : {}) },
    wish,
  );
}
