/** The small parts of a door, each against the plainest way to say the same. */
import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";
import { generate } from "mqtt-packet";

import { cadence } from "#wire/cadence.ts";
import { canonical } from "#wire/canonical.ts";
import type { Metric } from "#wire/metrics.ts";

import { draftOf, excerpt, type Source } from "./draft.ts";
import { FrameGuard } from "./mqtt-frames.ts";
import { Holdings, Pressure } from "./pressure.ts";
import { Queue } from "./queue.ts";
import { bytes, named, start } from "./stage.ts";
import { Throttle } from "./throttle.ts";

describe("a queue", () => {
  test("gives back what was put in, in order", () => {
    const command = fc.oneof(
      fc.nat(),
      fc.constant("take" as const),
      fc.array(fc.nat(), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        const queue = new Queue<number>();
        let model: number[] = [];
        for (const one of commands) {
          if (one === "take") expect(queue.take()).toBe(model.shift());
          else if (typeof one === "number") {
            queue.push(one);
            model.push(one);
          } else {
            queue.putBack(one);
            model = [...one, ...model];
          }
          expect(queue.length).toBe(model.length);
        }
      }),
    );
  });
});

describe("a frame guard", () => {
  const packets = fc.array(
    fc
      .record({ topic: fc.stringMatching(/^[a-z/]{1,20}$/), length: fc.nat(300) })
      .map(({ topic, length }) =>
        generate({
          cmd: "publish",
          topic,
          payload: "x".repeat(length),
          qos: 0,
          retain: false,
          dup: false,
        }),
      ),
    { minLength: 1, maxLength: 5 },
  );

  test("lets a stream pass however it is cut, and stops it at the first announced length too many", () => {
    fc.assert(
      fc.property(packets, fc.integer({ min: 1, max: 50 }), fc.nat(300), (frames, cut, most) => {
        const stream = Buffer.concat(frames);
        const guard = new FrameGuard(most);
        let passed = true;
        for (let at = 0; at < stream.length && passed; at += cut) {
          passed = guard.take(stream.subarray(at, at + cut));
        }
        const lengths = frames.map((frame) => frame.length - (frame.length > 129 ? 3 : 2));
        expect(passed).toBe(lengths.every((length) => length <= most));
      }),
    );
  });

  test("knows a farewell", () => {
    const guard = new FrameGuard(100);
    expect(guard.take(generate({ cmd: "pingreq" }))).toBe(true);
    expect(guard.farewell).toBe(false);
    expect(guard.take(generate({ cmd: "disconnect" }))).toBe(true);
    expect(guard.farewell).toBe(true);
  });

  test("does not believe a length of five bytes", () => {
    expect(new FrameGuard(Infinity).take(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 1))).toBe(
      false,
    );
  });
});

describe("a throttle", () => {
  test("BK-10: lets a burst and then a steady rate through, device by device", () => {
    const { burst, messagesPerSecond } = cadence.limits;
    const throttle = new Throttle();
    for (let n = 0; n < burst; n++) expect(throttle.admit("B-1", 1_000)).toBe(0);
    expect(throttle.admit("B-1", 1_000)).toBe(1_000 / messagesPerSecond);
    expect(throttle.admit("B-1", 1_000)).toBe(2_000 / messagesPerSecond);
    expect(throttle.admit("B-2", 1_000)).toBe(0);
    throttle.sweep(60_000);
    for (let n = 0; n < burst; n++) expect(throttle.admit("B-1", 60_000)).toBe(0);
  });

  test("never lets more through in any span than a burst and the rate allow", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 600 }), (gaps) => {
        const throttle = new Throttle();
        let now = 0;
        const released = gaps.map((gap) => {
          now += gap;
          return now + throttle.admit("B-1", now);
        });
        const rate = cadence.limits.messagesPerSecond / 1_000;
        for (const [first, from] of released.entries()) {
          const last = released.length - 1;
          const span = (released[last] ?? 0) - from;
          expect(last - first).toBeLessThanOrEqual(cadence.limits.burst + span * rate);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("pressure", () => {
  test("F35: sheds ambient, activity and routine in turn, and never what is critical", () => {
    const pressure = new Pressure();
    const passing = (used: number): string[] => {
      pressure.measure({ used, limit: 100 });
      return (["ambient", "activity", "routine", "critical"] as const).filter((weight) =>
        pressure.passes(weight),
      );
    };
    expect(passing(79)).toHaveLength(4);
    expect(passing(80)).toEqual(["activity", "routine", "critical"]);
    expect(passing(85)).toEqual(["routine", "critical"]);
    expect(passing(100)).toEqual(["critical"]);
    expect(pressure.measure({ used: 50, limit: 100 })).toBe(true);
    expect(pressure.measure({ used: 999, limit: 0 })).toBe(false);
  });

  test("a door that holds all it may still takes emergencies", () => {
    const holdings = new Holdings({ messages: 2, bytes: 1_000 });
    expect([holdings.take(10, false), holdings.take(10, false), holdings.take(10, false)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([holdings.full, holdings.take(10, true)]).toEqual([true, true]);
    for (let n = 0; n < 3; n++) holdings.give(10);
    expect([holdings.full, holdings.messages]).toEqual([false, 0]);
  });
});

describe("a draft", () => {
  const source: Source = {
    tenant: named.tenant("nice"),
    box: named.box("X-1"),
    device: named.serial("B-1"),
    channel: "readings",
    partition: 0,
    owner: "B-1",
  };
  const record = fc.record(
    {
      n: fc.constantFrom<Metric>("heart-rate", "spo2"),
      v: fc.double({ min: 60, max: 100, noNaN: true }),
      t: fc.integer({ min: -1_000, max: 0 }).map((s) => start / 1_000 + s),
      d: fc.nat(100),
      q: fc.nat(100),
      f: fc.constantFrom("motion", "poor_contact"),
    },
    { requiredKeys: ["n", "v", "t"] },
  );

  test("writes a pack's body as canonical JSON", () => {
    const packs = fc.record({
      records: fc.array(record, { maxLength: 8 }),
      about: fc.constantFrom<object[]>(
        [],
        [{ n: "battery", u: "%EL", v: 55.5 }],
        [{ n: "firmware", vs: "1.2.3-rc+4" }],
      ),
    });
    fc.assert(
      fc.property(packs, ({ records, about }) => {
        const units = { "heart-rate": "beat/min", spo2: "%" };
        const senml = [
          { bn: "urn:dev:vigie:B-1:", n: "epoch", vs: "e1" },
          { n: "seq", v: 1 },
          ...about,
          ...records.map((one) => ({ ...one, u: units[one.n as "spo2"] })),
        ];
        const draft = draftOf(source, bytes(senml), start);
        expect(draft.code).toBeUndefined();
        const parsed: { readings: unknown[] } = JSON.parse(draft.body);
        expect(canonical(parsed)).toBe(draft.body);
        expect(parsed.readings).toEqual(JSON.parse(JSON.stringify(draft.readings)));
      }),
    );
  });

  test("keeps the first KiB of what it cannot read: text as text, anything else in base64", () => {
    expect(excerpt(new TextEncoder().encode(`é${"x".repeat(5_000)}`))).toHaveLength(1_023);
    expect(excerpt(Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa))).toBe("base64://79/Pv6");
    expect(excerpt(new TextEncoder().encode("é".repeat(1_000)))).toStartWith("éé");
  });
});
