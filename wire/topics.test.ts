import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type BoxSerial, parseBox, parseSerial, parseTenant, type Tenant } from "./identity.ts";
import { buildTopic, downFilter, downTopic, parseDown, parseTopic, type Topic } from "./topics.ts";

const tenant = fc
  .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/)
  .map((text) => parseTenant(text)!);
const suffix = fc.stringMatching(/^[A-Z0-9]{1,24}$/);
const box = suffix.map((text) => parseBox(`X-${text}`)!);
const linked = fc
  .tuple(fc.constantFrom("B", "T", "G", "S"), suffix)
  .map(([letter, text]) => parseSerial(`${letter}-${text}`)!);
const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);

const address = fc
  .record({ tenant, box, linked: fc.option(linked, { nil: undefined }) })
  .map(({ linked: device, ...home }) => ({ ...home, device: device ?? home.box }));
const up: fc.Arbitrary<Topic> = fc.oneof(
  fc
    .tuple(address, fc.constantFrom("readings", "event", "reported"))
    .map(([where, channel]): Topic => ({ ...where, channel })),
  fc
    .record({ tenant, box, channel: fc.constantFrom("alive", "gone") })
    .map((home): Topic => ({ ...home, device: home.box, channel: home.channel })),
  fc.tuple(address, id).map(([where, answered]): Topic => ({
    ...where,
    channel: "answer",
    id: answered,
  })),
);

const home: { tenant: Tenant; box: BoxSerial } = {
  tenant: parseTenant("demo")!,
  box: parseBox("X-1")!,
};

describe("topics", () => {
  test("BK-03: parse is the inverse of build, up", () => {
    fc.assert(
      fc.property(up, (topic) => {
        expect(parseTopic(buildTopic(topic))).toEqual(topic);
      }),
    );
  });

  test("BK-03: what parses is exactly what would be built", () => {
    fc.assert(
      fc.property(up, fc.nat(), fc.constantFrom("/", "+", "#", "\0", "a", ""), (topic, at, put) => {
        const text = buildTopic(topic);
        const cut = at % (text.length + 1);
        const changed = text.slice(0, cut) + put + text.slice(cut + (at % 2));
        const parsed = parseTopic(changed);
        if (parsed !== undefined) expect(buildTopic(parsed)).toBe(changed);
      }),
    );
  });

  test("parse is the inverse of build, down", () => {
    fc.assert(
      fc.property(address, id, (where, command) => {
        for (const channel of ["stored", "desired"] as const) {
          expect(parseDown(downTopic(where, channel))).toEqual({ ...where, channel });
        }
        expect(parseDown(downTopic(where, `command/${command}`))).toEqual({
          ...where,
          channel: "command",
          id: command,
        });
      }),
    );
  });

  test("BK-03, F24: wildcards, NUL, empty, missing and extra levels are no topics", () => {
    for (const text of [
      "",
      "vigie",
      "vigie/v1/demo/X-1/B-1",
      "vigie/v1/demo/X-1/B-1/",
      "vigie/v1/demo/X-1/B-1/readings/",
      "vigie/v1/demo/X-1/B-1/readings/more",
      "vigie/v1/demo/X-1//readings",
      "vigie/v1/demo/X-1/+/readings",
      "vigie/v1/demo/X-1/B-1/#",
      "vigie/v1/demo/X-1/B-1/readings\0",
      "vigie/v1/demo/X-1/B-1\0/readings",
      "/vigie/v1/demo/X-1/B-1/readings",
      "vigie/v2/demo/X-1/B-1/readings",
      "vigie/v1/Demo/X-1/B-1/readings",
      "vigie/v1/demo/B-1/B-1/readings",
      "vigie/v1/demo/X-1/Q-1/readings",
      "vigie/v1/demo/X-1/B-1/heart-rate",
      "vigie/v1/demo/X-1/B-1/constructor",
      "vigie/v1/demo/X-1/B-1/answer",
      "vigie/v1/demo/X-1/B-1/answer/",
      "vigie/v1/demo/X-1/B-1/answer/a/b",
      "vigie/v1/demo/X-1/B-1/down/stored",
      "$aws/things/X-1/shadow/update",
      `vigie/v1/demo/X-1/B-1/answer/${"a".repeat(65)}`,
      "a/".repeat(40_000),
    ]) {
      expect(parseTopic(text)).toBeUndefined();
    }
  });

  test("a heartbeat and a last will are the box's own", () => {
    for (const channel of ["alive", "gone"]) {
      expect(parseTopic(`vigie/v1/demo/X-1/B-1/${channel}`)).toBeUndefined();
      expect(parseTopic(`vigie/v1/demo/X-1/X-1/${channel}`)?.device).toBe(home.box);
    }
  });

  test("no box hangs on another box", () => {
    expect(parseTopic("vigie/v1/demo/X-1/X-2/readings")).toBeUndefined();
    expect(parseDown("vigie/v1/demo/X-1/X-2/down/stored")).toBeUndefined();
  });

  test("the longest names there are still make a topic", () => {
    const topic = {
      tenant: parseTenant("t".repeat(32))!,
      box: parseBox(`X-${"9".repeat(24)}`)!,
      device: parseSerial(`B-${"9".repeat(24)}`)!,
    };
    const text = buildTopic({ ...topic, channel: "answer", id: "i".repeat(64) });
    expect(parseTopic(text)?.id).toHaveLength(64);
    expect(parseDown(downTopic(topic, `command/${"i".repeat(64)}`))?.id).toHaveLength(64);
  });

  test("a topic that could not be parsed is not built", () => {
    const device = home.box;
    expect(() => buildTopic({ ...home, device, channel: "answer" })).toThrow(TypeError);
    expect(() => buildTopic({ ...home, device, channel: "event", id: "a" })).toThrow(TypeError);
    expect(() => downTopic({ ...home, device }, "command/a/b")).toThrow(TypeError);
    expect(() => downTopic({ ...home, device }, "command/+")).toThrow(TypeError);
  });

  test("a box subscribes to what is sent down to its home, and to nothing else", () => {
    expect(downFilter(home.tenant, home.box)).toBe("vigie/v1/demo/X-1/+/down/#");
  });
});
