/** Whom to tell, when the record service answers, lingers or fails. */
import { expect, test } from "bun:test";

import { createVirtualClock } from "#platform/clock/memory.ts";
import { createLog } from "#platform/log.ts";
import { Trouble } from "#platform/trouble.ts";
import { parseBox } from "#wire/identity.ts";
import { Instant, Millis, Seconds } from "#wire/units.ts";

import { ContactBook, type HomeContacts } from "./contacts.ts";

const box = parseBox("X-1")!;
const old = homeOf("+33600000001");
const fresh = homeOf("+33600000002");

function homeOf(number: string): HomeContacts {
  return { alias: "Élise", contacts: [{ role: "nurse", number, language: "fr" }] };
}

function trouble(code: string): Trouble {
  return new Trouble(code, { retry: "safe" });
}

/** A book whose service does as told, and what it wrote. */
function open(service: { after: number; fails?: boolean; disk?: "full"; stored?: HomeContacts }) {
  const clock = createVirtualClock({ start: Instant(1_700_000_000_000) });
  const kept = { stored: service.stored };
  const lines: string[] = [];
  const book = new ContactBook({
    box,
    clock,
    log: createLog("contacts", {
      level: "debug",
      sink: ({ event, fields }) => lines.push(`${event} ${JSON.stringify(fields)}`),
    }),
    record: {
      contacts: async () => {
        await clock.sleep(Millis(service.after));
        if (service.fails === true) throw trouble("record-unreachable");
        return fresh;
      },
    },
    store: {
      read: () => kept.stored,
      write: (found) => {
        if (service.disk === "full") throw trouble("disk-full");
        kept.stored = found;
      },
    },
  });
  let found: { home: HomeContacts; at: number } | undefined;
  void book.find().then((home) => (found = { home, at: clock.monotonic() }));
  return { clock, kept, lines, found: () => found };
}

test("BX-20: the record's contacts are used and kept", async () => {
  const scene = open({ after: 1999, stored: old });
  await scene.clock.advance({ by: Millis(1999) });
  expect(scene.found()).toEqual({ home: fresh, at: 1999 });
  expect(scene.kept.stored).toEqual(fresh);
  expect(scene.lines).toEqual([]);
  expect(scene.clock.waiting()).toEqual([]);
});

test("BX-20: after two seconds the stored contacts are used, and it is logged", async () => {
  const scene = open({ after: 2500, stored: old });
  await scene.clock.advance({ by: Seconds(2) });
  expect(scene.found()).toEqual({ home: old, at: 2000 });
  expect(scene.lines).toEqual(['stored contacts used {"code":"record-slow","contacts":1}']);
  // What comes late is for the next time.
  await scene.clock.advance({ by: Seconds(1) });
  expect(scene.kept.stored).toEqual(fresh);
});

test("BX-20: a service that fails is not waited for", async () => {
  const scene = open({ after: 10, fails: true, stored: old });
  await scene.clock.advance({ by: Seconds(1) });
  expect(scene.found()).toEqual({ home: old, at: 10 });
  expect(scene.lines).toEqual(['stored contacts used {"code":"record-unreachable","contacts":1}']);
});

test("a box that never learned of anybody says so", async () => {
  const scene = open({ after: 10, fails: true });
  await scene.clock.advance({ by: Seconds(1) });
  expect(scene.found()?.home.contacts).toEqual([]);
  expect(scene.lines).toEqual(['stored contacts used {"code":"record-unreachable","contacts":0}']);
});

test("a full disk takes nothing away from what has been learned", async () => {
  const scene = open({ after: 10, disk: "full", stored: old });
  await scene.clock.advance({ by: Seconds(1) });
  expect(scene.found()?.home).toEqual(fresh);
  expect(scene.lines).toEqual(['contacts not stored {"code":"disk-full"}']);
});
