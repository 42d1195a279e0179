/** From a wristband's emergency to the contacts' telephones, without any cloud. */
import { describe, expect, test } from "bun:test";

import { Trouble } from "#platform/trouble.ts";
import { Millis, Minutes, Seconds } from "#wire/units.ts";

import { eventDraft } from "../draft.ts";
import { box, device, Scene } from "../uplink-scene.ts";
import { ContactBook, type HomeContacts } from "./contacts.ts";
import { type Emergency, EmergencySms, type Told } from "./emergency-sms.ts";
import type { Sins } from "./emulated.ts";
import { ModemScene } from "./modem-scene.ts";

const event: Emergency = { id: "event-fall-1", kind: "fall" };
const home: HomeContacts = {
  alias: "Élise",
  contacts: [
    { role: "nurse", number: "+33611111111", language: "fr" },
    { role: "relative", number: "+33622222222", language: "en" },
  ],
};

/** A home whose Internet is cut: the record service never answers. */
class Home extends ModemScene {
  readonly told: (readonly Told[])[] = [];
  readonly sms: EmergencySms;

  constructor(options: { sins?: Sins; found?: () => Promise<HomeContacts> } = {}) {
    super(options.sins);
    const { clock, log, modem } = this;
    const record = {
      contacts: options.found ?? (() => new Promise<HomeContacts>(() => undefined)),
    };
    const store = { read: () => home, write: () => undefined };
    const book = new ContactBook({ box, record, store, clock, log });
    this.sms = new EmergencySms({ modem, book, log });
  }

  tell(emergency = event): void {
    void this.sms.tell(emergency).then((told) => this.told.push(told));
  }
}

test("BX-07: with the Internet cut, each contact's SMS is with the modem within 5 s", async () => {
  const scene = new Home();
  await scene.after(Seconds(20));
  const happened = scene.clock.monotonic();
  scene.tell();
  await scene.after(Seconds(10));
  expect(scene.device.delivered.map(({ number, text }) => [number, text])).toEqual([
    ["+33611111111", "Élise : chute. Appelez ou passez. Vigie"],
    ["+33622222222", "Élise: fall. Call or visit now. Vigie"],
  ]);
  for (const { handedAt } of scene.device.delivered) {
    expect(handedAt - happened).toBeLessThanOrEqual(5000);
  }
  const sent = { kind: "sent" as const, attempts: 1 };
  expect(scene.told).toEqual([
    [
      { role: "nurse", outcome: sent },
      { role: "relative", outcome: sent },
    ],
  ]);
});

test("BX-07: it is so whenever the modem is being looked at", async () => {
  for (let offset = 59_000; offset < 62_000; offset += 97) {
    const scene = new Home();
    await scene.after(Millis(offset));
    const happened = scene.clock.monotonic();
    scene.tell();
    await scene.after(Seconds(5));
    const [first, second] = scene.device.delivered.map(({ handedAt }) => handedAt - happened);
    expect(first).toBeLessThanOrEqual(2100);
    expect(second ?? scene.device.delivered.length).toBeLessThanOrEqual(5000);
  }
});

test("BX-20: the record's answer is used when it comes in time", async () => {
  const contacts = [{ role: "relative", number: "+33633333333", language: "fr" } as const];
  const scene = new Home({ found: () => Promise.resolve({ alias: "Mamie", contacts }) });
  await scene.after(Seconds(1));
  scene.tell();
  await scene.after(Seconds(5));
  expect(scene.texts).toEqual(["Mamie : chute. Appelez ou passez. Vigie"]);
});

test("F18: Internet and cloud down and a fall: SMS within 5 s, the incident once when they are back", async () => {
  const cloud = new Scene();
  const scene = new Home();
  cloud.network.setReachable(false);
  cloud.network.cut();
  await Promise.all([cloud.after(Minutes(1)), scene.after(Minutes(1))]);
  const happened = scene.clock.monotonic();
  cloud.uplink.offer([eventDraft({ ...event, device, t: cloud.clock.now() })]);
  scene.tell();
  await Promise.all([cloud.after(Minutes(10)), scene.after(Minutes(10))]);
  expect(scene.device.delivered).toHaveLength(2);
  for (const { handedAt } of scene.device.delivered) expect(handedAt - happened).toBeLessThan(5000);
  expect(cloud.cloud.received).toBe(0);
  cloud.network.setReachable(true);
  await cloud.after(Minutes(5));
  expect(cloud.cloud.received).toBe(1);
  expect(cloud.outbox.depth().depth).toBe(0);
  await cloud.uplink.close({ abrupt: true });
});

describe("F19: when the modem fails", () => {
  test("F19: the fault is told within the cloud's 60 s, and each try is logged", async () => {
    const scene = new Home({ sins: { sim: "no_credit" } });
    await scene.after(Seconds(1));
    scene.tell();
    await scene.after(Minutes(1));
    expect(scene.faults).toEqual(["barred"]);
    const tries = scene.logged.filter((line) => line.event === "sms attempt");
    expect(tries.map(({ fields }) => fields["id"])).toContain("event-fall-1/0");
    expect(tries.map(({ fields }) => fields["id"])).toContain("event-fall-1/1");
    expect(scene.told).toEqual([]);
    scene.device.sins = {};
    await scene.after(Minutes(3));
    expect(scene.texts).toHaveLength(2);
    expect(scene.told[0]?.map(({ outcome }) => outcome.kind)).toEqual(["sent", "sent"]);
  });

  test("one contact's wrong number holds up no other", async () => {
    const [nurse, relative] = home.contacts;
    const contacts = [{ ...nurse!, number: "unknown" }, relative!];
    const scene = new Home({ found: () => Promise.resolve({ ...home, contacts }) });
    scene.tell();
    await scene.after(Seconds(5));
    expect(scene.device.delivered.map(({ number }) => number)).toEqual(["+33622222222"]);
    expect(scene.told[0]?.[0]?.outcome).toMatchObject({ kind: "given_up", reason: "bad_number" });
  });
});

test("CF-13: an event that comes twice is told once", async () => {
  const scene = new Home();
  scene.tell();
  scene.tell();
  await scene.after(Minutes(1));
  scene.tell();
  scene.tell({ ...event, id: "event-fall-2" });
  await scene.after(Minutes(1));
  expect(scene.texts).toHaveLength(4);
  expect(scene.told).toHaveLength(4);
});

test("no line of the log has a number, a name or a text", async () => {
  const sins: Sins[] = [{}, { sim: "no_credit" }, { error: 1 }, { confirmation: "lost" }];
  for (const sin of [...sins, { voice: "none" as const }]) {
    const scene = new Home({ sins: sin });
    scene.tell();
    await scene.after(Minutes(90));
    expect(scene.told).toHaveLength(1);
    expect(JSON.stringify(scene.logged)).not.toMatch(/336\d|61111|62222|lise|chute|fall\./);
  }
});

test("a home without contacts is an error in the log, not a silence", async () => {
  const nobody: HomeContacts = { alias: "", contacts: [] };
  const scene = new Home({ found: () => Promise.resolve(nobody) });
  scene.tell();
  await scene.after(Seconds(1));
  expect(scene.told).toEqual([[]]);
  expect(scene.logged.map((line) => line.event)).toContain("emergency without contacts");
});

test("a service that fails at once costs no time", async () => {
  const failing = new Trouble("record-unreachable", { retry: "safe" });
  const scene = new Home({ found: () => Promise.reject(failing) });
  await scene.after(Seconds(1));
  const happened = scene.clock.monotonic();
  scene.tell();
  await scene.after(Seconds(5));
  expect((scene.device.delivered[0]?.handedAt ?? 0) - happened).toBeLessThan(100);
});
