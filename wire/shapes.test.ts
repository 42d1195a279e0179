import { describe, expect, test } from "bun:test";

import * as codec from "./codec.ts";
import { parseSerial } from "./identity.ts";
import type { Json, Parsed } from "./messages.ts";
import { droppedIn } from "./shapes.ts";

type Message = Readonly<Record<string, Json>>;

const device = parseSerial("B-1")!;
const box = parseSerial("X-1")!;
const t = 1_790_000_000_000;

const event = { id: "fall-0001", epoch: "e1", seq: 4, kind: "fall", device: "B-1", t };
const reported = { epoch: "e1", seq: 5, t, parts: { power: { battery: 80 } } };
const alive = {
  t,
  sent: [{ device: "B-1", epoch: "e1", seq: 5 }],
  links: [{ device: "B-1", up: true, heardAt: t }],
  buffer: { depth: 0, oldest: null },
  power: "mains",
};
const answer = { id: "c1", epoch: "e1", seq: 6, t, state: "done" };
const stored = { epoch: "e1", upTo: 3, ranges: [[5, 7]], refused: [{ seq: 2, code: "conflict" }] };
const desired = { v: 3, parts: { config: { profile: "seed" } } };
const command = { id: "c1", name: "locate", args: {}, deadline: t };

function bytes(message: Json): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** The sentence with which a message is refused. */
function why(answered: Parsed<unknown>): string {
  return answered.kind === "refused" ? `${answered.code}: ${answered.why}` : "parsed";
}

const decoders: Readonly<Record<string, [Message, (payload: Uint8Array) => Parsed<unknown>]>> = {
  event: [event, (payload) => codec.decodeEvent(payload, { device })],
  reported: [reported, (payload) => codec.decodeReported(payload, { device })],
  alive: [alive, (payload) => codec.decodeAlive(payload, { device: box })],
  answer: [answer, (payload) => codec.decodeAnswer(payload, { device, id: "c1" })],
  stored: [stored, codec.decodeReceipt],
  desired: [desired, codec.decodeDesired],
  command: [command, codec.decodeCommand],
};

/** What is said of `kind` once `change` has replaced some of its fields. */
function said(kind: keyof typeof decoders, change: Message): string {
  const [message, decode] = decoders[kind]!;
  return why(decode(bytes({ ...message, ...change })));
}

describe("every JSON message", () => {
  for (const [kind, [message, decode]] of Object.entries(decoders)) {
    test(`${kind}: is read as it is`, () => {
      expect(decode(bytes(message))).toMatchObject({ kind: "parsed", value: message });
    });

    test(`${kind}: a field that is not known is named in the refusal`, () => {
      expect(why(decode(bytes({ ...message, colour: 1 })))).toBe(
        `invalid_message: ${kind} has an unknown field "colour"`,
      );
    });

    test(`${kind}: a field that is missing is named in the refusal`, () => {
      for (const field of Object.keys(message)) {
        const { [field]: _, ...rest } = message;
        expect(why(decode(bytes(rest)))).toBe(`invalid_message: ${kind} has no ${field}`);
      }
    });

    test(`${kind}: a field of the wrong kind is named in the refusal`, () => {
      for (const field of Object.keys(message)) {
        expect(why(decode(bytes({ ...message, [field]: [[]] })))).toStartWith(
          `invalid_message: ${kind}.${field}`,
        );
      }
    });

    test(`${kind}: a key given twice is refused`, () => {
      const text = JSON.stringify(message);
      const twice = `${text.slice(0, -1)},${text.slice(1)}`;
      expect(why(decode(new TextEncoder().encode(twice)))).toStartWith("invalid_json");
    });

    test(`${kind}: is an object`, () => {
      for (const other of [[], null, 1, "text"]) {
        expect(why(decode(bytes(other)))).toBe(`invalid_message: ${kind} must be an object`);
      }
    });
  }
});

describe("an event", () => {
  test("F24: is about the device of its topic", () => {
    expect(said("event", { device: "B-2" })).toStartWith("wrong_device");
  });

  test("through HTTPS says itself which device it is about", () => {
    expect(codec.decodeEvent(bytes(event)).kind).toBe("parsed");
  });

  test("F30: has its time in whole milliseconds, not in words", () => {
    for (const wrong of ["2016-12-31T23:59:60Z", "2026-01-01T00:00:00+14:00", 1.5, -1, 1e15]) {
      expect(said("event", { t: wrong })).toStartWith("invalid_message: event.t must be");
    }
  });

  test("is bounded in every field", () => {
    expect(said("event", { id: "short" })).toContain("event.id");
    expect(said("event", { id: "i".repeat(65) })).toContain("event.id");
    expect(said("event", { seq: 0 })).toContain("event.seq");
    expect(said("event", { seq: 2 ** 40 + 1 })).toContain("event.seq");
    expect(said("event", { kind: "party" })).toContain("event.kind");
    expect(said("event", { quality: 101 })).toContain("event.quality");
    expect(said("event", { detail: "d".repeat(257) })).toContain("event.detail");
  });
});

describe("reported parts", () => {
  test("are known ones, and vitals are not among them", () => {
    expect(said("reported", { parts: { mood: {} } })).toContain('unknown part "mood"');
    expect(said("reported", { parts: { vitals: {} } })).toContain("vitals comes from readings");
    expect(said("reported", { parts: { power: null } })).toContain("power must be an object");
    expect(said("reported", { parts: {} })).toBe("parsed");
  });

  test("delete leaves with null", () => {
    expect(said("reported", { parts: { power: { battery: null } } })).toBe("parsed");
  });

  test("have members named by plain words", () => {
    for (const name of ["", "a.b", "a b", "toString", "constructor", "é", "n".repeat(65)]) {
      expect(said("reported", { parts: { config: { [name]: 1 } } })).toContain("plain word");
    }
    const proto = `{"epoch":"e1","seq":1,"t":1,"parts":{"config":{"__proto__":{"a":1}}}}`;
    const payload = new TextEncoder().encode(proto);
    expect(why(codec.decodeReported(payload, { device }))).toContain("plain word");
  });

  test("are eight levels deep at most", () => {
    const nested = (levels: number): Json => (levels === 0 ? 1 : { a: nested(levels - 1) });
    expect(said("reported", { parts: { config: { a: nested(7) } } })).toContain("too deep");
    expect(said("reported", { parts: { config: { a: nested(6) } } })).toBe("parsed");
  });

  test("have 256 leaves at most, empty ones included", () => {
    const leaves = (count: number): Json =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${n}`, n % 2 ? {} : [1]]));
    expect(said("reported", { parts: { config: leaves(256) } })).toBe("parsed");
    expect(said("reported", { parts: { config: leaves(257) } })).toContain("one leaf too many");
  });

  test("are finite, short and small", () => {
    const text = `{"epoch":"e1","seq":1,"t":1,"parts":{"config":{"a":1e999}}}`;
    const payload = new TextEncoder().encode(text);
    expect(why(codec.decodeReported(payload, { device }))).toContain("finite");
    expect(said("reported", { parts: { config: { a: "a".repeat(1_025) } } })).toContain("longer");
    const long = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n, "a".repeat(1_000)]));
    expect(said("reported", { parts: { config: long } })).toContain("at most 16384 bytes");
  });

  test("declare what a full box dropped", () => {
    const dropped = [{ epoch: "e1", from: 3, to: 9 }];
    const payload = bytes({ ...reported, parts: { buffer: { dropped, depth: 4 } } });
    const parsed = codec.decodeReported(payload, { device });
    expect(parsed.kind === "parsed" && droppedIn(parsed.value)).toEqual(dropped as never);
    expect(said("reported", { parts: { buffer: { dropped: [{ epoch: "e1", from: 3 }] } } })).toBe(
      "invalid_message: reported must give parts.buffer.dropped as a list of {epoch, from, to}",
    );
    const down = [{ epoch: "e1", from: 9, to: 3 }];
    expect(said("reported", { parts: { buffer: { dropped: down } } })).toContain("dropped");
  });
});

describe("a heartbeat", () => {
  test("has no link to the box itself", () => {
    const links = [{ device: "X-1", up: true, heardAt: null }];
    expect(said("alive", { links })).toContain("alive.links");
  });

  test("names a bounded number of links and counters", () => {
    const links = Array.from({ length: 17 }, () => alive.links[0]!);
    expect(said("alive", { links })).toBe(
      "invalid_message: alive.links must have at most 16 members",
    );
    const sent = Array.from({ length: 65 }, () => alive.sent[0]!);
    expect(said("alive", { sent })).toContain("alive.sent");
  });

  test("says in which member of a list the fault is", () => {
    const links = [...alive.links, { device: "B-1", up: "yes", heardAt: null }];
    expect(said("alive", { links })).toBe(
      "invalid_message: alive.links[1].up must be true or false",
    );
  });
});

describe("an answer", () => {
  test("is to the command of its topic", () => {
    expect(said("answer", { id: "c2" })).toContain("answer.id");
  });

  test("brings a bounded result", () => {
    expect(said("answer", { result: { "config/a/b": { state: "applied" } } })).toBe("parsed");
    for (const name of ["/a", "a//b", "a/", "a/__proto__", "é"]) {
      expect(said("answer", { result: { [name]: 1 } })).toContain("plain word");
    }
    expect(said("answer", { result: { config: { "a/b": 1 } } })).toContain("plain word");
    expect(said("answer", { result: { ok: true, tries: [1, 2] } })).toBe("parsed");
    expect(said("answer", { result: Array.from({ length: 257 }, () => 0) })).toContain("leaf");
  });
});

describe("a receipt", () => {
  test("has ranges that rise above upTo without touching", () => {
    for (const ranges of [
      [[4, 7]],
      [[7, 5]],
      [
        [5, 6],
        [7, 8],
      ],
      [
        [9, 9],
        [5, 5],
      ],
      [[5]],
      [[0, 1]],
    ]) {
      expect(said("stored", { ranges })).toContain("ranges");
    }
    expect(
      said("stored", {
        ranges: [
          [5, 5],
          [7, 7],
        ],
      }),
    ).toBe("parsed");
  });
});
