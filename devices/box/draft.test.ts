import { describe, expect, test } from "bun:test";

import { decodeAnswer, decodeEvent, decodeReadings, decodeReported } from "#wire/codec.ts";
import { parseEpoch, parseSerial } from "#wire/identity.ts";
import { eventKinds, type Reading } from "#wire/messages.ts";
import { Instant } from "#wire/units.ts";

import { answerDraft, type Draft, eventDraft, readingsDraft, reportedDraft } from "./draft.ts";

const device = parseSerial("B-1")!;
const t = Instant(1_700_000_000_000);
const given = { epoch: parseEpoch("abc")!, seq: 7 };
const heartRate: Reading = { metric: "heart-rate", value: 70, t, window: 120_000 };
const steps: Reading = { metric: "steps", value: 12, t, window: 1_800_000 };

const drafts: Readonly<Record<Draft["channel"], Draft>> = {
  readings: readingsDraft({ device, battery: 50, readings: [steps] }),
  event: eventDraft({ id: "event-0001", kind: "off_wrist", device, t }),
  reported: reportedDraft(device, { t, parts: { power: { battery: 50 } } }),
  answer: answerDraft(device, { id: "c-1", t, state: "done" }),
};
const decoders = {
  readings: (payload: Uint8Array) => decodeReadings(payload, { device, receivedAt: t }),
  event: (payload: Uint8Array) => decodeEvent(payload, { device }),
  reported: (payload: Uint8Array) => decodeReported(payload, { device }),
  answer: (payload: Uint8Array) => decodeAnswer(payload, { device, id: "c-1" }),
};

describe("a draft becomes a message that the cloud can read, under the number given to it", () => {
  test.each(["readings", "event", "reported", "answer"] as const)("%s", (channel) => {
    const decoded = decoders[channel](drafts[channel].encode(given));
    expect(decoded).toMatchObject({ kind: "parsed", value: given });
  });
});

describe("what goes first when a box must choose", () => {
  test("exactly falls, cardiac and respiratory emergencies and calls for help are emergencies", () => {
    const emergencies = eventKinds.filter(
      (kind) => eventDraft({ id: "event-0001", kind, device, t }).rank === "emergency",
    );
    expect(emergencies).toEqual(["fall", "cardiac", "respiratory", "sos"]);
  });

  test("a pack is vital when one of its readings is", () => {
    expect(readingsDraft({ device, readings: [steps] }).rank).toBe("routine");
    expect(readingsDraft({ device, readings: [steps, heartRate] }).rank).toBe("vital");
  });
});
